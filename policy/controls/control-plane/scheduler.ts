import { isFalse, loopback } from '../../parts/expectations';
import { flagControls, SCHEDULER } from '../../parts/flags';

export const controls = flagControls(SCHEDULER, [
  {
    id: 'cp-scheduler-profiling',
    row: 'CP-38',
    section: '1.4.1',
    severity: 'low',
    title: 'The scheduler serves no profiles',
    why: 'Profiles show the inside of the program, and taking them costs it time.',
    flags: ['profiling'],
    expected: isFalse(false),
  },
  {
    id: 'cp-scheduler-bind-address',
    row: 'CP-39',
    section: '1.4.2',
    severity: 'low',
    title: 'The scheduler listens on its own host only',
    why: 'Its port answers with health and metrics, and nobody else has business there.',
    flags: ['bind-address'],
    expected: loopback,
    kubeadm: '127.0.0.1',
  },
]);
