import type { ObjectControl } from '../../control';
import { allowList, IS_ALLOWED } from '../../parts/allow-list';
import { peerAuthentication } from '../../parts/mesh-samples';
import { sample } from '../../samples';

const MODE = "object.?spec.?mtls.?mode.orValue('UNSET')";
const PORTS = 'object.?spec.?portLevelMtls.orValue({})';
const PORT_MODE = "object.spec.portLevelMtls[p].?mode.orValue('UNSET')";
const isWeak = (mode: string): string => `${mode} in ['DISABLE', 'PERMISSIVE']`;

const STRICT = { mtls: { mode: 'STRICT' } };
const ports = (modes: Record<number, string>): ReturnType<typeof peerAuthentication> =>
  peerAuthentication({
    ...STRICT,
    selector: { matchLabels: { app: 'a' } },
    portLevelMtls: Object.fromEntries(Object.entries(modes).map(([port, mode]) => [port, { mode }])),
  });

export const control: ObjectControl = {
  scope: 'object',
  id: 'strict-mtls',
  covers: ['MSH-01'],
  title: 'No PeerAuthentication lets plain text in',
  why: 'Where a workload takes plain text, whoever reaches it is taken for anybody, and what is said is read on the way.',
  severity: 'high',
  cis: [],
  nsa: 'Encryption',
  match: ['peerAuthentication'],
  parameters: allowList('PeerAuthentications'),
  // Unset, it is what the namespace or the mesh says.
  expression: `${IS_ALLOWED} || (!(${isWeak(MODE)}) && ${PORTS}.all(p, !(${isWeak(PORT_MODE)})))`,
  message:
    `${isWeak(MODE)} ? 'its mode is ' + ${MODE} : ` +
    `'the mode of its port ' + ${PORTS}.filter(p, ${isWeak(PORT_MODE)}).map(p, string(p) + ' is ' + ${PORT_MODE}).join(', ')`,
  remediation: 'Set mtls.mode to STRICT; allow by name what must take plain text.',
  samples: {
    allowed: [
      sample('STRICT', peerAuthentication(STRICT)),
      sample('UNSET', peerAuthentication({ mtls: { mode: 'UNSET' } })),
      sample('nothing said', peerAuthentication({})),
      sample('an empty mtls', peerAuthentication({ mtls: {} })),
      sample('a port', ports({ 8080: 'STRICT' })),
      sample('an allowed one', peerAuthentication({ mtls: { mode: 'DISABLE' } }), {
        allow: ['samples/sample'],
      }),
    ],
    denied: [
      sample('DISABLE', peerAuthentication({ mtls: { mode: 'DISABLE' } })),
      sample('PERMISSIVE', peerAuthentication({ mtls: { mode: 'PERMISSIVE' } })),
      sample('a port', ports({ 8080: 'DISABLE' })),
      sample('the second port', ports({ 80: 'STRICT', 8080: 'PERMISSIVE' })),
      sample('an allowed one of another namespace', peerAuthentication({ mtls: { mode: 'DISABLE' } }), {
        allow: ['other/sample'],
      }),
    ],
  },
};
