import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';

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

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

interface CallOptions {
  contentType?: string;
  /** In ms. */
  timeout?: number;
  /** Is told each warning that comes with the answer. */
  onWarning?: (text: string) => void;
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
    options: CallOptions = {},
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
  raw(
    method: string,
    path: string,
    body?: unknown,
    { contentType = 'application/json', timeout = 10_000, onWarning }: CallOptions = {},
  ): Promise<string> {
    const { token } = this.credentials;
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${this.server}${path}`,
        {
          method,
          agent: this.agent,
          timeout,
          headers: {
            accept: 'application/json',
            ...(token ? { authorization: `Bearer ${token}` } : {}),
            ...(body === undefined ? {} : { 'content-type': contentType }),
          },
        },
        (response) => {
          if (onWarning) response.headersDistinct.warning?.map(warningText).forEach(onWarning);
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const status = response.statusCode ?? 0;
            if (status < 400) resolve(text);
            else reject(new ApiError(status, `${method} ${path}: ${status} ${messageOf(text)}`));
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

/** The text of a Warning header: `299 - "unknown field"`. */
function warningText(header: string): string {
  return header.replace(/^\d+ \S+ "(.*)"$/s, '$1').replace(/\\(.)/g, '$1');
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
