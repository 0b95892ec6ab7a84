import type { ObjectControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { object, pod, sample, workload } from '../../samples';

const named = (bare: KubernetesObject, name: string, namespace?: string): KubernetesObject => ({
  ...bare,
  metadata: { ...bare.metadata, name, namespace },
});
const role = object('rbac.authorization.k8s.io/v1', 'Role', { rules: [] });
const certificate = object('v1', 'ConfigMap', { data: { 'root-cert.pem': '' } });

export const control: ObjectControl = {
  scope: 'object',
  id: 'default-namespace-unused',
  covers: ['POD-14'],
  title: 'Nothing is kept in the namespace default',
  why: 'What nobody gave a place ends there, unrelated things together, under one quota and one set of rights.',
  severity: 'medium',
  cis: [{ section: '5.6.4', formerly: '5.7.4' }],
  nsa: 'Namespaces',
  match: ['namespaced'],
  parameters: {
    allow: {
      type: 'array',
      items: { type: 'string', pattern: '^[A-Za-z]+/([a-z0-9.-]+|[*])$' },
      description: 'Objects that may be there, as Kind/name, or Kind/* for all of a kind.',
      // What the cluster itself keeps there, and Istio in every namespace.
      default: [
        'ConfigMap/istio-ca-root-cert',
        'ConfigMap/kube-root-ca.crt',
        'Endpoints/kubernetes',
        'EndpointSlice/kubernetes',
        'Event/*',
        'Service/kubernetes',
        'ServiceAccount/default',
      ],
    },
  },
  expression:
    "!(object.?metadata.?namespace.orValue('default') in ['', 'default']) || " +
    "variables.params.allow.exists(a, a in [object.kind + '/*', object.kind + '/' + object.?metadata.?name.orValue('')])",
  message: "'it is in the namespace default'",
  remediation: 'Give it a namespace of its own.',
  samples: {
    allowed: [
      sample('another namespace', pod()),
      sample('a Role in another namespace', role),
      sample('what Istio keeps in every namespace', named(certificate, 'istio-ca-root-cert', 'default')),
      sample('an allowed one', named(pod(), 'sample', 'default'), { allow: ['Pod/sample'] }),
      sample('an allowed kind', named(role, 'sample', 'default'), { allow: ['Role/*'] }),
    ],
    denied: [
      sample('by name', named(pod(), 'sample', 'default')),
      sample('by default', named(pod(), 'sample')),
      sample('an empty namespace', named(pod(), 'sample', '')),
      sample('a Deployment', named(workload('Deployment'), 'sample', 'default')),
      sample('a Role', named(role, 'sample', 'default')),
      sample('another ConfigMap', named(certificate, 'shop', 'default')),
      sample('another kind of an allowed name', named(role, 'sample', 'default'), { allow: ['Pod/sample'] }),
    ],
  },
};
