import { type ChildProcessWithoutNullStreams as Pack, spawn } from 'node:child_process';
import { HOST, POLICY_PACK } from './analyzer';

let loading: Pack | undefined;

/**
 * Begins to load a policy pack, in a process of its own: it takes as long as this one takes to load what it runs, so the
 * two do it side by side. It ends with this process.
 */
export function loadPack(): void {
  loading ??= begun();
}

/** The pack that was loaded, for whoever starts it, or one that begins to load now. */
export function takePack(): Pack {
  const pack = loading ?? begun();
  loading = undefined;
  return pack;
}

function begun(): Pack {
  const pack = spawn(process.execPath, [HOST, '-', POLICY_PACK], {
    cwd: POLICY_PACK,
    // By its standard input it knows that this process is gone, killed perhaps. Ctrl-C is not for it: what is under way
    // is brought to its end.
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  // What comes of it, whoever starts it sees by its end.
  pack.on('error', () => undefined);
  pack.stdin.on('error', () => undefined);
  return pack;
}
