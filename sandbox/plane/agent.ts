/**
 * Stands where the cluster network would be. The API server's requests into the cluster arrive here as HTTP
 * CONNECT; aggregated APIs (metrics.k8s.io and the like) get an answer that is valid and empty, so that
 * discovery, and with it every namespace deletion, works although no pod really runs. It also does the one step
 * of cert-manager's CA injector that aggregation needs: the CA bundle of APIServices that ask for it.
 *
 * Beside it, Gatekeeper runs on the host while the plane has its pods.
 *
 * Run as `agent.ts <plane folder> <port> <gatekeeper>`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Socket } from 'node:net';
import { Api, type KubeObject } from './api';
import { GatekeeperHost } from './gatekeeper';
import { Authority, readPair } from './pki';

/** Resources of the aggregated APIs whose absence clients treat as an error. */
const RESOURCES: Record<string, { name: string; kind: string; namespaced: boolean }[]> = {
  'metrics.k8s.io': [
    { name: 'nodes', kind: 'NodeMetrics', namespaced: false },
    { name: 'pods', kind: 'PodMetrics', namespaced: true },
  ],
};
const INJECT = 'cert-manager.io/inject-ca-from';

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? '/', 'https://agent');
  const { status, body } = route(pathname);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** The answer of an aggregated API that has nothing to report. Exported for tests. */
export function route(path: string): { status: number; body: object } {
  const [root, group, version, ...rest] = path.split('/').filter((part) => part !== '');
  if (root === 'apis' && group && version) {
    const resources = RESOURCES[group] ?? [];
    if (rest.length === 0) {
      const list = resources.map((resource) => ({ ...resource, singularName: '', verbs: ['get', 'list'] }));
      const body = { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group}/${version}` };
      return { status: 200, body: { ...body, resources: list } };
    }
    const kind = resources.find(({ name }) => rest.at(-1) === name)?.kind;
    if (kind) {
      return {
        status: 200,
        body: { kind: `${kind}List`, apiVersion: `${group}/${version}`, metadata: {}, items: [] },
      };
    }
  }
  const reason = 'NotFound';
  return { status: 404, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code: 404 } };
}

async function serve(folder: string, port: number, gatekeeper: string): Promise<void> {
  const pki = join(folder, 'pki');
  const authority = await Authority.load(readPair(pki, 'ca'));
  const contexts = new Map<string, Promise<SecureContext>>();
  const contextFor = (name: string): Promise<SecureContext> => {
    const known =
      contexts.get(name) ?? authority.issue({ commonName: name, names: [name] }).then(createSecureContext);
    contexts.set(name, known);
    return known;
  };
  const own = readPair(pki, 'agent');
  const backend = createServer(
    {
      ...own,
      SNICallback: (name, done) => {
        contextFor(name).then((context) => done(null, context), done);
      },
    },
    answer,
  );
  const proxy = createServer({
    ...own,
    ca: authority.pair.cert,
    requestCert: true,
    rejectUnauthorized: true,
  });
  proxy.on('request', (_, response: ServerResponse) => response.writeHead(405).end());
  proxy.on('connect', (_, socket: Socket) => {
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    backend.emit('connection', socket);
  });
  proxy.listen(port, '127.0.0.1');
  const api = Api.fromFile(join(folder, 'agent.kubeconfig'));
  const host = new GatekeeperHost(folder, gatekeeper, api, authority);
  const caBundle = Buffer.from(authority.pair.cert).toString('base64');
  for (;;) {
    // While the API server is starting, stopping or busy, the next round finds what is to do.
    await injectBundles(api, caBundle).catch(() => undefined);
    await host.follow().catch(() => undefined);
    await sleep(1000);
  }
}

async function injectBundles(api: Api, caBundle: string): Promise<void> {
  const services = await api.list('/apis/apiregistration.k8s.io/v1/apiservices');
  for (const service of services.filter(wantsBundle)) {
    const path = `/apis/apiregistration.k8s.io/v1/apiservices/${service.metadata.name}`;
    const contentType = 'application/merge-patch+json';
    await api.call('PATCH', `${path}?fieldManager=cainjector`, { spec: { caBundle } }, { contentType });
  }
}

function wantsBundle(service: KubeObject): boolean {
  const spec = service.spec as { caBundle?: string } | undefined;
  return Boolean(service.metadata.annotations?.[INJECT]) && !spec?.caBundle;
}

if (require.main === module) {
  const [folder, port, gatekeeper] = process.argv.slice(2);
  if (!folder || !port || !gatekeeper) throw new Error('usage: agent.ts <plane folder> <port> <gatekeeper>');
  void serve(folder, Number(port), gatekeeper);
}
