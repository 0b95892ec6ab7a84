import type { StackControl } from '../../control';
import { replicated, specOf } from '../../parts/scaling';
import { service, targetsOf } from '../../parts/services';
import { sample } from '../../samples';
import { namespaceOf } from '../../stack';

const PORTS = [{ port: 80 }];
const of = (serviceName?: string): ReturnType<typeof replicated> => {
  const base = replicated(2, 'StatefulSet');
  return { ...base, spec: { ...specOf(base), ...(serviceName === undefined ? {} : { serviceName }) } };
};

export const control: StackControl = {
  scope: 'stack',
  id: 'statefulset-service',
  covers: ['REL-16'],
  title: 'Every StatefulSet names a headless Service of its pods',
  why: 'Without one its pods have no names in DNS, so members of a cluster do not find each other.',
  severity: 'medium',
  cis: [],
  remediation: 'Add a Service with clusterIP None that selects the pods, and set serviceName to its name.',
  judge: (stack) =>
    stack.of('statefulSet').flatMap((each) => {
      const name = specOf(each).serviceName;
      const named = typeof name === 'string' ? stack.find('service', namespaceOf(each), name) : undefined;
      const found = !named
        ? `its serviceName is ${typeof name === 'string' && name !== '' ? `"${name}", which is not in the stack` : 'not set'}`
        : specOf(named).clusterIP !== 'None'
          ? `its Service ${String(name)} is not headless`
          : !targetsOf(stack, named)?.includes(each)
            ? `its Service ${String(name)} does not select its pods`
            : undefined;
      return found === undefined ? [] : [{ object: each, found }];
    }),
  samples: {
    allowed: [
      sample('a headless Service', [of('sample'), service(PORTS, { clusterIP: 'None' })]),
      sample('one of two', [
        of('sample'),
        service(PORTS, { clusterIP: 'None' }),
        service(PORTS, {}, { name: 'sample-lb' }),
      ]),
      sample('a Deployment', [replicated(2)]),
    ],
    denied: [
      sample('none named', [of()]),
      sample('an empty name', [of('')]),
      sample('not in the stack', [of('other'), service(PORTS, { clusterIP: 'None' })]),
      sample('with an address', [of('sample'), service(PORTS)]),
      sample('for other pods', [of('sample'), service(PORTS, { clusterIP: 'None', selector: { app: 'b' } })]),
      sample('in another namespace', [
        of('sample'),
        service(PORTS, { clusterIP: 'None' }, { namespace: 'other' }),
      ]),
    ],
  },
};
