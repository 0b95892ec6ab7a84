import type { ObjectControl } from '../../control';
import { pod, sample, workload } from '../../samples';

const hostAliases = [{ ip: '10.0.0.1', hostnames: ['api.example.com'] }];

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-host-aliases',
  covers: ['POD-08'],
  title: 'No pod changes what names resolve to',
  why: 'An entry in hostAliases overrides DNS, so it can send a pod to whoever answers at that address.',
  severity: 'low',
  cis: [],
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  expression: 'variables.podSpec.?hostAliases.orValue([]).size() == 0',
  message:
    "'the pod has hostAliases for ' + " +
    "variables.podSpec.hostAliases.map(a, a.?hostnames.orValue([]).join(' ') + ' at ' + a.?ip.orValue('')).join(', ')",
  remediation: 'Leave hostAliases out; give the name a Service or a record in DNS.',
  samples: {
    allowed: [
      sample('none named', pod()),
      sample('an empty list', pod({ hostAliases: [] })),
      sample('in a Deployment', workload('Deployment')),
    ],
    denied: [
      sample('an entry', pod({ hostAliases })),
      sample('an entry without names', pod({ hostAliases: [{ ip: '10.0.0.1' }] })),
      sample('in a Deployment', workload('Deployment', { hostAliases })),
      sample('in a CronJob', workload('CronJob', { hostAliases })),
    ],
  },
};
