import type { ObjectControl } from '../../control';
import { ALSO_BUILT_IN } from '../../parts/built-in-roles';
import { grants, IS_NAMED, noRule, type Grant } from '../../parts/rbac';
import { clusterRole, named, role, roleSamples, rule } from '../../parts/role-samples';
import type { KubernetesObject } from '../../objects';
import { sample } from '../../samples';

const DELETE = ['delete', 'deletecollection'];
const EVENTS: Grant[] = [
  { group: '', resources: ['events', 'pods/log'], verbs: DELETE },
  { group: 'events.k8s.io', resources: ['events'], verbs: DELETE },
];
const CONFIG: Grant[] = [
  { group: '', resources: ['configmaps'], verbs: ['create', 'update', 'patch', ...DELETE] },
];

/** A rule reaches the cluster's ConfigMaps from a ClusterRole, or from a Role beside them. */
const REACHES = "(object.kind == 'ClusterRole' || object.?metadata.?namespace.orValue('') == 'kube-system')";
const NAMES_ONE = 'r.?resourceNames.orValue([]).exists(n, n in variables.params.configMaps)';
const CHANGES_CONFIG = `(${REACHES} && ${grants(CONFIG)} && (!${IS_NAMED} || ${NAMES_ONE}))`;

const rules = noRule(`${grants(EVENTS)} || ${CHANGES_CONFIG}`, ALSO_BUILT_IN.tracks);
const samples = roleSamples(EVENTS);
const config = rule('', ['configmaps'], ['update']);
const locked = { ...config, resourceNames: ['leader'] };
const system = (object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, namespace: 'kube-system' },
});

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-covers-tracks',
  covers: ['RB-18'],
  title: "No role deletes events, or rewrites the cluster's own configuration",
  why: 'Who deletes events covers tracks; who writes ConfigMaps of kube-system maps users to groups and names to addresses.',
  severity: 'medium',
  cis: [],
  nsa: 'Audit logging',
  ...rules,
  parameters: {
    ...rules.parameters,
    configMaps: {
      type: 'array',
      items: { type: 'string' },
      description: 'ConfigMaps of kube-system that no role may write, even where it names them.',
      default: [
        'aws-auth',
        'coredns',
        'extension-apiserver-authentication',
        'kube-proxy',
        'kubeadm-config',
        'kubelet-config',
      ],
    },
  },
  remediation: 'Let events expire; name the ConfigMaps that a controller writes in resourceNames.',
  samples: {
    allowed: [
      ...samples.allowed,
      sample('reading ConfigMaps', clusterRole(rule('', ['configmaps'], ['get', 'list', 'watch']))),
      sample('ConfigMaps of its own namespace', role(config)),
      sample('others by the name of ConfigMaps', clusterRole({ ...config, apiGroups: ['example.com'] })),
      sample('a ConfigMap by its name', clusterRole(locked)),
      sample('a lock in kube-system', system(role(locked))),
      sample('writing events', clusterRole(rule('', ['events'], ['create', 'patch', 'update']))),
    ],
    denied: [
      ...samples.denied,
      sample('logs of every API group', clusterRole(rule('*', ['pods/log'], ['delete']))),
      sample('ConfigMaps of every namespace', clusterRole(config)),
      sample('ConfigMaps of every API group', clusterRole({ ...config, apiGroups: ['*'] })),
      sample('ConfigMaps among all resources', clusterRole({ ...config, resources: ['*'] })),
      sample('every verb on ConfigMaps', clusterRole({ ...config, verbs: ['*'] })),
      ...['create', 'patch', 'delete', 'deletecollection'].map((verb) =>
        sample(`${verb} on ConfigMaps of every namespace`, clusterRole({ ...config, verbs: [verb] })),
      ),
      sample(
        'ConfigMaps among others',
        clusterRole({
          apiGroups: ['example.com', ''],
          resources: ['limitranges', 'configmaps'],
          verbs: ['get', 'update'],
          resourceNames: ['leader', 'aws-auth'],
        }),
      ),
      sample('ConfigMaps of kube-system', system(named('config', role(config)))),
      sample('users of the cluster', system(role({ ...config, resourceNames: ['aws-auth'] }))),
      sample('an empty name', clusterRole({ ...config, resourceNames: [''] })),
      sample('another one that is named', clusterRole(locked), { configMaps: ['leader'] }),
    ],
  },
};
