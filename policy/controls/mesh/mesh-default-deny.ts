import type { StackControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { fieldsOf, recordsIn } from '../../parts/kubernetes-policy';
import { holdingIn, meshNamespaces } from '../../parts/mesh';
import { authorizationPolicy, IN_AMBIENT_MESH, IN_MESH } from '../../parts/mesh-samples';
import { namespace } from '../../parts/network-samples';
import { nameOf } from '../../parts/permissions';
import { sample } from '../../samples';

/** What allows something denies everything else; a rule without any condition allows everything. */
function isDefaultDeny({ spec }: KubernetesObject): boolean {
  const { action = 'ALLOW', rules } = fieldsOf(spec);
  if (action !== 'ALLOW') return false;
  return recordsIn(rules).every((rule) =>
    ['from', 'to', 'when'].some((condition) => recordsIn(rule[condition]).length > 0),
  );
}

const FROM_SHOP = { from: [{ source: { namespaces: ['shop'] } }] };

export const control: StackControl = {
  scope: 'stack',
  id: 'mesh-default-deny',
  covers: ['MSH-02'],
  title: 'In every namespace of the mesh, requests are denied that no policy allows',
  why: 'Mutual TLS says who asks, not whether they may: without a policy every workload of the mesh may ask everything.',
  severity: 'medium',
  cis: [],
  nsa: 'Network policies',
  parameters: {
    exempt: {
      type: 'array',
      items: { type: 'string' },
      description:
        "Namespaces that are not judged; by default those of Istio's own gateways and control plane.",
      default: ['istio-ingress', 'istio-system'],
    },
    rootNamespace: {
      type: 'string',
      description: 'The namespace whose policies hold in the whole mesh.',
      default: 'istio-system',
    },
  },
  remediation: 'Add an AuthorizationPolicy with an empty spec, and one for what may pass.',
  judge: (stack, { exempt, rootNamespace }) => {
    const policies = stack.of('authorizationPolicy').filter(isDefaultDeny);
    return meshNamespaces(stack, exempt)
      .filter((each) => holdingIn(policies, nameOf(each), rootNamespace).length === 0)
      .map((each) => ({
        object: each,
        found: 'no AuthorizationPolicy denies by default what its pods are asked',
      }));
  },
  samples: {
    allowed: [
      sample('an empty spec', [IN_MESH, authorizationPolicy({})]),
      sample('the whole mesh', [IN_MESH, authorizationPolicy({}, true)]),
      sample('an empty list of rules', [IN_MESH, authorizationPolicy({ action: 'ALLOW', rules: [] })]),
      sample('the openings in the same policy', [IN_MESH, authorizationPolicy({ rules: [FROM_SHOP] })]),
      sample('an ambient mesh', [IN_AMBIENT_MESH, authorizationPolicy({})]),
      sample('a namespace outside the mesh', [namespace()]),
      sample('an exempt namespace', [IN_MESH], { exempt: ['samples'] }),
    ],
    denied: [
      sample('nothing', [IN_MESH]),
      sample('some of its pods', [IN_MESH, authorizationPolicy({ selector: { matchLabels: { app: 'a' } } })]),
      sample('a gateway of it', [
        IN_AMBIENT_MESH,
        authorizationPolicy({
          targetRefs: [{ kind: 'Gateway', group: 'gateway.networking.k8s.io', name: 'a' }],
        }),
      ]),
      sample('a rule that allows everything', [IN_MESH, authorizationPolicy({ rules: [FROM_SHOP, {}] })]),
      sample('a policy that denies something', [
        IN_MESH,
        authorizationPolicy({ action: 'DENY', rules: [FROM_SHOP] }),
      ]),
      sample('a policy that only records', [IN_MESH, authorizationPolicy({ action: 'AUDIT' })]),
      sample('another namespace', [
        IN_MESH,
        { ...authorizationPolicy({}), metadata: { name: 'a', namespace: 'other' } },
      ]),
    ],
  },
};
