// Runs a policy pack for the engine: `host.js <engine's address> <the pack's folder>`. Pulumi's own runner does the same, and
// loads a TypeScript compiler and a debugger first, which this pack has no use for: half of its time to start.
//
// As `host.js - <the pack's folder>` it loads the pack before an engine asks for one (`prestart.ts`), starts it once a line
// on standard input says in which environment, and ends with that input.
const { join, resolve } = require('node:path');
const { createInterface } = require('node:readline');
require('../lazy.js');

const [, , engine, pack] = process.argv;

if (engine === '-') {
  const { startPack } = require(join(resolve(pack), 'load.js'));
  const input = createInterface({ input: process.stdin });
  input.once('line', (line) => {
    Object.assign(process.env, JSON.parse(line));
    startPack(process.env);
  });
  input.on('close', () => process.exit());
} else {
  require(resolve(pack));
}
