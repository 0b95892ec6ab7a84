import type { ObjectControl } from '../../control';
import { namedAccount } from '../../parts/service-accounts';
import { pod, sample, workload } from '../../samples';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-default-service-account',
  covers: ['SA-02'],
  title: 'Every pod has a ServiceAccount of its own',
  why: 'What is granted to the account named default is granted to every pod of the namespace that names none.',
  severity: 'medium',
  cis: [{ section: '5.1.5' }],
  nsa: 'Protecting Pod service account tokens',
  match: ['podBearing'],
  expression: `!(${namedAccount} in ['', 'default'])`,
  message: "'the pod runs as the ServiceAccount default'",
  remediation: 'Make a ServiceAccount for it, and set serviceAccountName.',
  samples: {
    allowed: [
      sample('an account of its own', pod({ serviceAccountName: 'app' })),
      sample('in the deprecated field', workload('Deployment', { serviceAccount: 'app' })),
      sample(
        'in the deprecated field, beside an empty name',
        pod({ serviceAccountName: '', serviceAccount: 'app' }),
      ),
      sample('in a CronJob', workload('CronJob', { serviceAccountName: 'app' })),
    ],
    denied: [
      sample('none named', pod()),
      sample('no name', pod({ serviceAccountName: '' })),
      sample('default by name', pod({ serviceAccountName: 'default' })),
      sample('default in the deprecated field', pod({ serviceAccount: 'default' })),
      sample('no name in either field', pod({ serviceAccountName: '', serviceAccount: '' })),
      sample('in a Deployment', workload('Deployment', { serviceAccountName: 'default' })),
      sample('in a CronJob', workload('CronJob')),
    ],
  },
};
