import type { ObjectControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { isWorld } from '../../parts/network';
import { calicoPolicy, CALICO_DENY, globalPolicy } from '../../parts/network-samples';
import { sample } from '../../samples';

const TYPES = 'object.?spec.?types.orValue([])';
const ALL = "['', 'all()']";
/** Selectors select pods: into a pod, every pod is everyone; out of it, only every address is. */
const namesNobody = (peer: string, selectors: string): string =>
  `${peer}.?nets.orValue([]).size() == 0 && ${peer}.?selector.orValue('') in ${selectors} && ` +
  `${peer}.?namespaceSelector.orValue('') in ${selectors} && !has(${peer.replace('.?', '.')}.serviceAccounts) && ` +
  `!has(${peer.replace('.?', '.')}.services)`;
/** From one port to another. */
const RANGE = '^[0-9]{1,5}:[0-9]{1,5}$';
const length = "int(string(p).split(':')[1]) - int(string(p).split(':')[0])";
/**
 * A rule without ports, or with half of all ports or more, is about every port. A protocol that has no ports narrows a
 * rule by itself. Calico wants `icmp` beside its protocol: of one alone nobody knows what it lets pass.
 */
const EVERY_PORT =
  "(r.?protocol.orValue('TCP') in ['TCP', 'UDP', 'SCTP'] && !has(r.http) && " +
  '(r.?destination.?ports.orValue([]).size() == 0 || ' +
  `r.destination.ports.exists(p, string(p).matches('${RANGE}') && ${length} >= 32768)))`;
const ACTS =
  "(r.?action.orValue('') == 'Allow' || (r.?action.orValue('') == 'Pass' && object.?spec.?tier.orValue('default') == 'default'))";

/** CEL: the rules of a direction that let everyone pass. */
function openRules(
  direction: 'Ingress' | 'Egress',
  end: 'source' | 'destination',
  selectors: string,
): string {
  const peer = `r.?${end}`;
  const isEveryone =
    `(!has(r.${end}) || (${namesNobody(peer, selectors)}) || ` +
    `${peer}.?nets.orValue([]).exists(n, ${isWorld('n')}))`;
  return (
    `(${TYPES}.size() == 0 || '${direction}' in ${TYPES} ? ` +
    `object.?spec.?${direction.toLowerCase()}.orValue([]).filter(r, ${ACTS} && ${EVERY_PORT} && ${isEveryone}) : [])`
  );
}
const INGRESS = openRules('Ingress', 'source', ALL);
const EGRESS = openRules('Egress', 'destination', "['']");

const into = (rule: object): KubernetesObject =>
  globalPolicy({ types: ['Ingress'], ingress: [{ action: 'Allow', ...rule }] });
const out = (rule: object): KubernetesObject =>
  calicoPolicy({ types: ['Egress'], egress: [{ action: 'Allow', ...rule }] });

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-open-calico-policy',
  covers: ['MSH-05'],
  title: "No policy of Calico's lets everyone pass",
  why: 'A policy for the whole cluster that lets everyone pass undoes the default-deny of every namespace at once.',
  severity: 'medium',
  cis: [{ section: '5.3.2' }],
  nsa: 'Network policies',
  match: ['calicoPolicies'],
  parameters: {
    cidrs: {
      type: 'array',
      items: { type: 'string' },
      description: 'Blocks of addresses that are everyone.',
      default: ['0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1', '2000::/3', '::/0', '::/1'],
    },
  },
  expression: `${INGRESS}.size() == 0 && ${EGRESS}.size() == 0`,
  message:
    `[${INGRESS}.size() > 0 ? 'it lets everyone in' : '', ` +
    `${EGRESS}.size() > 0 ? 'it lets pods out to everyone' : ''].filter(t, t != '').join(', and ')`,
  remediation: 'Name the peers by nets or selectors, or the ports that everyone may reach.',
  samples: {
    allowed: [
      sample('everyone, to read', into({ http: { methods: ['GET'] } })),
      sample('out, to read', out({ http: { methods: ['GET'] } })),
      sample('out, to ask whether somebody is there', out({ protocol: 'ICMP' })),
      sample('out to nobody', globalPolicy({ egress: [{ action: 'Deny' }] })),
      sample(
        'out, whatever the next tier says',
        globalPolicy({ tier: 'security', egress: [{ action: 'Pass' }] }),
      ),
      sample(
        'out, on one port',
        globalPolicy({ egress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: [443] } }] }),
      ),
      sample('default-deny', CALICO_DENY),
      sample('no rules', globalPolicy({ selector: 'all()' })),
      sample('empty lists of rules', globalPolicy({ ingress: [], egress: [] })),
      sample('some pods', into({ source: { selector: "app == 'gateway'" } })),
      sample('a namespace', into({ source: { namespaceSelector: "team == 'shop'" } })),
      sample('a ServiceAccount', into({ source: { serviceAccounts: { names: ['gateway'] } } })),
      sample('a Service', into({ source: { services: { name: 'gateway', namespace: 'edge' } } })),
      sample('a block', into({ source: { nets: ['10.0.0.0/8'] } })),
      sample('everyone on one port', into({ protocol: 'TCP', destination: { ports: [443] } })),
      sample(
        'everyone on a range of ports',
        into({ protocol: 'TCP', destination: { ports: ['30000:32767', '1:32768', 443] } }),
      ),
      sample(
        'out on less than half of all ports',
        out({ protocol: 'TCP', destination: { ports: ['1:32768'] } }),
      ),
      sample('everyone on a port by name', into({ protocol: 'TCP', destination: { ports: ['https'] } })),
      sample('everyone, to ask whether it is there', into({ protocol: 'ICMP', icmp: { type: 8 } })),
      sample('everyone, by ICMP whatever it asks', into({ protocol: 'ICMP' })),
      sample(
        'DNS',
        out({ protocol: 'UDP', destination: { selector: "k8s-app == 'kube-dns'", ports: [53] } }),
      ),
      sample('out to every pod', out({ destination: { selector: 'all()' } })),
      sample('out to a namespace', out({ destination: { namespaceSelector: "team == 'shop'" } })),
      sample('out to a ServiceAccount', out({ destination: { serviceAccounts: { names: ['db'] } } })),
      sample('out to a Service', out({ destination: { services: { name: 'db', namespace: 'shop' } } })),
      sample('out to a block', out({ destination: { nets: ['10.0.0.0/8'] } })),
      sample('nobody', into({ action: 'Deny' })),
      sample(
        'whatever the next tier says',
        globalPolicy({ tier: 'security', types: ['Ingress'], ingress: [{ action: 'Pass' }] }),
      ),
      sample(
        'rules that no type puts in force',
        globalPolicy({ types: ['Egress'], ingress: [{ action: 'Allow' }] }),
      ),
    ],
    denied: [
      sample('everyone, by ICMP of no protocol', into({ icmp: { type: 8 } })),
      sample('out by ICMP of no protocol', out({ icmp: { type: 8 } })),
      sample('UDP alone', out({ protocol: 'UDP' })),
      sample('SCTP alone', out({ protocol: 'SCTP' })),
      sample('everyone in, by UDP', into({ protocol: 'UDP' })),
      sample('everyone in, by SCTP', into({ protocol: 'SCTP' })),
      sample('out, without types', globalPolicy({ egress: [{ action: 'Allow' }] })),
      sample(
        'out, past every policy of the tier',
        globalPolicy({ tier: 'default', egress: [{ action: 'Pass' }] }),
      ),
      sample('out, past every policy of the default tier', globalPolicy({ egress: [{ action: 'Pass' }] })),
      sample('everyone in', into({})),
      sample('everyone in, without types', globalPolicy({ ingress: [{ action: 'Allow' }] })),
      sample('everyone out', out({})),
      sample('an empty source', into({ source: {} })),
      sample('an empty list of blocks', into({ source: { nets: [] } })),
      sample('every pod', into({ source: { selector: 'all()' } })),
      sample('every namespace', into({ source: { namespaceSelector: 'all()' } })),
      sample('every address', out({ destination: { nets: ['0.0.0.0/0'] } })),
      sample('every address of IPv6 among others', into({ source: { nets: ['fd00::/8', '::/0'] } })),
      sample('every address but some', out({ destination: { notNets: ['10.0.0.0/8'] } })),
      sample('a protocol alone', into({ protocol: 'TCP' })),
      sample('every port', into({ protocol: 'TCP', destination: { ports: ['1:65535'] } })),
      sample('every port, beside one', into({ protocol: 'TCP', destination: { ports: [443, '1:65535'] } })),
      sample('half of all ports', into({ protocol: 'TCP', destination: { ports: ['1:32769'] } })),
      sample('half of all ports, out', out({ protocol: 'TCP', destination: { ports: ['1:32769', 443] } })),
      sample('every address of IPv6, written otherwise', into({ source: { nets: ['0::/0'] } })),
      // Calico takes it as it is.
      sample('every address, after one', out({ destination: { nets: ['10.0.0.0/0'] } })),
      sample('some pods, for everyone', into({ destination: { selector: "app == 'web'" } })),
      sample(
        'past every policy of the tier',
        globalPolicy({ types: ['Ingress'], ingress: [{ action: 'Pass' }] }),
      ),
      sample(
        'the second rule',
        globalPolicy({
          ingress: [{ action: 'Deny', source: { nets: ['192.0.2.0/24'] } }, { action: 'Allow' }],
        }),
      ),
    ],
  },
};
