// To be loaded before Pulumi's SDK, which begins with a TypeScript compiler and npm's resolver of dependencies: both for
// functions that a program hands it as resources. Here there are none, so these two are loaded when first used, if ever:
// that is half a second less for every command, and for the policy pack and each provider.
const Module = require('node:module');

const LATER = new Set(['typescript', '@npmcli/arborist']);
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
        return module[key];
      },
    },
  );
};
