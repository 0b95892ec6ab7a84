import type { ObjectControl } from '../../control';
import { differsFrom, isFalse, isTrue, set } from '../../parts/expectations';
import { ETCD, flagControls } from '../../parts/flags';
import { container, pod, sample } from '../../samples';

/** A certificate and its key, in the environment: one alone does not stand for the other. */
const PAIRS: Readonly<Record<string, readonly string[]>> = {
  'cp-etcd-serving-certificate': ['ETCD_CERT_FILE', 'ETCD_KEY_FILE'],
  'cp-etcd-peer-certificate': ['ETCD_PEER_CERT_FILE', 'ETCD_PEER_KEY_FILE'],
};

export const controls = flagControls(ETCD, [
  {
    id: 'cp-etcd-serving-certificate',
    row: 'CP-40',
    section: '2.1',
    severity: 'low',
    title: 'The etcd server serves with a certificate that is given to it',
    why: 'Without one every Secret of the cluster crosses the network in clear text.',
    flags: ['cert-file', 'key-file'],
    expected: set,
    kubeadm: '/etc/kubernetes/pki/etcd/server',
  },
  {
    id: 'cp-etcd-client-cert-auth',
    row: 'CP-41',
    section: '2.2',
    severity: 'low',
    title: 'The etcd server asks its clients for a certificate',
    why: 'Otherwise whoever reaches its port reads and writes the whole cluster.',
    flags: ['client-cert-auth'],
    expected: isTrue(false),
    kubeadm: 'true',
  },
  {
    id: 'cp-etcd-auto-tls',
    row: 'CP-42',
    section: '2.3',
    severity: 'low',
    title: 'The etcd server makes no certificate for itself',
    why: 'With one that it made itself no client can tell it from another server.',
    flags: ['auto-tls'],
    expected: isFalse(true),
  },
  {
    id: 'cp-etcd-peer-certificate',
    row: 'CP-43',
    section: '2.4',
    severity: 'low',
    title: 'Members of etcd talk to each other with certificates',
    why: 'Between members goes everything that the cluster stores.',
    flags: ['peer-cert-file', 'peer-key-file'],
    expected: set,
    kubeadm: '/etc/kubernetes/pki/etcd/peer',
  },
  {
    id: 'cp-etcd-peer-client-cert-auth',
    row: 'CP-44',
    section: '2.5',
    severity: 'low',
    title: 'Members of etcd ask each other for a certificate',
    why: 'Otherwise whoever reaches the port joins as a member, and is sent everything.',
    flags: ['peer-client-cert-auth'],
    expected: isTrue(false),
    kubeadm: 'true',
  },
  {
    id: 'cp-etcd-peer-auto-tls',
    row: 'CP-45',
    section: '2.6',
    severity: 'low',
    title: 'Members of etcd make no certificates for themselves',
    why: 'With certificates that they made themselves no member can tell another from a stranger.',
    flags: ['peer-auto-tls'],
    expected: isFalse(true),
  },
  {
    id: 'cp-etcd-certificate-authority',
    row: 'CP-46',
    section: '2.7',
    severity: 'low',
    title: 'The etcd server trusts a certificate authority of its own',
    why: 'With the one of the cluster, any certificate of the cluster opens etcd.',
    flags: ['trusted-ca-file'],
    expected: differsFrom('/etc/kubernetes/pki/ca.crt', 'Where the certificate authority of the cluster is.'),
    kubeadm: '/etc/kubernetes/pki/etcd/ca.crt',
  },
]).map(withHalves);

function withHalves(control: ObjectControl): ObjectControl {
  const { allowed, denied } = control.samples;
  const halves = (PAIRS[control.id] ?? []).map((name) => {
    const env = [{ name, value: '/etc/kubernetes/pki/sample' }];
    const etcd = container({ name: 'etcd', command: ['etcd'], env });
    return sample(`only ${name} in the environment`, pod({ containers: [etcd] }));
  });
  return { ...control, samples: { allowed, denied: [...denied, ...halves] } };
}
