import type { ObjectControl } from '../../control';
import { isRecord } from '../../objects';
import { service } from '../../parts/network-samples';
import { sample } from '../../samples';

const EXTERNAL = 'object.?spec.?externalIPs.orValue([])';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-external-ips',
  covers: ['NET-07'],
  title: 'No Service claims addresses that it was not given',
  why: 'Nodes send the traffic for an external IP to the Service, whosever address it is: 8.8.8.8 will do (CVE-2020-8554).',
  severity: 'high',
  cis: [{ section: '1.2.3' }],
  nsa: 'Network policies',
  match: ['service'],
  parameters: {
    allow: {
      type: 'array',
      items: { type: 'string', pattern: '^[0-9a-fA-F.:]+$' },
      description: 'Addresses that Services may claim.',
      default: [],
    },
  },
  expression: `${EXTERNAL}.all(i, i in variables.params.allow)`,
  message: `'it claims ' + ${EXTERNAL}.filter(i, !(i in variables.params.allow)).join(', ')`,
  remediation: 'Leave spec.externalIPs out; use a LoadBalancer or the gateway.',
  fix: ({ spec }, { allow }) => {
    if (!isRecord(spec) || !Array.isArray(spec.externalIPs)) return;
    const kept = spec.externalIPs.filter((address) => (allow as unknown[]).includes(address));
    if (kept.length === spec.externalIPs.length) return;
    if (kept.length > 0) spec.externalIPs = kept;
    else delete spec.externalIPs;
  },
  samples: {
    allowed: [
      sample('none', service()),
      sample('an empty list', service({ externalIPs: [] })),
      sample('null', service({ externalIPs: null })),
      sample('an allowed one', service({ externalIPs: ['192.0.2.1'] }), { allow: ['192.0.2.1'] }),
    ],
    denied: [
      sample('one', service({ externalIPs: ['192.0.2.1'] })),
      sample('one of IPv6', service({ externalIPs: ['2001:db8::1'] })),
      sample('one beside an allowed one', service({ externalIPs: ['192.0.2.1', '192.0.2.2'] }), {
        allow: ['192.0.2.1'],
      }),
      sample('of a LoadBalancer', service({ type: 'LoadBalancer', externalIPs: ['192.0.2.1'] })),
    ],
  },
};
