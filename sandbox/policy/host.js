// Runs a policy pack for the engine: `host.js <engine's address> <the pack's folder>`. Pulumi's own runner does the same, and
// loads a TypeScript compiler and a debugger first, which this pack has no use for: half of its time to start.
//
// Where one was started before the engine asked for it (`prestart.ts`), the file that POLICY_PRESTARTED names has its port.
const { readFileSync, renameSync } = require('node:fs');
const { resolve } = require('node:path');

const [, , engine, pack] = process.argv;
const POLL_MS = 10;
const PATIENCE_MS = 20_000;

/** The port of the pack that was started before, for whoever takes it first; undefined where there is none. */
async function prestarted(file) {
  for (const since = Date.now(); Date.now() - since < PATIENCE_MS;) {
    try {
      const port = readFileSync(file, 'utf8').trim();
      if (port !== '') {
        renameSync(file, `${file}.taken`);
        return port;
      }
    } catch {
      return undefined;
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  return undefined;
}

function run() {
  require('../lazy.js');
  require(resolve(pack));
}

async function main() {
  const file = process.env.POLICY_PRESTARTED;
  const port = file ? await prestarted(file) : undefined;
  if (port === undefined) {
    run();
    return;
  }
  console.log(port);
  // Until the engine ends it: to the engine, this is the pack.
  setInterval(() => undefined, 1 << 30);
}

if (engine === '-') {
  process.stdin.on('end', () => process.exit());
  process.stdin.resume();
  run();
} else void main();
