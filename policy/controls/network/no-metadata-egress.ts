import type { StackControl } from '../../control';
import { podSpecOf, type KubernetesObject } from '../../objects';
import { policiesIn } from '../../parts/network';
import { ALLOW_DNS, calicoPolicy, DENY_ALL, globalPolicy, networkPolicy } from '../../parts/network-samples';
import { permits } from '../../parts/traffic';
import { pod, sample, workload } from '../../samples';
import { namespaceOf, podLabelsOf, SYSTEM_NAMESPACES } from '../../stack';

const only = (...egress: object[]): KubernetesObject[] => [
  workload('Deployment'),
  networkPolicy({ policyTypes: ['Egress'], egress }),
];
const block = (cidr: string, ...except: string[]): object => ({
  to: [{ ipBlock: { cidr, ...(except.length > 0 ? { except } : {}) } }],
});
const METADATA = '169.254.169.254/32';
const DENY_METADATA = { action: 'Deny', destination: { nets: [METADATA] } };

export const control: StackControl = {
  scope: 'stack',
  id: 'no-metadata-egress',
  covers: ['NET-04'],
  title: "No pod reaches the cloud's metadata service",
  why: 'The metadata service gives whoever asks the credentials of the node, which open the account that the cluster is in.',
  severity: 'medium',
  cis: [],
  nsa: 'Protecting sensitive cloud infrastructure',
  parameters: {
    addresses: {
      type: 'array',
      items: { type: 'string', pattern: '^[0-9a-fA-F.:]+$' },
      description: 'Addresses at which the cloud answers, on port 80.',
      default: ['169.254.169.254', 'fd00:ec2::254'],
    },
  },
  remediation:
    'Deny egress by default, and leave the address out of blocks with `except`; give pods an identity of their own.',
  // Pods on the network of a node are past every policy; another control is about them.
  judge: (stack, { addresses }) =>
    stack
      .workloads()
      .filter(
        (each) => !SYSTEM_NAMESPACES.includes(namespaceOf(each)) && podSpecOf(each).hostNetwork !== true,
      )
      .flatMap((each) => {
        const policies = policiesIn(stack, namespaceOf(each));
        const open = (addresses as string[]).filter((address) =>
          permits(policies, podLabelsOf(each), 'egress', { peer: { address }, port: 80, protocol: 'TCP' }),
        );
        return open.length > 0 ? [{ object: each, found: `its pods may reach ${open.join(', ')}` }] : [];
      }),
  samples: {
    allowed: [
      sample('default-deny', [workload('Deployment'), DENY_ALL, ALLOW_DNS]),
      sample('no policyTypes, and rules for egress', [
        workload('Deployment'),
        networkPolicy({ egress: [{ to: [{ podSelector: {} }] }] }),
      ]),
      sample(
        'everything but the address',
        only(block('0.0.0.0/0', METADATA), block('::/0', 'fd00:ec2::/32')),
      ),
      sample('other ports of every address', only({ ports: [{ port: 443 }, { port: 53, protocol: 'UDP' }] })),
      sample('other addresses', only(block('10.0.0.0/8'), block('fd00:10::/64'))),
      sample('every namespace', only({ to: [{ namespaceSelector: {} }] })),
      sample("Calico's policy that denies it before others", [
        ...only(block('0.0.0.0/0')),
        globalPolicy({ order: 1, types: ['Egress'], egress: [DENY_METADATA] }),
      ]),
      sample("Calico's policy of an earlier tier", [
        ...only({}),
        globalPolicy({
          tier: 'security',
          types: ['Egress'],
          egress: [
            DENY_METADATA,
            { action: 'Deny', destination: { nets: ['fd00:ec2::254/128'] } },
            { action: 'Pass' },
          ],
        }),
      ]),
      sample('pods on the network of the node', [pod({ hostNetwork: true })]),
      sample("the cluster's own pods", [
        { ...workload('DaemonSet'), metadata: { name: 'agent', namespace: 'kube-system' } },
      ]),
      sample('no pods', [networkPolicy({ egress: [{}] })]),
      sample('other addresses of the cloud', only(block('169.254.0.0/16')), {
        addresses: ['100.100.100.200'],
      }),
    ],
    denied: [
      sample('no policy', [workload('Deployment')]),
      sample('a policy for ingress', [workload('Deployment'), networkPolicy({})]),
      sample('a policy for other pods', [
        workload('Deployment'),
        networkPolicy({ podSelector: { matchLabels: { app: 'a' } }, policyTypes: ['Egress'] }),
      ]),
      sample('a policy of another namespace', [
        workload('Deployment'),
        { ...DENY_ALL, metadata: { name: 'default-deny', namespace: 'other' } },
      ]),
      sample('a rule that allows everything', only({})),
      sample('every address', only(block('0.0.0.0/0'))),
      sample('every address of IPv6', only(block('::/0'))),
      sample('a block that it is in', only(block('169.254.0.0/16', '169.254.20.10/32'))),
      sample('its port on every address', only({ ports: [{ port: 80 }] })),
      sample('a range of ports that it is in', only({ ports: [{ port: 1, endPort: 443 }] })),
      sample('every port of TCP', only({ ports: [{ protocol: 'TCP' }] })),
      sample('one policy of two', [
        ...only(block('0.0.0.0/0', METADATA)),
        networkPolicy({ egress: [{ to: [{ ipBlock: { cidr: METADATA } }] }] }, 'second'),
      ]),
      sample("Calico's policy that denies it after others", [
        ...only(block('0.0.0.0/0')),
        globalPolicy({ order: 2000, types: ['Egress'], egress: [DENY_METADATA] }),
      ]),
      sample("Calico's policy that allows it", [
        workload('Deployment'),
        calicoPolicy({
          egress: [{ action: 'Allow', protocol: 'TCP', destination: { nets: ['0.0.0.0/0'] } }],
        }),
      ]),
      sample('a CronJob', [workload('CronJob')]),
    ],
  },
};
