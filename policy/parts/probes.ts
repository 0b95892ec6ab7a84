import { eachContainer, type ObjectControl } from '../control';
import type { KubernetesObject } from '../objects';
import { container, sample, workload } from '../samples';

/** What asks whether a container works, each as it is when it is whole. */
const HOW: Readonly<Record<string, object>> = {
  exec: { command: ['true'] },
  grpc: { port: 8080 },
  httpGet: { port: 8080 },
  tcpSocket: { port: 8080 },
};
const TYPES = Object.keys(HOW);
/** CEL: the containers that run as long as their pod: sidecars, too. */
const staying =
  '(variables.podSpec.?containers.orValue([]) + ' +
  "variables.podSpec.?initContainers.orValue([]).filter(c, c.?restartPolicy.orValue('') == 'Always'))";

export type Probe = 'livenessProbe' | 'readinessProbe';

/** What a control on one of the probes has: its rule, its parameters and its samples. */
export function probeControl(
  probe: Probe,
): Pick<ObjectControl, 'match' | 'parameters' | 'expression' | 'message' | 'culprits' | 'samples'> {
  const one = (type: string): string =>
    `'${type}' in variables.params.types && c.?${probe}.?${type}.hasValue()`;
  return {
    match: ['longRunning'],
    parameters: {
      types: {
        type: 'array',
        items: { type: 'string', pattern: `^(${TYPES.join('|')})$` },
        minItems: 1,
        description: 'The ways of asking that count.',
        default: TYPES,
      },
    },
    ...eachContainer(
      TYPES.map(one).join(' || '),
      `'has no ${probe} of the types ' + variables.params.types.join(', ')`,
      staying,
    ),
    samples: samplesOf(probe),
  };
}

function samplesOf(probe: Probe): ObjectControl['samples'] {
  const probed = (type: string): object => container({ [probe]: { [type]: HOW[type] } });
  const http = probed('httpGet');
  const of = (kind: string, ...containers: object[]): KubernetesObject => workload(kind, { containers });
  const init = (fields: object): KubernetesObject =>
    workload('Deployment', { containers: [http], initContainers: [container({ name: 'init', ...fields })] });
  const other = probe === 'livenessProbe' ? 'readinessProbe' : 'livenessProbe';
  return {
    allowed: [
      sample('by HTTP', of('Deployment', http)),
      sample('by TCP', of('StatefulSet', probed('tcpSocket'))),
      sample('by a command', of('DaemonSet', probed('exec'))),
      sample('by gRPC', of('Deployment', probed('grpc'))),
      sample('the only type that counts', of('Deployment', http), { types: ['httpGet'] }),
      sample('an init container, which ends', init({})),
      sample('a sidecar', init({ restartPolicy: 'Always', [probe]: { httpGet: { port: 8081 } } })),
    ],
    denied: [
      sample('none', of('Deployment', container())),
      sample('the other probe', of('Deployment', container({ [other]: { httpGet: { port: 8080 } } }))),
      sample('a type that does not count', of('Deployment', http), { types: ['grpc'] }),
      ...TYPES.filter((type) => type !== 'httpGet').map((type) =>
        sample(`by ${type}, which does not count`, of('Deployment', probed(type)), {
          types: ['httpGet'],
        }),
      ),
      sample('the second container', of('StatefulSet', http, container({ name: 'second' }))),
      sample('a sidecar', init({ restartPolicy: 'Always' })),
      sample('in a DaemonSet', of('DaemonSet', container({ [probe]: null }))),
    ],
  };
}
