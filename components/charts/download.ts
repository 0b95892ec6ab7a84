import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from './error';
import { wayTo } from './proxy';
import { isSafe, shownUrl } from './url';

export interface Limits {
  /** Tries of a transfer that fails for a passing reason. */
  attempts: number;
  /** Milliseconds before the second try; doubled for each further one. */
  backoff: number;
  /** Milliseconds without a byte after which a transfer is given up. */
  stall: number;
  /** Milliseconds in which upstream must answer the probe. */
  probe: number;
  /** Milliseconds for one run of helm. */
  command: number;
  /** Bytes of the largest archive taken. */
  size: number;
}

export const LIMITS: Readonly<Limits> = {
  attempts: 3,
  backoff: 500,
  stall: 20_000,
  probe: 4_000,
  command: 60_000,
  size: 32 * 1024 * 1024,
};

const MOST_REDIRECTS = 5;

/** A transfer that failed; `passing` when another try may do better, `missing` when nothing is there. */
export class TransferError extends Error {
  override readonly name = 'TransferError';

  constructor(
    message: string,
    readonly passing: boolean,
    readonly missing = false,
  ) {
    super(message);
  }
}

/** Tries `work` again, waiting longer each time, as long as what fails is a passing {@link TransferError}. */
export async function retry<T>(limits: Limits, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TransferError)) throw error;
      if (!error.passing) throw error;
      if (attempt >= limits.attempts) {
        throw new TransferError(`${error.message} (tried ${attempt} times)`, true, error.missing);
      }
      await sleep(limits.backoff * 2 ** (attempt - 1));
    }
  }
}

/**
 * What is at an https URL, or an http one on this machine. Redirects are followed to URLs of that kind only.
 * @throws TransferError
 */
export function download(url: URL, limits: Limits): Promise<Buffer> {
  return retry(limits, async () => {
    let target = url;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const answer = await get(target, limits);
      if (Buffer.isBuffer(answer)) return answer;
      target = answer;
    }
    throw new TransferError(`more than ${MOST_REDIRECTS} redirects`, false);
  });
}

/** The content, or where it is said to be. */
async function get(url: URL, limits: Limits): Promise<Buffer | URL> {
  if (!isSafe(url)) throw new TransferError(`it leads to ${shownUrl(url)}, which is not https`, false);
  const way = await wayTo(url, limits.stall).catch((error: unknown) => {
    throw new TransferError(reasonOf(error), true);
  });
  // A server that calls an archive gzip'ed content must not make it be unpacked: no client that would is used here.
  const request = (url.protocol === 'https:' ? https : http).get(url, {
    ...way,
    headers: { 'user-agent': 'kubernetes-platform', 'accept-encoding': 'identity' },
  });
  let stalled = '';
  const giveUp = (): void => {
    stalled = `no data for ${limits.stall / 1000} s`;
    request.destroy();
  };
  // The socket's own timer does not cover the search for the host's address.
  const timer = setTimeout(giveUp, limits.stall);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve);
      request.on('error', reject);
    });
    const { statusCode = 0, headers } = response;
    if (statusCode >= 300 && statusCode < 400 && headers.location) return new URL(headers.location, url);
    if (statusCode !== 200) {
      throw new TransferError(
        `HTTP ${statusCode}`,
        statusCode === 429 || statusCode >= 500,
        statusCode === 404 || statusCode === 410,
      );
    }
    return await collect(response, limits, () => timer.refresh());
  } catch (error) {
    throw error instanceof TransferError
      ? error
      : new TransferError(stalled === '' ? reasonOf(error) : stalled, true);
  } finally {
    clearTimeout(timer);
    request.destroy();
  }
}

async function collect(response: IncomingMessage, limits: Limits, onData: () => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    onData();
    size += chunk.length;
    if (size > limits.size) throw new TransferError(`more than ${limits.size} bytes`, false);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
