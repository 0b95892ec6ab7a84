import type { ObjectControl } from '../../control';
import { ingress } from '../../parts/network-samples';
import { sample } from '../../samples';

const CLASS = "object.?spec.?ingressClassName.orValue('')";
const IS_ALLOWED = `(${CLASS} != '' && (variables.params.classes.size() == 0 || ${CLASS} in variables.params.classes))`;
const backend = { service: { name: 'app', port: { number: 80 } } };
const HOSTS = ['app.example.com'];

export const control: ObjectControl = {
  scope: 'object',
  id: 'ingress-class',
  covers: ['NET-11'],
  title: 'Every Ingress names its class, and serves no more than its hosts',
  why: 'An Ingress without a class is served by whatever controller takes it; a default backend answers for every other host.',
  severity: 'low',
  cis: [],
  nsa: 'Network policies',
  match: ['ingress'],
  parameters: {
    classes: {
      type: 'array',
      items: { type: 'string' },
      description: 'Classes that may be named; any where there are none.',
      default: [],
    },
  },
  expression: `${IS_ALLOWED} && !has(object.spec.defaultBackend)`,
  message: `${CLASS} == '' ? 'it names no class' : !${IS_ALLOWED} ? 'it is of the class ' + ${CLASS} : 'it has a default backend'`,
  remediation: 'Set spec.ingressClassName to an allowed class, and leave spec.defaultBackend out.',
  samples: {
    allowed: [
      sample('a class', ingress(HOSTS)),
      sample('an allowed class', ingress(HOSTS), { classes: ['nginx', 'internal'] }),
      sample('no default backend, as null', ingress(HOSTS, { defaultBackend: null })),
    ],
    denied: [
      sample('no class', ingress(HOSTS, { ingressClassName: undefined })),
      sample(
        'the older annotation',
        ingress(HOSTS, { ingressClassName: undefined }, { 'kubernetes.io/ingress.class': 'nginx' }),
      ),
      sample('another class', ingress(HOSTS), { classes: ['internal'] }),
      sample('a default backend', ingress(HOSTS, { defaultBackend: backend })),
      sample('a default backend alone', ingress([], { defaultBackend: backend, tls: [] })),
    ],
  },
};
