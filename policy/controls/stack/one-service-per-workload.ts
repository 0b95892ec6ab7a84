import type { Finding, StackControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { containerPortsOf, portsOf, service, serving, targetsOf } from '../../parts/services';
import { specOf } from '../../parts/scaling';
import { sample, workload } from '../../samples';
import { namespaceOf, type Stack } from '../../stack';

const HTTP = [{ name: 'http', containerPort: 8080 }];
const METRICS = [{ name: 'metrics', containerPort: 9090 }];
const to = (targetPort: unknown): object[] => [{ port: 80, targetPort }];
const named = (name: string): Record<string, unknown> => ({ name });

export const control: StackControl = {
  scope: 'stack',
  id: 'one-service-per-workload',
  covers: ['STK-01'],
  title: 'Every workload that serves is reached by a Service, and each of its ports by one only',
  why: 'Without a Service nobody reaches it, and with two by accident one application gets the requests of another.',
  severity: 'medium',
  cis: [],
  parameters: {
    exempt: {
      type: 'array',
      items: { type: 'string', pattern: '^[^/]+/[^/]+$' },
      description: 'Workloads that need no Service, as namespace/name.',
      default: [],
    },
    internal: {
      type: 'string',
      description: 'Names of ports that are for probes and metrics, as a regular expression.',
      default: '(^|-)(admin|debug|gossip|health|healthz|metrics?|monitoring|probe|prom|profiling)(-|$)',
    },
  },
  remediation: 'Add a Service that selects the pods, or give the Services selectors or ports of their own.',
  judge: (stack, { exempt, internal }) => [
    ...stack.of('replicated').flatMap((each) => {
      const name = `${namespaceOf(each)}/${String(each.metadata?.name)}`;
      return (exempt as string[]).includes(name) ? [] : unserved(stack, each, new RegExp(String(internal)));
    }),
    ...stack.of('service').flatMap((each) => overlaps(stack, each)),
  ],
  samples: {
    allowed: [
      sample('one Service', [serving(HTTP), service(to('http'))]),
      sample('by number', [serving(HTTP), service(to(8080))]),
      sample('no ports', [workload('Deployment')]),
      sample('metrics only', [serving(METRICS)]),
      sample('a port for metrics beside', [serving([...HTTP, ...METRICS]), service(to('http'))]),
      sample('one port each', [
        serving([...HTTP, ...METRICS]),
        service(to('http')),
        service(to('metrics'), {}, named('metrics')),
      ]),
      sample('a headless one beside', [
        serving(HTTP, 'StatefulSet'),
        service(to('http')),
        service(to('http'), { clusterIP: 'None' }, named('peers')),
      ]),
      sample('exempt', [serving(HTTP)], { exempt: ['samples/sample'] }),
      sample('what runs on each node', [serving(HTTP, 'DaemonSet')]),
    ],
    denied: [
      sample('no Service', [serving(HTTP)]),
      sample('a Service for other pods', [
        serving(HTTP),
        service(to('http'), { selector: { app: 'other' } }),
      ]),
      sample('a Service in another namespace', [
        serving(HTTP),
        service(to('http'), {}, { namespace: 'other' }),
      ]),
      sample('a Service for another port', [serving([...HTTP, ...METRICS]), service(to('metrics'))]),
      sample('two Services', [serving(HTTP), service(to('http')), service(to(8080), {}, named('again'))]),
      sample('a StatefulSet', [serving(HTTP, 'StatefulSet')]),
    ],
  },
};

/** The ports of a workload that no Service sends to. */
function unserved(stack: Stack, each: KubernetesObject, internal: RegExp): Finding[] {
  const served = stack
    .in(namespaceOf(each), 'service')
    .filter((one) => targetsOf(stack, one)?.includes(each))
    .flatMap((one) => targetPorts(one, each));
  const ports = containerPortsOf(each)
    .filter(({ name }) => typeof name !== 'string' || !internal.test(name))
    .map(({ containerPort }) => containerPort);
  const missing = served.length > 0 && ports.some((port) => served.includes(port)) ? [] : ports;
  return missing.length === 0
    ? []
    : [{ object: each, found: `no Service sends to its ports ${missing.map(String).join(', ')}` }];
}

/** The Services before this one that send to the same ports of the same pods. */
function overlaps(stack: Stack, each: KubernetesObject): Finding[] {
  if (specOf(each).clusterIP === 'None') return [];
  const others = stack.in(namespaceOf(each), 'service').filter((one) => specOf(one).clusterIP !== 'None');
  return others.slice(0, others.indexOf(each)).flatMap((other) => {
    const shared = (targetsOf(stack, each) ?? []).filter((target) =>
      targetsOf(stack, other)?.includes(target),
    );
    const twice = shared.filter((target) => {
      const ports = targetPorts(other, target);
      return targetPorts(each, target).some((port) => ports.includes(port));
    });
    if (twice.length === 0) return [];
    const names = twice.map(({ kind, metadata }) => `${kind} ${String(metadata?.name)}`).join(', ');
    return [
      {
        object: each,
        found: `it sends to the same port of ${names} as Service ${String(other.metadata?.name)}`,
      },
    ];
  });
}

/** The ports of a workload, by number, that a Service sends to. */
function targetPorts(from: KubernetesObject, to: KubernetesObject): unknown[] {
  const known = containerPortsOf(to);
  return portsOf(specOf(from).ports).flatMap(({ port, targetPort = port }) =>
    typeof targetPort === 'string'
      ? known.filter(({ name }) => name === targetPort).map(({ containerPort }) => containerPort)
      : [targetPort],
  );
}
