import { eachContainer, type ObjectControl } from '../../control';
import { containersIn } from '../../parts/containers';
import { container, pod, sample, workload } from '../../samples';

const FIELDS = ['stdin', 'tty'];
const has = (field: string): string => `c.?${field}.orValue(false)`;
const had = `[${FIELDS.map((field) => `${has(field)} ? '${field}' : ''`).join(', ')}].filter(f, f != '')`;

const terminal = container({ name: 'bad', stdin: true, tty: true });

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-interactive-containers',
  covers: ['POD-10'],
  title: 'No container has a terminal or standard input',
  why: 'A service reads neither; who attaches to one that does types into a process of the cluster.',
  severity: 'low',
  cis: [],
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  ...eachContainer(FIELDS.map((field) => `!${has(field)}`).join(' && '), `'has ' + ${had}.join(' and ')`),
  remediation: 'Leave stdin and tty out.',
  fix: (object) => {
    for (const each of containersIn(object)) {
      if (each.stdin === true) delete each.stdin;
      if (each.tty === true) delete each.tty;
    }
  },
  samples: {
    allowed: [
      sample('none named', pod()),
      sample('both false', pod({ containers: [container({ stdin: false, tty: false })] })),
      sample('in a StatefulSet', workload('StatefulSet')),
    ],
    denied: [
      sample('standard input', pod({ containers: [container({ stdin: true })] })),
      sample('a terminal', pod({ containers: [container({ tty: true })] })),
      sample('both', pod({ containers: [container(), terminal] })),
      sample('an init container', pod({ initContainers: [terminal] })),
      sample('an ephemeral container', pod({ ephemeralContainers: [terminal] })),
      sample('in a CronJob', workload('CronJob', { containers: [terminal] })),
    ],
  },
};
