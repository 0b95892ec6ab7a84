import type { StackControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { fieldsOf } from '../../parts/kubernetes-policy';
import { holdingIn, meshNamespaces } from '../../parts/mesh';
import { IN_AMBIENT_MESH, IN_MESH, peerAuthentication } from '../../parts/mesh-samples';
import { nameOf } from '../../parts/permissions';
import { namespace } from '../../parts/network-samples';
import { sample } from '../../samples';
import { namespaceOf } from '../../stack';

const isStrict = ({ spec }: KubernetesObject): boolean => fieldsOf(fieldsOf(spec).mtls).mode === 'STRICT';

const STRICT = { mtls: { mode: 'STRICT' } };

export const control: StackControl = {
  scope: 'stack',
  id: 'mesh-wide-mtls',
  covers: ['MSH-01'],
  title: 'Mutual TLS is demanded in every namespace of the mesh',
  why: 'Until it is demanded, proxies take plain text from whoever has no identity, beside what is encrypted.',
  severity: 'high',
  cis: [],
  nsa: 'Encryption',
  parameters: {
    exempt: {
      type: 'array',
      items: { type: 'string' },
      description: 'Namespaces that are not judged.',
      default: [],
    },
    rootNamespace: {
      type: 'string',
      description: 'The namespace whose policies hold in the whole mesh.',
      default: 'istio-system',
    },
  },
  remediation: 'Add a PeerAuthentication without a selector and with mode STRICT to the root namespace.',
  judge: (stack, { exempt, rootNamespace }) => {
    const policies = stack.of('peerAuthentication');
    return meshNamespaces(stack, exempt)
      .filter((each) => {
        const holding = holdingIn(policies, nameOf(each), rootNamespace);
        // The namespace's own goes before the mesh's.
        const own = holding.filter((policy) => namespaceOf(policy) === nameOf(each));
        const deciding = own.length > 0 ? own : holding;
        return deciding.length === 0 || !deciding.every(isStrict);
      })
      .map((each) => ({ object: each, found: 'no PeerAuthentication demands mutual TLS of all its pods' }));
  },
  samples: {
    allowed: [
      sample('in the whole mesh', [IN_MESH, peerAuthentication(STRICT, true)]),
      sample('in the namespace', [IN_MESH, peerAuthentication(STRICT)]),
      sample('an empty selector', [
        IN_MESH,
        peerAuthentication({ ...STRICT, selector: { matchLabels: {} } }),
      ]),
      sample('an ambient mesh', [IN_AMBIENT_MESH, peerAuthentication(STRICT, true)]),
      sample('a namespace outside the mesh', [
        namespace(),
        namespace('b', { 'istio-injection': 'disabled' }),
      ]),
      sample('an empty revision, which is none', [namespace('samples', { 'istio.io/rev': '' })]),
      sample('an exempt namespace', [IN_MESH], { exempt: ['samples'] }),
      sample(
        'another root namespace',
        [IN_MESH, { ...peerAuthentication(STRICT), metadata: { name: 'a', namespace: 'mesh' } }],
        { rootNamespace: 'mesh' },
      ),
    ],
    denied: [
      sample('nothing', [IN_MESH]),
      sample('an ambient mesh', [IN_AMBIENT_MESH]),
      sample('a revision', [namespace('samples', { 'istio.io/rev': 'stable' })]),
      sample('PERMISSIVE', [IN_MESH, peerAuthentication({ mtls: { mode: 'PERMISSIVE' } }, true)]),
      sample('nothing said', [IN_MESH, peerAuthentication({}, true)]),
      sample('some of its pods', [
        IN_MESH,
        peerAuthentication({ ...STRICT, selector: { matchLabels: { app: 'a' } } }),
      ]),
      sample('another namespace', [
        IN_MESH,
        { ...peerAuthentication(STRICT), metadata: { name: 'a', namespace: 'other' } },
      ]),
      sample('what the namespace takes back', [
        IN_MESH,
        peerAuthentication(STRICT, true),
        peerAuthentication({ mtls: { mode: 'DISABLE' } }),
      ]),
    ],
  },
};
