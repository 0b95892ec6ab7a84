import '../lazy.js';
import { Display } from '../engine/display';
import { loadPack } from '../policy/ahead';

/**
 * A preview with or without the policy pack, as a process of its own, for `bench` to measure:
 * `bench-preview.ts <stack> <judged|unjudged> [mirror]`. Prints what goes wrong.
 */
const [, , stack = '', judged, mirror = ''] = process.argv;
// As the command does.
if (judged === 'judged') loadPack();
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { runOperation } = require('../engine/session') as typeof import('../engine/session');
const display = new Display({ write: () => true } as unknown as NodeJS.WriteStream);
runOperation('preview', stack, {
  display,
  judged: judged === 'judged',
  ...(mirror === '' ? {} : { mirror }),
}).then(
  () => process.exit(0),
  (error: unknown) => {
    console.log(error);
    process.exit(1);
  },
);
