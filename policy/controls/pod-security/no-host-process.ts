import type { ObjectControl } from '../../control';
import { isRecord } from '../../objects';
import { eachSecurityContext, securityContextsIn } from '../../parts/security-context';
import { container, pod, sample, workload } from '../../samples';

const options = (hostProcess?: unknown): Record<string, unknown> => ({
  securityContext: { windowsOptions: { hostProcess, runAsUserName: 'NT AUTHORITY\\SYSTEM' } },
});
/** The API server takes HostProcess on the host's network only, and in all containers or in none. */
const windows = { os: { name: 'windows' }, hostNetwork: true };
const hostProcess = container(options(true));

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-host-process',
  covers: ['PSB-01'],
  title: 'No Windows container is a HostProcess',
  why: 'A HostProcess container runs on the node itself, without any isolation: it can do there what its user can.',
  severity: 'high',
  cis: [{ section: '5.2.10', formerly: '5.2.11' }],
  pss: 'baseline',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  ...eachSecurityContext(
    (context) => `!${context}.?windowsOptions.?hostProcess.orValue(false)`,
    () => "'has windowsOptions.hostProcess'",
  ),
  remediation: 'Leave securityContext.windowsOptions.hostProcess out.',
  fix: (object) => {
    for (const { windowsOptions } of securityContextsIn(object)) {
      if (isRecord(windowsOptions) && windowsOptions.hostProcess === true) delete windowsOptions.hostProcess;
    }
  },
  samples: {
    allowed: [
      sample('nothing said', pod({ os: { name: 'windows' } })),
      sample('empty options', pod({ securityContext: { windowsOptions: {} } })),
      sample('false', pod({ ...options(false), containers: [container(options(false))] })),
      sample('null', pod(options(null))),
      sample('in a DaemonSet', workload('DaemonSet', { containers: [container(options(false))] })),
    ],
    denied: [
      sample('the pod', pod({ ...windows, ...options(true) })),
      sample('a container', pod({ ...windows, containers: [hostProcess] })),
      sample('no system named', pod({ hostNetwork: true, containers: [hostProcess] })),
      sample(
        'an init container',
        pod({ ...windows, containers: [hostProcess], initContainers: [{ ...hostProcess, name: 'init' }] }),
      ),
      sample(
        'an ephemeral container',
        pod({ os: { name: 'windows' }, ephemeralContainers: [{ ...hostProcess, name: 'debug' }] }),
      ),
      sample('in a DaemonSet', workload('DaemonSet', { ...windows, ...options(true) })),
      sample('in a CronJob', workload('CronJob', { ...windows, containers: [hostProcess] })),
    ],
  },
};
