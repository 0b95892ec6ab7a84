/**
 * The frameworks that controls answer to, section by section, so that a section without a control is seen. Titles are
 * in words of our own. Controls name their sections (`cis`, `pss`, `nsa`).
 */

/** A section of the CIS Kubernetes Benchmark that objects of a cluster can answer. */
export interface CisItem {
  /** Number in version 1.12. */
  section: string;
  title: string;
  /** Number in earlier versions, where it differs. */
  formerly?: string;
  /** Where objects only hint at the answer: what they can't tell. */
  heuristic?: string;
}

/** Chapters of the benchmark, by the number that they begin with. */
export const CIS_CHAPTERS: Readonly<Record<string, string>> = {
  '1.2': 'API server',
  '1.3': 'Controller manager',
  '1.4': 'Scheduler',
  '2': 'etcd',
  '3.1': 'Authentication and authorization',
  '3.2': 'Logging',
  '4.2': 'Kubelet',
  '5.1': 'RBAC and service accounts',
  '5.2': 'Pod security',
  '5.3': 'Network policies and CNI',
  '5.4': 'Secrets',
  '5.5': 'Admission of images',
  '5.6': 'General policies',
};

/** Chapter 5 of version 1.12, whole: 34 sections. */
export const CIS: readonly CisItem[] = [
  { section: '5.1.1', title: 'cluster-admin only where it is needed' },
  { section: '5.1.2', title: 'Few may read Secrets' },
  { section: '5.1.3', title: 'Few wildcards in roles' },
  { section: '5.1.4', title: 'Few may create pods' },
  { section: '5.1.5', title: 'Service accounts named default are not used' },
  { section: '5.1.6', title: 'Service account tokens are mounted only where they are needed' },
  { section: '5.1.7', title: 'The group system:masters is not used' },
  { section: '5.1.8', title: 'Few may bind, impersonate or escalate' },
  { section: '5.1.9', title: 'Few may create persistent volumes' },
  { section: '5.1.10', title: 'Few reach the proxy of nodes' },
  { section: '5.1.11', title: 'Few approve certificate signing requests' },
  { section: '5.1.12', title: 'Few change the configuration of admission webhooks' },
  { section: '5.1.13', title: 'Few create tokens of service accounts' },
  { section: '5.2.1', title: 'At least one mechanism judges pods at admission' },
  { section: '5.2.2', title: 'No privileged containers' },
  { section: '5.2.3', title: 'No process namespace of the node' },
  { section: '5.2.4', title: 'No IPC namespace of the node' },
  { section: '5.2.5', title: 'No network of the node' },
  { section: '5.2.6', title: 'No privilege escalation' },
  { section: '5.2.7', title: 'No root containers' },
  { section: '5.2.8', title: 'No capability NET_RAW' },
  { section: '5.2.9', title: 'No capabilities that are not needed', formerly: '5.2.10' },
  { section: '5.2.10', title: 'No Windows HostProcess containers', formerly: '5.2.11' },
  { section: '5.2.11', title: 'No volumes that are paths of the node', formerly: '5.2.12' },
  { section: '5.2.12', title: 'No ports of the node', formerly: '5.2.13' },
  {
    section: '5.3.1',
    title: 'The CNI enforces network policies',
    heuristic:
      'Objects tell that something which enforces policies is installed, not that it works on every node.',
  },
  { section: '5.3.2', title: 'Every namespace has network policies' },
  { section: '5.4.1', title: 'Secrets as files rather than environment variables' },
  {
    section: '5.4.2',
    title: 'Secrets are kept in a store outside the cluster, where that is fit',
    heuristic: 'Objects tell that a store is connected, not that every Secret comes from it.',
  },
  {
    section: '5.5.1',
    title: 'The provenance of images is checked at admission',
    heuristic: 'Names, digests and verifiers are seen; whether what they vouch for is sound is not.',
  },
  {
    section: '5.6.1',
    title: 'Namespaces part what must be kept apart',
    formerly: '5.7.1',
    heuristic: 'Which things belong apart is a decision that no object states.',
  },
  { section: '5.6.2', title: 'A seccomp profile of at least the runtime’s default', formerly: '5.7.2' },
  { section: '5.6.3', title: 'Security contexts on pods and containers', formerly: '5.7.3' },
  { section: '5.6.4', title: 'The namespace default is not used', formerly: '5.7.4' },
];

export type PssLevel = 'baseline' | 'restricted';

/** A control of the Pod Security Standards. */
export interface PssItem {
  level: PssLevel;
  title: string;
  /** Ids of what holds it. It names them here, since each of the standards' fields has one place and one rule. */
  controls: readonly string[];
}

/** Both levels of Kubernetes 1.36, whole: 12 and 7. */
export const PSS: readonly PssItem[] = [
  { level: 'baseline', title: 'HostProcess', controls: ['no-host-process'] },
  { level: 'baseline', title: 'Host namespaces', controls: ['no-host-namespaces', 'no-host-network'] },
  { level: 'baseline', title: 'Privileged containers', controls: ['no-privileged'] },
  { level: 'baseline', title: 'Capabilities', controls: ['default-capabilities'] },
  { level: 'baseline', title: 'HostPath volumes', controls: ['no-host-path'] },
  { level: 'baseline', title: 'Host ports', controls: ['no-host-ports'] },
  { level: 'baseline', title: 'Hosts of probes and hooks', controls: ['no-probe-host'] },
  { level: 'baseline', title: 'AppArmor', controls: ['allowed-apparmor-profiles'] },
  { level: 'baseline', title: 'SELinux', controls: ['selinux-options'] },
  { level: 'baseline', title: '/proc mount type', controls: ['default-proc-mount'] },
  { level: 'baseline', title: 'Seccomp', controls: ['no-unconfined-seccomp'] },
  { level: 'baseline', title: 'Sysctls', controls: ['safe-sysctls'] },
  { level: 'restricted', title: 'Volume types', controls: ['restricted-volume-types'] },
  { level: 'restricted', title: 'Privilege escalation', controls: ['no-privilege-escalation'] },
  { level: 'restricted', title: 'Running as non-root', controls: ['non-root'] },
  { level: 'restricted', title: 'Running as a non-root user', controls: ['non-root'] },
  { level: 'restricted', title: 'Seccomp', controls: ['seccomp-profile'] },
  { level: 'restricted', title: 'Capabilities', controls: ['drop-all-capabilities'] },
  { level: 'restricted', title: '/proc mount type', controls: ['default-proc-mount-always'] },
];

/** An item of the NSA/CISA Kubernetes Hardening Guidance 1.2. */
interface NsaEntry {
  chapter: string;
  title: string;
  /** Why no control answers it, where none can. */
  beyond?: string;
}

const POD = 'Pod security';
const NETWORK = 'Network separation and hardening';
const ACCESS = 'Authentication and authorization';
const LOGGING = 'Audit logging and threat detection';

/** Every item of the guidance; those that no object of a stack can answer say why. */
export const NSA = [
  { chapter: POD, title: 'Non-root containers' },
  { chapter: POD, title: 'Immutable container file systems' },
  { chapter: POD, title: 'Building secure container images' },
  { chapter: POD, title: 'Pod security enforcement' },
  { chapter: POD, title: 'Protecting Pod service account tokens' },
  { chapter: POD, title: 'Hardening container environments' },
  { chapter: NETWORK, title: 'Namespaces' },
  { chapter: NETWORK, title: 'Network policies' },
  { chapter: NETWORK, title: 'Resource policies' },
  { chapter: NETWORK, title: 'Control plane hardening' },
  { chapter: NETWORK, title: 'Etcd' },
  {
    chapter: NETWORK,
    title: 'Kubeconfig files',
    beyond: 'Files of people and nodes: no object of a stack shows who may read them.',
  },
  { chapter: NETWORK, title: 'Worker node segmentation' },
  { chapter: NETWORK, title: 'Encryption' },
  { chapter: NETWORK, title: 'Secrets' },
  { chapter: NETWORK, title: 'Protecting sensitive cloud infrastructure' },
  { chapter: ACCESS, title: 'Authentication' },
  { chapter: ACCESS, title: 'Role-based access control' },
  { chapter: LOGGING, title: 'Audit logging' },
  {
    chapter: LOGGING,
    title: 'Worker node and container logging',
    beyond:
      'Which logs leave the nodes, and where they are kept, is a matter of each node and of a store outside.',
  },
  {
    chapter: LOGGING,
    title: 'Seccomp in audit mode',
    beyond:
      'What a profile logs stands in a file of each node; that pods have a profile is pod security enforcement.',
  },
  { chapter: LOGGING, title: 'Syslog', beyond: 'A service of the operating system of each node.' },
  { chapter: LOGGING, title: 'SIEM platforms', beyond: 'A system outside the cluster.' },
  { chapter: LOGGING, title: 'Service meshes' },
  {
    chapter: LOGGING,
    title: 'Fault tolerance of logging',
    beyond: 'A matter of the store of logs, outside the cluster.',
  },
  {
    chapter: LOGGING,
    title: 'Threat detection',
    beyond:
      'Falco, which the platform installs, detects at run time; an object shows that it is there, not what it sees.',
  },
  {
    chapter: 'Upgrading and application security practices',
    title: 'Upgrading and application security practices',
  },
] as const satisfies readonly NsaEntry[];

export type NsaItem = (typeof NSA)[number]['title'];
