import type { ObjectControl } from '../../control';
import { isWorld } from '../../parts/network';
import { networkPolicy } from '../../parts/network-samples';
import { object, sample } from '../../samples';

const TYPES = 'object.?spec.?policyTypes.orValue([])';
const isAbout = (direction: string): string => `(${TYPES}.size() == 0 || '${direction}' in ${TYPES})`;

const empty = (selector: string): string =>
  `(${selector}.?matchLabels.orValue({}).size() == 0 && ${selector}.?matchExpressions.orValue([]).size() == 0)`;
const IS_WORLD = isWorld("p.?ipBlock.?cidr.orValue('')");
/** Every pod of every namespace. */
const IS_CLUSTER = `(has(p.namespaceSelector) && ${empty('p.?namespaceSelector')} && ${empty('p.?podSelector')})`;

/** A rule without ports, or with half of all ports or more, is about every port. */
const EVERY_PORT =
  '(r.?ports.orValue([]).size() == 0 || r.ports.exists(n, !has(n.port) || ' +
  '(has(n.endPort) && int(n.endPort) - int(n.port) >= 32768)))';

/** CEL: the rules of a direction that let everyone pass. */
function openRules(direction: 'Ingress' | 'Egress', peers: string, everyone: string): string {
  const isOpen =
    `(${peers}.orValue([]).size() == 0 || ${peers}.orValue([]).exists(p, ${everyone}))` +
    ` && (variables.params.evenOnPorts || ${EVERY_PORT})`;
  return `(${isAbout(direction)} ? object.?spec.?${direction.toLowerCase()}.orValue([]).filter(r, ${isOpen}) : [])`;
}
const INGRESS = openRules('Ingress', 'r.?from', `${IS_WORLD} || ${IS_CLUSTER}`);
const EGRESS = openRules('Egress', 'r.?to', IS_WORLD);

const from = (peer: object, more: object = {}): ReturnType<typeof networkPolicy> =>
  networkPolicy({ policyTypes: ['Ingress'], ingress: [{ from: [peer], ...more }] });
const to = (peer: object, more: object = {}): ReturnType<typeof networkPolicy> =>
  networkPolicy({ policyTypes: ['Egress'], egress: [{ to: [peer], ...more }] });
const block = (cidr: string, ...except: string[]): object => ({
  ipBlock: { cidr, ...(except.length > 0 ? { except } : {}) },
});
const HTTPS = { ports: [{ port: 443, protocol: 'TCP' }] };

const BY_TEAM = { key: 'team', operator: 'Exists' };

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-open-network-policy',
  covers: ['NET-03'],
  title: 'No network policy lets everyone pass',
  why: 'One rule that names no peers and no ports undoes every other policy of its pods: policies add up.',
  severity: 'high',
  cis: [{ section: '5.3.2' }],
  nsa: 'Network policies',
  match: ['networkPolicy'],
  parameters: {
    cidrs: {
      type: 'array',
      items: { type: 'string' },
      description: 'Blocks of addresses that are everyone.',
      default: ['0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1', '2000::/3', '::/0', '::/1'],
    },
    evenOnPorts: {
      type: 'boolean',
      description: 'Whether a rule that names a few ports is judged, too.',
      default: false,
    },
  },
  expression: `${INGRESS}.size() == 0 && ${EGRESS}.size() == 0`,
  message:
    `[${INGRESS}.size() > 0 ? 'it lets everyone in' : '', ` +
    `${EGRESS}.size() > 0 ? 'it lets pods out to everyone' : ''].filter(t, t != '').join(', and ')`,
  remediation: 'Name the pods, namespaces or blocks of addresses that may pass, and the ports.',
  samples: {
    allowed: [
      sample('default-deny', networkPolicy({ policyTypes: ['Ingress', 'Egress'] })),
      sample('no policyTypes', networkPolicy({})),
      sample('empty lists of rules', networkPolicy({ ingress: [], egress: [] })),
      sample('pods', from({ podSelector: {} })),
      sample('a namespace', from({ namespaceSelector: { matchLabels: { team: 'shop' } } })),
      sample(
        'some pods of every namespace',
        from({ namespaceSelector: {}, podSelector: { matchLabels: { app: 'prometheus' } } }),
      ),
      sample('namespaces by an expression', from({ namespaceSelector: { matchExpressions: [BY_TEAM] } })),
      sample(
        'pods of every namespace by an expression',
        from({ namespaceSelector: {}, podSelector: { matchExpressions: [BY_TEAM] } }),
      ),
      sample('a block', from(block('10.0.0.0/8'))),
      sample('everyone on one port', networkPolicy({ ingress: [{ ports: [{ port: 443 }] }] })),
      sample('every address on one port', from(block('0.0.0.0/0'), HTTPS)),
      sample('everyone on a port by name', networkPolicy({ ingress: [{ ports: [{ port: 'https' }] }] })),
      sample(
        'everyone on a range of ports',
        networkPolicy({ ingress: [{ ports: [{ port: 30000, endPort: 32767 }] }] }),
      ),
      sample('out to everyone on one port', networkPolicy({ egress: [{ ports: [{ port: 443 }] }] })),
      sample(
        'out to everyone on a range of ports',
        networkPolicy({ egress: [{ ports: [{ port: 30000, endPort: 32767 }] }] }),
      ),
      sample('out to every pod', to({ namespaceSelector: {} })),
      sample(
        'rules for egress that no type puts in force',
        networkPolicy({ policyTypes: ['Ingress'], egress: [{}] }),
      ),
      sample('every address, of no account', from(block('0.0.0.0/0')), { cidrs: [] }),
      sample('every address of IPv6, of no account', to(block('0::/0')), { cidrs: ['0.0.0.0/0'] }),
      sample('no spec', object('networking.k8s.io/v1', 'NetworkPolicy')),
    ],
    denied: [
      sample('everyone in', networkPolicy({ policyTypes: ['Ingress'], ingress: [{}] })),
      sample('everyone in, without policyTypes', networkPolicy({ ingress: [{}] })),
      sample('everyone out, without policyTypes', networkPolicy({ egress: [{}] })),
      sample(
        'everyone in and out',
        networkPolicy({ policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] }),
      ),
      sample('empty lists of peers and ports', networkPolicy({ ingress: [{ from: [], ports: [] }] })),
      sample('every address', from(block('0.0.0.0/0'))),
      sample('every address but some', from(block('0.0.0.0/0', '10.0.0.0/8'))),
      sample('every address of IPv6', to(block('::/0'))),
      sample('every address of IPv6, written otherwise', to(block('0::/0'))),
      sample('every pod of every namespace', from({ namespaceSelector: {} })),
      sample(
        'every pod of every namespace, written out',
        from({ namespaceSelector: { matchLabels: {} }, podSelector: {} }),
      ),
      sample('a protocol alone', networkPolicy({ ingress: [{ ports: [{ protocol: 'TCP' }] }] })),
      sample('every port', networkPolicy({ ingress: [{ ports: [{ port: 1, endPort: 65535 }] }] })),
      sample(
        'out on every port, beside one',
        networkPolicy({ egress: [{ ports: [{ port: 443 }, { port: 1, endPort: 65535 }] }] }),
      ),
      sample('out by a protocol alone', networkPolicy({ egress: [{ ports: [{ protocol: 'TCP' }] }] })),
      sample(
        'every address, beside another block',
        networkPolicy({ egress: [{ to: [block('10.0.0.0/8'), block('0.0.0.0/0')] }] }),
      ),
      sample('the second rule', networkPolicy({ ingress: [{ from: [{ podSelector: {} }] }, {}] })),
      sample('the second peer', networkPolicy({ ingress: [{ from: [{ podSelector: {} }, block('::/0')] }] })),
      sample('one port, where even that is judged', networkPolicy({ ingress: [HTTPS] }), {
        evenOnPorts: true,
      }),
      sample('one port out, where even that is judged', networkPolicy({ egress: [HTTPS] }), {
        evenOnPorts: true,
      }),
      sample(
        'in on half of all ports, beside one',
        networkPolicy({ ingress: [{ ports: [{ port: 443 }, { port: 1, endPort: 32769 }] }] }),
      ),
      sample(
        'out on half of all ports',
        networkPolicy({ egress: [{ ports: [{ port: 1, endPort: 32769 }] }] }),
      ),
      sample('another block', to(block('10.0.0.0/8')), { cidrs: ['10.0.0.0/8'] }),
    ],
  },
};
