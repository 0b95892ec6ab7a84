import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream/promises';
import { wayTo } from '../../components/charts/proxy';
import { isFileError } from './cache';
import { Unavailable } from './types';

export interface NetworkOptions {
  /**
   * A server that stands in for every release host: `https://host/path` is asked for as `<base>/host/path`.
   * @default the hosts themselves
   */
  base?: string;
  /** Milliseconds for the first answer of a host. */
  connect: number;
  /** Milliseconds without a byte after which a transfer is given up. */
  stall: number;
  signal?: AbortSignal;
}

const MOST_REDIRECTS = 5;
const MOST_TEXT = 1024 * 1024;

/** Plain HTTP GET with the checks that a release download needs. Whatever fails is thrown as {@link Unavailable}. */
export class Network {
  private readonly probes = new Map<string, Promise<string>>();

  constructor(private readonly options: NetworkOptions) {}

  /**
   * Why the URL's host cannot be reached, or '' when it can. Any HTTP answer will do; a host is asked once, so that
   * an offline machine waits once and not once a file.
   */
  reachable(url: string): Promise<string> {
    return this.probeOnce(this.locate(url));
  }

  /** The text at a URL, at most 1 MiB. */
  async text(url: string): Promise<string> {
    const response = await this.open(url);
    const chunks: Buffer[] = [];
    let bytes = 0;
    await transfer(response, url, async () => {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MOST_TEXT) throw new Unavailable(`${url} is longer than 1 MiB`);
      }
    });
    return Buffer.concat(chunks).toString();
  }

  /**
   * Writes what is at a URL into a new file and returns its sha256. `onProgress` hears the bytes so far and, where
   * the server tells, their number.
   */
  async file(url: string, path: string, onProgress: (done: number, all?: number) => void): Promise<string> {
    const response = await this.open(url);
    const length = response.headers['content-length'];
    const all = length === undefined ? undefined : Number(length);
    const hash = createHash('sha256');
    let done = 0;
    const measure = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of source) {
        hash.update(chunk);
        done += chunk.length;
        onProgress(done, all);
        yield chunk;
      }
    };
    await transfer(response, url, () =>
      pipeline(response, measure, createWriteStream(path, { flags: 'wx' })),
    );
    if (all !== undefined && done !== all)
      throw new Unavailable(`${url} ended after ${done} of ${all} bytes`);
    return hash.digest('hex');
  }

  private async open(url: string): Promise<IncomingMessage> {
    let target = this.locate(url);
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const reason = await this.probeOnce(target);
      if (reason) throw new Unavailable(reason);
      const response = await this.request('GET', target, this.options.stall).catch((error: unknown) => {
        throw new Unavailable(`${url}: ${(error as Error).message}`);
      });
      const { statusCode = 0, headers } = response;
      if (statusCode === 200) return response;
      response.destroy();
      if (statusCode < 300 || statusCode > 399 || !headers.location) {
        throw new Unavailable(`${url}: HTTP ${statusCode}`);
      }
      const next = new URL(headers.location, target);
      if (target.protocol === 'https:' && next.protocol !== 'https:') {
        throw new Unavailable(`${url} redirects from https to ${next.protocol}//${next.host}`);
      }
      target = next;
    }
    throw new Unavailable(`${url} redirects more than ${MOST_REDIRECTS} times`);
  }

  private probeOnce({ origin }: URL): Promise<string> {
    const known = this.probes.get(origin) ?? this.probe(origin);
    this.probes.set(origin, known);
    return known;
  }

  private async probe(origin: string): Promise<string> {
    try {
      const response = await this.request('HEAD', new URL(origin), this.options.connect);
      response.destroy();
      return '';
    } catch (error) {
      return `${new URL(origin).host} cannot be reached (${(error as Error).message})`;
    }
  }

  private async request(method: string, url: URL, silence: number): Promise<IncomingMessage> {
    const way = await wayTo(url, silence);
    return new Promise((resolve, reject) => {
      const { signal } = this.options;
      const client = url.protocol === 'https:' ? https : http;
      const request = client.request(url, {
        ...way,
        method,
        headers: { 'user-agent': 'kubernetes-platform' },
        ...(signal && { signal }),
      });
      const giveUp = (): Error => new Error(`no data for ${silence / 1000} s`);
      // The socket's own timer does not cover the search for the host's address.
      const timer = setTimeout(() => request.destroy(giveUp()), silence);
      request.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      request.on('response', (response) => {
        clearTimeout(timer);
        response.setTimeout(silence, () => response.destroy(giveUp()));
        // Whoever reads it hears of the error too; nobody may be reading.
        response.on('error', () => undefined);
        resolve(response);
      });
      request.end();
    });
  }

  /** Where a URL is asked for: see {@link NetworkOptions.base}. What a stand-in redirects to is left as it is. */
  private locate(url: string): URL {
    const { base } = this.options;
    const asked = new URL(url);
    return base && asked.protocol === 'https:' ? new URL(`${base}/${asked.host}${asked.pathname}`) : asked;
  }
}

async function transfer(response: IncomingMessage, url: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isFileError(error) || error instanceof Unavailable) throw error;
    throw new Unavailable(`${url} broke off: ${(error as Error).message}`);
  } finally {
    response.destroy();
  }
}
