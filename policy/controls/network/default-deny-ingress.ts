import type { StackControl } from '../../control';
import { namespaceObject, policiesIn } from '../../parts/network';
import {
  calicoPolicy,
  CALICO_DENY,
  DENY_ALL,
  globalPolicy,
  namespace,
  networkPolicy,
} from '../../parts/network-samples';
import { isDefaultDeny } from '../../parts/traffic';
import { object, sample } from '../../samples';

const only = (spec: object): ReturnType<typeof networkPolicy>[] => [namespace(), networkPolicy({ ...spec })];
const elsewhere = { ...DENY_ALL, metadata: { name: 'default-deny', namespace: 'other' } };

export const control: StackControl = {
  scope: 'stack',
  id: 'default-deny-ingress',
  covers: ['NET-01'],
  title: 'Nothing reaches a pod of any namespace unless a policy says so',
  why: 'Without a default-deny policy every pod of the cluster can reach every other one, once one is broken into.',
  severity: 'high',
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
  remediation: 'Add a NetworkPolicy with an empty podSelector, policyTypes Ingress and no rules.',
  judge: (stack, { exempt }) =>
    stack
      .namespaces()
      .filter((name) => !(exempt as string[]).includes(name))
      .filter((name) => !policiesIn(stack, name).some((policy) => isDefaultDeny(policy, 'ingress')))
      .map((name) => ({
        object: namespaceObject(stack, name),
        found: 'no policy that selects all of its pods denies ingress',
      })),
  samples: {
    allowed: [
      sample('a default-deny policy', [namespace(), DENY_ALL]),
      sample('no policyTypes, which is ingress', only({})),
      sample('empty policyTypes', only({ policyTypes: [] })),
      sample('an empty list of rules', only({ policyTypes: ['Ingress'], ingress: [] })),
      sample(
        'the openings in the same policy',
        only({ ingress: [{ from: [{ podSelector: {} }] }, { ports: [{ port: 443 }] }] }),
      ),
      sample('no policyTypes, and rules for egress', only({ egress: [{ to: [{ podSelector: {} }] }] })),
      sample('an empty selector that is written out', only({ podSelector: { matchLabels: {} } })),
      sample("Calico's policy for the whole cluster", [namespace(), CALICO_DENY]),
      sample("Calico's policy without types", [namespace(), globalPolicy({ selector: 'all()' })]),
      sample("Calico's policy for namespaces with a label", [
        namespace('samples', { tier: 'app' }),
        globalPolicy({ namespaceSelector: "tier in { 'app', 'data' }", types: ['Ingress'] }),
      ]),
      sample("Calico's policy by the pods' own namespace", [
        namespace(),
        globalPolicy({ selector: "projectcalico.org/namespace == 'samples'" }),
      ]),
      sample("Calico's policy of the namespace", [namespace(), calicoPolicy({ types: ['Ingress'] })]),
      sample("the cluster's own namespaces", [namespace('kube-system')]),
      sample('an exempt namespace', [namespace()], { exempt: ['samples'] }),
      sample('nothing in a namespace', [CALICO_DENY]),
    ],
    denied: [
      sample('no policy', [namespace()]),
      sample('a namespace that others make', [object('v1', 'ConfigMap')]),
      sample('a policy of another namespace', [namespace(), namespace('other'), elsewhere]),
      sample('egress alone', only({ policyTypes: ['Egress'] })),
      sample(
        'egress alone, although there are rules for ingress',
        only({ policyTypes: ['Egress'], ingress: [{ from: [{ podSelector: {} }] }] }),
      ),
      sample('some of the pods', only({ podSelector: { matchLabels: { app: 'a' } } })),
      sample(
        'pods by an expression',
        only({ podSelector: { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] } }),
      ),
      sample('a rule that allows everything', only({ ingress: [{}] })),
      sample('a rule with empty lists', only({ ingress: [{ from: [], ports: [] }] })),
      sample("Calico's policy for other namespaces", [
        namespace(),
        globalPolicy({ namespaceSelector: "projectcalico.org/name not in { 'samples' }" }),
      ]),
      sample("Calico's policy for a label that nobody knows", [
        object('v1', 'ConfigMap'),
        globalPolicy({ namespaceSelector: "tier == 'app'" }),
      ]),
      sample("Calico's policy for some of the pods", [
        namespace(),
        globalPolicy({ selector: '!has(app)', types: ['Ingress'] }),
      ]),
      sample("Calico's policy that has rules for egress alone", [
        namespace(),
        calicoPolicy({ egress: [{ action: 'Allow', protocol: 'TCP' }] }),
      ]),
      sample("Calico's policy that allows everything", [
        namespace(),
        globalPolicy({ types: ['Ingress'], ingress: [{ action: 'Allow', source: {} }] }),
      ]),
    ],
  },
};
