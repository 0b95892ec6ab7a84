import type { StackControl } from '../../control';
import { containerPortsOf, portsOf, service, serving, targetsOf } from '../../parts/services';
import { sample } from '../../samples';

const HTTP = [{ name: 'http', containerPort: 8080 }];
const to = (targetPort?: unknown): object[] => [
  { port: 80, ...(targetPort === undefined ? {} : { targetPort }) },
];

export const control: StackControl = {
  scope: 'stack',
  id: 'service-ports',
  covers: ['REL-04'],
  title: 'Every Service sends to ports that its pods have',
  why: 'A port by a name that no container has is sent to nobody, and no error says so.',
  severity: 'medium',
  cis: [],
  remediation: 'Name the port in the container, or send to it by number.',
  judge: (stack) =>
    stack.of('service').flatMap((each) => {
      const names = portsOf((each.spec as { ports?: unknown }).ports)
        .map(({ targetPort }) => targetPort)
        .filter((port) => typeof port === 'string' && !/^\d+$/.test(port));
      return (targetsOf(stack, each) ?? []).flatMap((target) => {
        const known = containerPortsOf(target).map(({ name }) => name);
        const missing = names.filter((name) => !known.includes(name));
        const { kind, metadata } = target;
        if (missing.length === 0) return [];
        return [
          {
            object: each,
            found: `${kind} ${String(metadata?.name)} has no port named ${missing.join(', ')}`,
          },
        ];
      });
    }),
  samples: {
    allowed: [
      sample('a name', [serving(HTTP), service(to('http'))]),
      sample('a number', [serving([]), service(to(8080))]),
      sample('no target, which is the same number', [serving(HTTP), service(to())]),
      sample('no pods in the stack', [service(to('http'))]),
      sample('pods by another label', [serving(HTTP), service(to('grpc'), { selector: { app: 'other' } })]),
      sample('endpoints by hand', [serving(HTTP), service(to('grpc'), { selector: undefined })]),
    ],
    denied: [
      sample('another name', [serving(HTTP), service(to('https'))]),
      sample('no ports', [serving([]), service(to('http'))]),
      sample('one of two workloads', [
        serving(HTTP),
        serving([], 'StatefulSet', 'other'),
        service(to('http')),
      ]),
      sample('one of two ports', [
        serving(HTTP),
        service([...to('http'), { port: 81, targetPort: 'metrics' }]),
      ]),
    ],
  },
};
