import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';
import { messageOf } from '../../components/operations/cluster';

/** A Kubernetes object as read from the API. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [key: string]: unknown;
  };
  [key: string]: unknown;
}

export interface Answer {
  status: number;
  text: string;
  /** Texts of its Warning headers, in their order. */
  warnings: string[];
}

export interface SendOptions {
  /** @default application/json */
  accept?: string;
  /** @default application/json */
  contentType?: string;
  /** In milliseconds. @default 10,000 */
  timeout?: number;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** A client of an embedded plane, for the sandbox's own use: bearer token or client certificate, CA pinned. */
export class Api {
  private readonly agent: Agent;

  constructor(
    private readonly server: string,
    private readonly credentials: { ca: string; token?: string; cert?: string; key?: string },
  ) {
    const { ca, cert, key } = credentials;
    this.agent = new Agent({ keepAlive: true, ca, ...(cert && key ? { cert, key } : {}) });
  }

  /** From a kubeconfig that the sandbox wrote. */
  static fromFile(path: string): Api {
    const config = parse(readFileSync(path, 'utf8')) as {
      clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
      users: [{ user: Partial<Record<'token' | 'client-certificate-data' | 'client-key-data', string>> }];
    };
    const { server, 'certificate-authority-data': ca } = config.clusters[0].cluster;
    const { token, 'client-certificate-data': cert, 'client-key-data': key } = config.users[0].user;
    return new Api(server, {
      ca: decode(ca),
      ...(token ? { token } : {}),
      ...(cert && key ? { cert: decode(cert), key: decode(key) } : {}),
    });
  }

  /** Sends a request and returns the JSON answer. Throws ApiError on a status of 400 or more. */
  async call<T = KubeObject>(
    method: string,
    path: string,
    body?: unknown,
    options: SendOptions = {},
  ): Promise<T> {
    const text = await this.raw(method, path, body, options);
    return JSON.parse(text) as T;
  }

  get<T = KubeObject>(path: string): Promise<T> {
    return this.call<T>('GET', path);
  }

  async list(path: string): Promise<KubeObject[]> {
    return (await this.get<{ items: KubeObject[] }>(path)).items;
  }

  /** Server-side apply, as `field manager` sandbox. */
  apply(path: string, object: unknown): Promise<KubeObject> {
    return this.call('PATCH', `${path}?fieldManager=sandbox&force=true`, object, {
      contentType: 'application/apply-patch+yaml',
    });
  }

  /** Sends a request and returns the answer as text. A body is sent as JSON, text as it is. */
  async raw(method: string, path: string, body?: unknown, options: SendOptions = {}): Promise<string> {
    const { status, text } = await this.send(method, path, body, options);
    if (status < 400) return text;
    throw new ApiError(status, `${method} ${path}: ${status} ${messageOf(text)}`);
  }

  /** Sends a request and returns the answer, whatever its status, with the warnings that came with it. */
  send(
    method: string,
    path: string,
    body?: unknown,
    { accept = 'application/json', contentType = 'application/json', timeout = 10_000 }: SendOptions = {},
  ): Promise<Answer> {
    const { token } = this.credentials;
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${this.server}${path}`,
        {
          method,
          agent: this.agent,
          timeout,
          headers: {
            accept,
            ...(token ? { authorization: `Bearer ${token}` } : {}),
            ...(body === undefined ? {} : { 'content-type': contentType }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const warnings = (response.headersDistinct.warning ?? []).map(warningText);
            resolve({ status: response.statusCode ?? 0, text, warnings });
          });
        },
      );
      outgoing.on('timeout', () =>
        outgoing.destroy(new Error(`${method} ${path}: no answer in ${timeout} ms`)),
      );
      outgoing.on('error', reject);
      outgoing.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** The text in a header such as `299 - "text"`. Node reads headers as Latin-1; the API server writes UTF-8. */
function warningText(header: string): string {
  const [, quoted = header] = /^\d{3} \S+ "(.*)"$/s.exec(header) ?? [];
  return Buffer.from(quoted.replace(/\\(.)/g, '$1'), 'latin1').toString('utf8');
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
