import type { ObjectControl } from '../../control';
import { ALSO_BUILT_IN } from '../../parts/built-in-roles';
import { grants, noRule, type Grant } from '../../parts/rbac';
import { builtIn, clusterRole, roleSamples, rule } from '../../parts/role-samples';
import { sample } from '../../samples';

const WRITE = ['create', 'update', 'patch'];
const GRANTS: Grant[] = [
  { group: '', resources: ['endpoints'], verbs: WRITE, unlessNamed: true },
  { group: 'discovery.k8s.io', resources: ['endpointslices'], verbs: WRITE, unlessNamed: true },
  { group: '', resources: ['services/status'], verbs: ['update', 'patch'], unlessNamed: true },
];
/** What the built-in roles edit and admin are made of. Until 1.22, clusters were born with endpoints in it: not spared. */
const EDIT = 'system:aggregate-to-edit';

const samples = roleSamples(GRANTS);
const endpoints = rule('', ['endpoints'], ['get', 'update']);

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-role-redirects-services',
  covers: ['RB-17'],
  title: 'No role writes endpoints or the status of Services',
  why: 'Endpoints send the traffic of a Service to any address, past network policies and across namespaces (CVE-2021-25740).',
  severity: 'medium',
  cis: [],
  nsa: 'Role-based access control',
  ...noRule(grants(GRANTS), ALSO_BUILT_IN.endpoints),
  remediation: 'Leave endpoints, endpointslices and services/status to controllers, or name the objects.',
  samples: {
    allowed: [
      ...samples.allowed,
      sample(
        'the built-in edit without endpoints',
        builtIn(EDIT, clusterRole(rule('', ['pods'], ['update']))),
      ),
    ],
    denied: [
      ...samples.denied,
      sample('endpoints among all resources', clusterRole(rule('', ['*'], ['create']))),
      sample('the built-in edit of an old cluster', builtIn(EDIT, clusterRole(endpoints))),
    ],
  },
};
