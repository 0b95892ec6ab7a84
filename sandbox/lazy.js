// To be loaded before Pulumi's SDK, which begins with a TypeScript compiler and what reads npm's packages, for functions that
// a program hands it as resources, and with what its Automation API is made of. Here most of it is never used, so these are
// loaded when first used, if ever: that is half a second less for every command, and for the policy pack and each provider.
const Module = require('node:module');

const LATER = new Set([
  'typescript',
  '@npmcli/arborist',
  'normalize-package-data',
  'js-yaml',
  'execa',
  '@opentelemetry/api',
]);
const load = Module._load;

Module._load = function (name, ...rest) {
  if (!LATER.has(name)) return load.call(this, name, ...rest);
  let module;
  return new Proxy(
    {},
    {
      get: (_, key) => {
        // Whoever asks this goes on to read every other key unless it is set.
        if (key === '__esModule') return true;
        module ??= load.call(this, name, ...rest);
        // As an ES module has it, which this claims to be.
        return key === 'default' && !module.__esModule ? module : module[key];
      },
    },
  );
};

// What the SDK says of each of its steps goes to the engine one by one, and from there back to who watches it, to be shown
// by none.
require('@pulumi/pulumi/log').debug = () => Promise.resolve();

// Where each of the SDK's promises was made is only told of those that never end, to whoever asks for it.
if (!process.env.PULUMI_DEBUG_PROMISE_LEAKS) {
  const debuggable = require('@pulumi/pulumi/runtime/debuggable');
  const { debuggablePromise } = debuggable;
  debuggable.debuggablePromise = (...args) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(...args);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}
