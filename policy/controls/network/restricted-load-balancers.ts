import type { ObjectControl } from '../../control';
import { allowList, IS_ALLOWED } from '../../parts/allow-list';
import { service } from '../../parts/network-samples';
import { sample } from '../../samples';

const ANNOTATION = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const annotation = (key: string): string => `object.?metadata.?annotations[?${key}].orValue('')`;
/** The older annotation counts where the field is empty. */
const RANGES =
  '(object.?spec.?loadBalancerSourceRanges.orValue([]).size() > 0 ? object.spec.loadBalancerSourceRanges : ' +
  `${annotation(`'${ANNOTATION}'`)}.split(',').filter(r, r.trim() != ''))`;
/** A block of more than one in 256 of all addresses is no bound. */
const IS_NARROW = `(${RANGES}.size() > 0 && ${RANGES}.all(r, !r.trim().matches('/[0-7]$')))`;
const IS_INTERNAL =
  `variables.params.internal.exists(i, ` +
  `${annotation("i.split('=')[0]")}.lowerAscii() == i.substring(i.indexOf('=') + 1).lowerAscii())`;

const balancer = (spec: object = {}, annotations?: Record<string, string>): ReturnType<typeof service> =>
  service({ type: 'LoadBalancer', ...spec }, annotations);
const ranges = (...loadBalancerSourceRanges: string[]): ReturnType<typeof service> =>
  balancer({ loadBalancerSourceRanges });

export const control: ObjectControl = {
  scope: 'object',
  id: 'restricted-load-balancers',
  covers: ['NET-06'],
  title: 'Every LoadBalancer is internal, or answers some addresses only',
  why: 'A cloud gives a LoadBalancer a public address within a minute: what was meant for a team is on the Internet.',
  severity: 'high',
  cis: [],
  nsa: 'Network policies',
  match: ['service'],
  parameters: {
    ...allowList('Services'),
    internal: {
      type: 'array',
      items: { type: 'string', pattern: '^[^=]+=[^=]+$' },
      description: 'Annotations, as key=value, that keep a load balancer inside the network.',
      default: [
        'cloud.google.com/load-balancer-type=Internal',
        'networking.gke.io/load-balancer-type=Internal',
        'service.beta.kubernetes.io/aws-load-balancer-internal=true',
        'service.beta.kubernetes.io/aws-load-balancer-scheme=internal',
        'service.beta.kubernetes.io/azure-load-balancer-internal=true',
        'service.beta.kubernetes.io/openstack-internal-load-balancer=true',
      ],
    },
  },
  expression: `object.?spec.?type.orValue('') != 'LoadBalancer' || ${IS_ALLOWED} || ${IS_NARROW} || ${IS_INTERNAL}`,
  message:
    `${RANGES}.size() == 0 ? 'its load balancer answers everyone' : ` +
    `'its load balancer answers ' + ${RANGES}.join(', ')`,
  remediation: 'Set spec.loadBalancerSourceRanges, annotate it as internal, or allow the Service by name.',
  samples: {
    allowed: [
      sample('no type', service()),
      sample('a NodePort, which another control is about', service({ type: 'NodePort' })),
      sample('some addresses', ranges('10.0.0.0/8', '192.0.2.0/24')),
      sample('some addresses of IPv6', ranges('2001:db8::/32')),
      sample(
        'some addresses by the older annotation',
        balancer({}, { [ANNOTATION]: '10.0.0.0/8, 192.0.2.0/24' }),
      ),
      sample('an internal one', balancer({}, { 'networking.gke.io/load-balancer-type': 'Internal' })),
      sample(
        'an internal one in other letters',
        balancer({}, { 'service.beta.kubernetes.io/azure-load-balancer-internal': 'True' }),
      ),
      sample('another annotation', balancer({}, { 'example.com/scope': 'private' }), {
        internal: ['example.com/scope=private'],
      }),
      sample('an allowed one', balancer(), { allow: ['samples/sample'] }),
    ],
    denied: [
      sample('nothing said', balancer()),
      sample('no addresses', ranges()),
      sample('every address', ranges('0.0.0.0/0')),
      sample('every address of IPv6', ranges('::/0')),
      sample('every address, in two halves', ranges('0.0.0.0/1', '128.0.0.0/1')),
      sample('every address among others', ranges('10.0.0.0/8', '0.0.0.0/0')),
      sample('every address by the older annotation', balancer({}, { [ANNOTATION]: '0.0.0.0/0' })),
      sample('an empty annotation', balancer({}, { [ANNOTATION]: ' ' })),
      sample(
        'an annotation that says no',
        balancer({}, { 'networking.gke.io/load-balancer-type': 'External' }),
      ),
      sample('an allowed one of another namespace', balancer(), { allow: ['other/sample'] }),
    ],
  },
};
