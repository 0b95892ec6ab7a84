import type { ObjectControl } from '../../control';
import { ALSO_BUILT_IN } from '../../parts/built-in-roles';
import { noRule } from '../../parts/rbac';
import { aggregated, clusterRole, ownSamples, role, rule } from '../../parts/role-samples';
import { object, sample } from '../../samples';

const has = (field: string, condition: string): string => `r.?${field}.orValue([]).exists(x, ${condition})`;
const WILDCARD = [
  has('verbs', "x == '*'"),
  has('apiGroups', "x == '*'"),
  // Parts of resources, too: */scale, pods/*.
  has('resources', "x.startsWith('*') || x.endsWith('*')"),
  // A path may end in one: /healthz/* is a path with what is below it.
  has('nonResourceURLs', "x in ['*', '/*']"),
].join(' || ');

const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
const plain = rule('', ['pods'], ['get', 'list']);

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-wildcards',
  covers: ['RB-03'],
  title: 'No role has wildcards',
  why: 'A wildcard grants what nobody thought of, with each new kind of the cluster a little more.',
  severity: 'critical',
  cis: [{ section: '5.1.3' }],
  nsa: 'Role-based access control',
  ...noRule(WILDCARD, ALSO_BUILT_IN.wildcards),
  remediation: 'Name the API groups, resources and verbs that are needed.',
  samples: {
    allowed: [
      sample('no rules', object('rbac.authorization.k8s.io/v1', 'ClusterRole')),
      sample('an empty list of rules', clusterRole()),
      sample('everything named', role(plain)),
      sample('a path', clusterRole({ nonResourceURLs: ['/metrics'], verbs: ['get'] })),
      sample('what is below a path', clusterRole({ nonResourceURLs: ['/healthz/*'], verbs: ['get'] })),
      sample('an allowed ClusterRole', clusterRole(everything), { allow: ['sample'] }),
      sample('an allowed Role', role(everything), { allow: ['samples/sample'] }),
      sample('rules that a controller filled in', aggregated(everything)),
      ...ownSamples(clusterRole(everything)).allowed,
    ],
    denied: [
      sample('every verb', role({ ...plain, verbs: ['*'] })),
      sample('every resource', role({ ...plain, resources: ['*'] })),
      sample('every API group', clusterRole({ ...plain, apiGroups: ['*'] })),
      sample('a part of every resource', clusterRole({ ...plain, resources: ['*/scale'] })),
      sample('every part of a resource', clusterRole({ ...plain, resources: ['pods/*'] })),
      sample('every path', clusterRole({ nonResourceURLs: ['*'], verbs: ['get'] })),
      sample('every path below the root', clusterRole({ nonResourceURLs: ['/*'], verbs: ['get'] })),
      sample('the second rule', role(plain, { ...plain, verbs: ['get', '*'] })),
      ...ownSamples(clusterRole(everything)).denied,
      sample('an allowed name in a namespace', role(everything), { allow: ['sample'] }),
    ],
  },
};
