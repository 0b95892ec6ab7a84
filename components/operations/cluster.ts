import { isRecord, type KubernetesObject } from '../../policy/objects';

/** How the Kubernetes API is spoken to. A body is sent as JSON. */
export interface KubeClient {
  send(
    method: string,
    path: string,
    body?: unknown,
    options?: { contentType?: string },
  ): Promise<{ status: number; text: string }>;
}

interface Served {
  name: string;
  kind: string;
  namespaced: boolean;
}

/** A cluster's API, with what it serves. */
export class Cluster {
  private readonly served = new Map<string, Promise<Served[]>>();

  constructor(private readonly client: KubeClient) {}

  async must<T = KubernetesObject>(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<T> {
    const { status, text } = await this.client.send(method, path, body, contentType ? { contentType } : {});
    if (status < 400) return JSON.parse(text) as T;
    throw new Error(`${method} ${path.replace(/\?.*/, '')}: ${status} ${messageOf(text)}`);
  }

  async list(path: string): Promise<Record<string, unknown>[]> {
    return (await this.must<{ items: Record<string, unknown>[] }>('GET', path)).items;
  }

  /** The object as it is, or undefined. */
  async read(path: string): Promise<KubernetesObject | undefined> {
    const { status, text } = await this.client.send('GET', path);
    if (status === 404) return undefined;
    if (status < 400) return JSON.parse(text) as KubernetesObject;
    throw new Error(`GET ${path}: ${status} ${messageOf(text)}`);
  }

  /** Path of the collection that an object belongs to, or undefined where its kind is not served. */
  async collectionOf({ apiVersion, kind }: KubernetesObject, namespace: string): Promise<Place | undefined> {
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const known = this.served.get(base) ?? this.kindsOf(base);
    this.served.set(base, known);
    const resource = (await known).find((each) => each.kind === kind && !each.name.includes('/'));
    if (!resource) return undefined;
    if (!resource.namespaced) return { path: `${base}/${resource.name}` };
    return { path: `${base}/namespaces/${namespace}/${resource.name}`, namespace };
  }

  private async kindsOf(base: string): Promise<Served[]> {
    const { status, text } = await this.client.send('GET', base);
    if (status >= 400) return [];
    return (JSON.parse(text) as { resources: Served[] }).resources;
  }
}

interface Place {
  path: string;
  namespace?: string;
}

/** What an answer of the API says, or the answer. */
export function messageOf(text: string): string {
  try {
    const answer = JSON.parse(text) as unknown;
    return isRecord(answer) && typeof answer.message === 'string' ? answer.message : text;
  } catch {
    return text;
  }
}
