import type { StackControl } from '../../control';
import { lacksAll } from '../../parts/presence';
import { object, sample, workload } from '../../samples';

const secret = object('v1', 'Secret', { stringData: { password: 'sample' } });
const store = object('external-secrets.io/v1', 'ClusterSecretStore');

export const control: StackControl = {
  scope: 'stack',
  id: 'external-secret-store',
  covers: ['SEC-06'],
  title: 'Secrets come from a store outside the cluster',
  why: 'What is only in the cluster has no owner, no audit and no rotation, and is lost with it.',
  severity: 'low',
  cis: [{ section: '5.4.2', heuristic: true }],
  nsa: 'Secrets',
  parameters: {
    kinds: {
      type: 'array',
      items: { type: 'string', pattern: '^[a-z0-9.-]+/[A-Z][A-Za-z]*$' },
      description: 'Kinds, as group/Kind, of which one object is enough.',
      default: [
        'external-secrets.io/ClusterSecretStore',
        'external-secrets.io/SecretStore',
        'secrets-store.csi.x-k8s.io/SecretProviderClass',
        'secrets.hashicorp.com/VaultConnection',
      ],
    },
  },
  remediation: 'Install the External Secrets Operator or the Secrets Store CSI driver, and declare a store.',
  judge: (stack, { kinds }) =>
    stack.of('secret').length === 0 ? [] : lacksAll(stack, kinds, 'its Secrets come from no store'),
  samples: {
    allowed: [
      sample('a store', [secret, store]),
      sample('no Secrets', [workload('Deployment')]),
      sample('nothing', []),
      sample('a kind of the parameter', [secret, object('example.com/v1', 'Vault')], {
        kinds: ['example.com/Vault'],
      }),
    ],
    denied: [
      sample('a Secret alone', [secret]),
      sample('a like kind of others', [secret, object('example.com/v1', 'SecretStore')]),
      sample('another parameter', [secret, store], { kinds: ['example.com/Vault'] }),
    ],
  },
};
