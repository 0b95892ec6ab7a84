import { eachContainer, type ObjectControl } from '../../control';
import { container, pod, sample, workload } from '../../samples';

const readOnly = container({ securityContext: { readOnlyRootFilesystem: true } });
const writable = container({ name: 'bad', securityContext: { readOnlyRootFilesystem: false } });

export const control: ObjectControl = {
  scope: 'object',
  id: 'read-only-root-filesystem',
  covers: ['POD-01'],
  title: 'Every container has a read-only root file system',
  why: 'Who breaks into a container cannot replace its programs or leave tools there.',
  severity: 'high',
  cis: [{ section: '5.6.3', formerly: '5.7.3' }],
  nsa: 'Immutable container file systems',
  match: ['podBearing'],
  ...eachContainer(
    // Windows has no such setting, and the API server refuses it there.
    "variables.podSpec.?os.?name.orValue('') == 'windows' || " +
      'c.?securityContext.?readOnlyRootFilesystem.orValue(false)',
    "'has a writable root file system'",
  ),
  remediation: 'Set securityContext.readOnlyRootFilesystem to true; mount an emptyDir where it must write.',
  samples: {
    allowed: [
      sample('a container', pod({ containers: [readOnly] })),
      sample(
        'an init container',
        pod({ containers: [readOnly], initContainers: [{ ...readOnly, name: 'init' }] }),
      ),
      sample(
        'an ephemeral container',
        pod({ containers: [readOnly], ephemeralContainers: [{ ...readOnly, name: 'debug' }] }),
      ),
      sample('Windows', pod({ os: { name: 'windows' } })),
      sample('in a Job', workload('Job', { containers: [readOnly] })),
    ],
    denied: [
      sample('no security context', pod()),
      sample('an empty security context', pod({ containers: [container({ securityContext: {} })] })),
      sample('false', pod({ containers: [writable] })),
      sample('the second container', pod({ containers: [readOnly, writable] })),
      sample('an init container', pod({ containers: [readOnly], initContainers: [writable] })),
      sample('an ephemeral container', pod({ containers: [readOnly], ephemeralContainers: [writable] })),
      sample('Linux by name', pod({ os: { name: 'linux' } })),
      sample('in a CronJob', workload('CronJob', { containers: [readOnly, container({ name: 'bad' })] })),
    ],
  },
};
