import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { writePrivate } from '../files';
import { readPair } from './pki';

/** Ports of a plane, all on 127.0.0.1. */
export interface Ports {
  apiserver: number;
  etcd: number;
  etcdPeer: number;
  agent: number;
}

export const SERVICE_CIDR = '10.96.0.0/16';
export const POD_CIDR = '10.244.0.0/16';
const STAGES = ['node', 'pod', 'service', 'volume'];

/** Paths of a plane's files, below its folder. */
export function planePaths(
  folder: string,
): Record<
  'pki' | 'etcd' | 'logs' | 'audit' | 'encryption' | 'egress' | 'kwok' | 'tokens' | 'kubeconfig' | 'record',
  string
> {
  return {
    pki: join(folder, 'pki'),
    etcd: join(folder, 'etcd'),
    logs: join(folder, 'logs'),
    audit: join(folder, 'logs', 'audit.log'),
    encryption: join(folder, 'encryption.yaml'),
    egress: join(folder, 'egress.yaml'),
    kwok: join(folder, 'kwok.yaml'),
    tokens: join(folder, 'tokens.csv'),
    kubeconfig: join(folder, 'kubeconfig'),
    record: join(folder, 'plane.json'),
  };
}

/** Writes every configuration file that the plane's processes read. Keys and tokens are made once and kept. */
export function writeConfiguration(folder: string, ports: Ports): void {
  const paths = planePaths(folder);
  if (!existsSync(paths.encryption)) writePrivate(paths.encryption, stringify(encryption()));
  if (!existsSync(paths.tokens)) {
    writePrivate(paths.tokens, `${randomBytes(32).toString('hex')},admin,admin,system:masters\n`);
  }
  writePrivate(paths.egress, stringify(egress(paths.pki, ports)));
  writePrivate(paths.kwok, kwokStages());
  const token = readFileSync(paths.tokens, 'utf8').split(',')[0] ?? '';
  writePrivate(paths.kubeconfig, kubeconfig(paths.pki, ports, { token }));
  for (const client of ['kube-controller-manager', 'kube-scheduler', 'kwok', 'agent']) {
    const { cert, key } = readPair(paths.pki, client);
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
    writePrivate(join(folder, `${client}.kubeconfig`), kubeconfig(paths.pki, ports, user));
  }
}

function kubeconfig(pki: string, ports: Ports, user: Record<string, string>): string {
  const { cert } = readPair(pki, 'ca');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'sandbox',
        cluster: {
          server: `https://127.0.0.1:${ports.apiserver}`,
          'certificate-authority-data': base64(cert),
          // It never leaves the machine.
          'disable-compression': true,
        },
      },
    ],
    users: [{ name: 'sandbox', user }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: 'sandbox' } }],
    'current-context': 'sandbox',
  });
}

function encryption(): object {
  const secret = randomBytes(32).toString('base64');
  return {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [
      {
        resources: ['secrets'],
        providers: [{ secretbox: { keys: [{ name: 'key1', secret }] } }, { identity: {} }],
      },
    ],
  };
}

/** What the API server sends into the cluster goes to the agent: no cluster network exists here. */
function egress(pki: string, ports: Ports): object {
  return {
    apiVersion: 'apiserver.k8s.io/v1beta1',
    kind: 'EgressSelectorConfiguration',
    egressSelections: [
      {
        name: 'cluster',
        connection: {
          proxyProtocol: 'HTTPConnect',
          transport: {
            tcp: {
              url: `https://127.0.0.1:${ports.agent}`,
              tlsConfig: {
                caBundle: join(pki, 'ca.crt'),
                clientCert: join(pki, 'front-proxy.crt'),
                clientKey: join(pki, 'front-proxy.key'),
              },
            },
          },
        },
      },
    ],
  };
}

function kwokStages(): string {
  return STAGES.flatMap((name) =>
    parseAllDocuments(readFileSync(join(__dirname, 'stages', `${name}.yaml`), 'utf8')),
  )
    .map((document) => stringify(document.toJS(), { lineWidth: 0 }))
    .join('---\n');
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
