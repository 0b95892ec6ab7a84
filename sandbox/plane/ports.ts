import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A port that a process of ours had: one that was killed can hold it a moment longer than it can be seen. */
export async function claimAgain(port: number, patience = 3000): Promise<number | undefined> {
  const deadline = Date.now() + patience;
  for (;;) {
    const claimed = await claim(port);
    if (claimed !== undefined || Date.now() > deadline) return claimed;
    await sleep(50);
  }
}

/** The port, or any free one for 0; undefined where another program has it. */
export function claim(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}
