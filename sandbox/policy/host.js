// Runs a policy pack for the engine: `host.js <engine's address> <the pack's folder>`. Pulumi's own runner does the same, and
// loads a TypeScript compiler and a debugger first, which this pack has no use for: half of its time to start.
require('../lazy.js');
const { resolve } = require('node:path');

const [, , , pack] = process.argv;
require(resolve(pack));
