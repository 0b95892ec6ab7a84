import { eachContainer, type ObjectControl } from '../../control';
import { isRecord } from '../../objects';
import { containersIn } from '../../parts/containers';
import { textOf } from '../../parts/security-context';
import { container, pod, sample, workload } from '../../samples';

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const HOOKS = ['postStart', 'preStop'];
const ACTIONS = ['httpGet', 'tcpSocket'];

const HOSTS = [...PROBES, ...HOOKS.map((hook) => `lifecycle.?${hook}`)].flatMap((handler) =>
  ACTIONS.map((action) => `c.?${handler}.?${action}.?host.orValue('')`),
);

const probing = (handler: object, name = 'app'): Record<string, unknown> => container({ name, ...handler });
const AWAY = { host: '169.254.169.254', port: 80 };
const elsewhere = { httpGet: AWAY };
const probes = (handler: object): Record<string, unknown> =>
  Object.fromEntries(PROBES.map((probe) => [probe, handler]));
const hooks = (handler: object): Record<string, unknown> => ({
  lifecycle: Object.fromEntries(HOOKS.map((hook) => [hook, handler])),
});

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-probe-host',
  covers: ['PSB-09'],
  title: 'No probe or hook names a host',
  why: 'The kubelet sends them from the node: a host makes it reach, for the pod, what the pod itself may not.',
  severity: 'medium',
  cis: [],
  pss: 'baseline',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  ...eachContainer(
    HOSTS.map((host) => `${host} == ''`).join(' && '),
    `'has a probe or hook for the host ' + [${HOSTS.join(', ')}].filter(h, h != '').join(', ')`,
  ),
  remediation: "Leave host out of httpGet and tcpSocket: it is the pod's own address then.",
  fix: (object) => {
    for (const container of containersIn(object)) {
      const lifecycle = isRecord(container.lifecycle) ? container.lifecycle : {};
      const handlers = [...PROBES.map((probe) => container[probe]), ...HOOKS.map((hook) => lifecycle[hook])];
      const actions = handlers.filter(isRecord).flatMap((handler) => ACTIONS.map((name) => handler[name]));
      for (const action of actions.filter(isRecord)) if (textOf(action.host) !== '') delete action.host;
    }
  },
  samples: {
    allowed: [
      sample('no probes', pod()),
      sample('no host', pod({ containers: [probing(probes({ httpGet: { port: 80 } }))] })),
      sample('an empty host', pod({ containers: [probing(hooks({ httpGet: { host: '', port: 80 } }))] })),
      sample('null', pod({ containers: [probing(probes({ tcpSocket: { host: null, port: 80 } }))] })),
      sample('a command', pod({ containers: [probing({ ...probes({ exec: { command: ['true'] } }) })] })),
      sample(
        'a header for a host',
        pod({
          containers: [
            probing(probes({ httpGet: { port: 80, httpHeaders: [{ name: 'Host', value: 'example.com' }] } })),
          ],
        }),
      ),
      sample(
        'in a Deployment',
        workload('Deployment', { containers: [probing(probes({ tcpSocket: { port: 80 } }))] }),
      ),
    ],
    denied: [
      ...ACTIONS.flatMap((action) => [
        ...PROBES.map((probe) =>
          sample(`${action} of ${probe}`, pod({ containers: [probing({ [probe]: { [action]: AWAY } })] })),
        ),
        ...HOOKS.map((hook) =>
          sample(
            `${action} of ${hook}`,
            pod({ containers: [probing({ lifecycle: { [hook]: { [action]: AWAY } } })] }),
          ),
        ),
      ]),
      ...PROBES.map((probe) => sample(probe, pod({ containers: [probing({ [probe]: elsewhere })] }))),
      ...HOOKS.map((hook) =>
        sample(hook, pod({ containers: [probing({ lifecycle: { [hook]: elsewhere } })] })),
      ),
      sample(
        'a socket',
        pod({ containers: [probing({ readinessProbe: { tcpSocket: { host: '127.0.0.1', port: 22 } } })] }),
      ),
      sample(
        'an init container',
        pod({
          initContainers: [{ ...probing({ startupProbe: elsewhere }, 'init'), restartPolicy: 'Always' }],
        }),
      ),
      sample(
        'an ephemeral container',
        pod({ ephemeralContainers: [probing({ livenessProbe: elsewhere }, 'debug')] }),
      ),
      sample('in a StatefulSet', workload('StatefulSet', { containers: [probing(probes(elsewhere))] })),
    ],
  },
};
