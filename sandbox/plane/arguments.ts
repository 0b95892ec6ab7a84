import { join } from 'node:path';
import { TYPESCRIPT } from '../paths';
import type { Tool, ToolName } from '../toolchain/obtain';
import { planePaths, POD_CIDR, type Ports, SERVICE_CIDR } from './config';
import type { PlaneProcess } from './plane';

const LOCAL = '127.0.0.1';

/** The command line of one of the plane's processes. */
export function processArguments(
  name: PlaneProcess,
  folder: string,
  ports: Ports,
  tools: Map<ToolName, Tool>,
): { command: string; args: string[] } {
  if (name === 'agent') {
    const args = [
      '--max-old-space-size=64',
      '--require',
      TYPESCRIPT,
      join(__dirname, 'agent.ts'),
      folder,
      String(ports.agent),
      pathOf('gatekeeper', tools),
    ];
    return { command: process.execPath, args };
  }
  const command = pathOf(name, tools);
  const pki = (file: string): string => join(planePaths(folder).pki, file);
  const kubeconfig = join(folder, `${name}.kubeconfig`);
  const flags = {
    etcd: etcd,
    'kube-apiserver': apiserver,
    'kube-controller-manager': controllerManager,
    'kube-scheduler': scheduler,
    kwok,
  };
  const options = flags[name]({ folder, ports, pki, kubeconfig });
  return { command, args: Object.entries(options).map(([flag, value]) => `--${flag}=${value}`) };
}

function pathOf(name: ToolName, tools: Map<ToolName, Tool>): string {
  const tool = tools.get(name);
  if (!tool) throw new Error(`${name} is not in the toolchain`);
  return tool.path;
}

interface Context {
  folder: string;
  ports: Ports;
  pki: (file: string) => string;
  kubeconfig: string;
}
type Flags = Record<string, string | number | boolean>;

function etcd({ folder, ports, pki }: Context): Flags {
  const client = `https://${LOCAL}:${ports.etcd}`;
  const peer = `https://${LOCAL}:${ports.etcdPeer}`;
  return {
    name: 'sandbox',
    'data-dir': planePaths(folder).etcd,
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `sandbox=${peer}`,
    'client-cert-auth': true,
    'trusted-ca-file': pki('ca.crt'),
    'cert-file': pki('etcd.crt'),
    'key-file': pki('etcd.key'),
    'peer-client-cert-auth': true,
    'peer-trusted-ca-file': pki('ca.crt'),
    'peer-cert-file': pki('etcd.crt'),
    'peer-key-file': pki('etcd.key'),
    'auto-compaction-retention': '5m',
    // Killed processes lose nothing by it. A machine that loses power may, and then `make clean` starts over.
    'unsafe-no-fsync': true,
    'log-level': 'warn',
  };
}

function apiserver({ folder, ports, pki }: Context): Flags {
  const paths = planePaths(folder);
  return {
    'bind-address': LOCAL,
    'secure-port': ports.apiserver,
    // The "kubernetes" Service can hold no loopback address, and nothing here would dial it.
    'endpoint-reconciler-type': 'none',
    'etcd-servers': `https://${LOCAL}:${ports.etcd}`,
    'etcd-cafile': pki('ca.crt'),
    'etcd-certfile': pki('etcd.crt'),
    'etcd-keyfile': pki('etcd.key'),
    'tls-cert-file': pki('apiserver.crt'),
    'tls-private-key-file': pki('apiserver.key'),
    'tls-min-version': 'VersionTLS12',
    'client-ca-file': pki('ca.crt'),
    'token-auth-file': paths.tokens,
    'anonymous-auth': false,
    'authorization-mode': 'Node,RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': pki('service-account.crt'),
    'service-account-signing-key-file': pki('service-account.key'),
    'service-cluster-ip-range': SERVICE_CIDR,
    'allow-privileged': true,
    'enable-admission-plugins': 'NodeRestriction',
    // No pod runs, so no webhook could answer. PodSecurity and ValidatingAdmissionPolicy are on by default.
    'disable-admission-plugins': 'MutatingAdmissionWebhook,ValidatingAdmissionWebhook',
    'encryption-provider-config': paths.encryption,
    'audit-policy-file': join(__dirname, 'audit-policy.yaml'),
    'audit-log-path': paths.audit,
    'audit-log-maxsize': 50,
    'audit-log-maxbackup': 1,
    'egress-selector-config-file': paths.egress,
    'proxy-client-cert-file': pki('front-proxy.crt'),
    'proxy-client-key-file': pki('front-proxy.key'),
    'requestheader-client-ca-file': pki('ca.crt'),
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    profiling: false,
  };
}

function controllerManager({ pki, kubeconfig }: Context): Flags {
  return {
    kubeconfig,
    'secure-port': 0,
    'leader-elect': false,
    'use-service-account-credentials': true,
    'service-account-private-key-file': pki('service-account.key'),
    'root-ca-file': pki('ca.crt'),
    'cluster-signing-cert-file': pki('ca.crt'),
    'cluster-signing-key-file': pki('ca.key'),
    'allocate-node-cidrs': false,
    'service-cluster-ip-range': SERVICE_CIDR,
    // A simulated node renews its heartbeat every few minutes.
    'node-monitor-grace-period': '30m',
    'kube-api-qps': 300,
    'kube-api-burst': 400,
    profiling: false,
  };
}

function scheduler({ kubeconfig }: Context): Flags {
  return {
    kubeconfig,
    'secure-port': 0,
    'leader-elect': false,
    'kube-api-qps': 300,
    'kube-api-burst': 400,
    profiling: false,
  };
}

function kwok({ folder, kubeconfig }: Context): Flags {
  return {
    kubeconfig,
    config: planePaths(folder).kwok,
    'manage-all-nodes': true,
    cidr: POD_CIDR,
  };
}
