import type { Finding, StackControl } from '../../control';
import { podSpecOf, type KubernetesObject } from '../../objects';
import { namespaceObject, policiesIn } from '../../parts/network';
import {
  ALLOW_DNS,
  CALICO_DENY,
  calicoPolicy,
  DENY_ALL,
  globalPolicy,
  namespace,
  networkPolicy,
  TO_DNS,
} from '../../parts/network-samples';
import { isDefaultDeny, permits, type Traffic } from '../../parts/traffic';
import { pod, sample, workload } from '../../samples';
import { podLabelsOf } from '../../stack';

const DNS: Traffic = {
  peer: { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
  port: 53,
  protocol: 'UDP',
};

const BASE = [namespace(), workload('Deployment')];
const only = (spec: object): KubernetesObject[] => [...BASE, DENY_ALL, networkPolicy({ ...spec })];
const dnsTo = (destination: object): object => ({ action: 'Allow', protocol: 'UDP', destination });
const KUBE_SYSTEM = "projectcalico.org/name == 'kube-system'";

export const control: StackControl = {
  scope: 'stack',
  id: 'default-deny-egress',
  covers: ['NET-02'],
  title: 'No pod of any namespace reaches anything but DNS unless a policy says so',
  why: 'A pod that may go anywhere takes data out and fetches tools; one that cannot ask DNS does not work at all.',
  severity: 'medium',
  cis: [{ section: '5.3.2' }],
  nsa: 'Network policies',
  parameters: {
    exempt: {
      type: 'array',
      items: { type: 'string' },
      description: 'Namespaces that are not judged.',
      default: [],
    },
  },
  remediation:
    'Add a NetworkPolicy with an empty podSelector, policyTypes Egress and no rules, and one that allows port 53 to kube-system.',
  judge: (stack, { exempt }) =>
    stack
      .namespaces()
      .filter((name) => !(exempt as string[]).includes(name))
      .flatMap((name): Finding[] => {
        const policies = policiesIn(stack, name);
        if (!policies.some((policy) => isDefaultDeny(policy, 'egress'))) {
          const found = 'no policy that selects all of its pods denies egress';
          return [{ object: namespaceObject(stack, name), found }];
        }
        return stack
          .workloads(name)
          .filter((each) => podSpecOf(each).hostNetwork !== true)
          .filter((each) => !permits(policies, podLabelsOf(each), 'egress', DNS))
          .map((each) => ({ object: each, found: 'no policy lets its pods ask DNS' }));
      }),
  samples: {
    allowed: [
      sample('default-deny and DNS', [...BASE, DENY_ALL, ALLOW_DNS]),
      sample('both in one policy', [...BASE, networkPolicy({ policyTypes: ['Egress'], egress: [TO_DNS] })]),
      sample('no policyTypes, and rules for egress', only({ egress: [TO_DNS] })),
      sample('no pods', [namespace(), DENY_ALL]),
      sample('pods on the network of the node', [namespace(), pod({ hostNetwork: true }), DENY_ALL]),
      sample(
        'DNS for these pods alone',
        only({ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'sample' } }, egress: [TO_DNS] }),
      ),
      sample(
        'its pods by their labels',
        only({
          egress: [
            { to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }] },
          ],
        }),
      ),
      sample('its port by name', only({ egress: [{ ports: [{ port: 'dns', protocol: 'UDP' }] }] })),
      sample(
        'a cache on the node',
        only({
          egress: [
            { to: [{ ipBlock: { cidr: '169.254.20.10/32' } }], ports: [{ port: 53, protocol: 'UDP' }] },
          ],
        }),
      ),
      sample(
        'a range of ports',
        only({ egress: [{ ports: [{ port: 1, endPort: 1024, protocol: 'UDP' }] }] }),
      ),
      sample("Calico's policy for both", [
        ...BASE,
        globalPolicy({
          types: ['Egress'],
          egress: [dnsTo({ namespaceSelector: KUBE_SYSTEM, ports: [53] })],
        }),
      ]),
      sample("Calico's default-deny, and a NetworkPolicy for DNS", [...BASE, CALICO_DENY, ALLOW_DNS]),
      sample("Calico's policy that denies something else first", [
        ...BASE,
        DENY_ALL,
        ALLOW_DNS,
        globalPolicy({
          order: 1,
          types: ['Egress'],
          egress: [{ action: 'Deny', destination: { nets: ['169.254.169.254/32'] } }],
        }),
      ]),
      sample('an exempt namespace', [namespace()], { exempt: ['samples'] }),
      sample("the cluster's own namespaces", [namespace('kube-system')]),
    ],
    denied: [
      sample('no policy', BASE),
      sample('ingress alone', [...BASE, networkPolicy({ policyTypes: ['Ingress'] })]),
      sample('no policyTypes and no rules for egress', [...BASE, networkPolicy({})]),
      sample('no policyTypes and an empty list of rules', [...BASE, networkPolicy({ egress: [] })]),
      sample('a rule that allows everything', [...BASE, networkPolicy({ egress: [{}] })]),
      sample('some of the pods', [
        ...BASE,
        networkPolicy({ podSelector: { matchLabels: { app: 'a' } }, policyTypes: ['Egress'] }),
      ]),
      sample('nothing for DNS', [...BASE, DENY_ALL]),
      sample('DNS for other pods', only({ podSelector: { matchLabels: { app: 'a' } }, egress: [TO_DNS] })),
      sample('DNS within the namespace', only({ egress: [{ to: [{ podSelector: {} }] }] })),
      sample('another port', only({ egress: [{ ...TO_DNS, ports: [{ port: 443 }] }] })),
      sample('TCP alone, as by default', only({ egress: [{ ...TO_DNS, ports: [{ port: 53 }] }] })),
      sample(
        'rules for egress that no type puts in force',
        only({ policyTypes: ['Ingress'], egress: [TO_DNS] }),
      ),
      sample('a CronJob', [namespace(), workload('CronJob'), DENY_ALL]),
      sample("Calico's policy without DNS", [...BASE, CALICO_DENY]),
      sample("Calico's policy that denies DNS first", [
        ...BASE,
        DENY_ALL,
        ALLOW_DNS,
        calicoPolicy({
          order: 1,
          egress: [{ action: 'Deny', protocol: 'UDP', destination: { ports: ['50:60'] } }],
        }),
      ]),
      sample("Calico's rule that only logs", [
        ...BASE,
        DENY_ALL,
        calicoPolicy({ egress: [{ action: 'Log' }] }),
      ]),
    ],
  },
};
