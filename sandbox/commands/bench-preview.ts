import '../lazy.js';
import { Display } from '../engine/display';
import { runOperation } from '../engine/session';

/**
 * A preview with or without the policy pack, as a process of its own, for `bench` to measure:
 * `bench-preview.ts <stack> <judged|unjudged> [mirror]`. Prints what goes wrong.
 */
const [, , stack = '', judged, mirror = ''] = process.argv;
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
