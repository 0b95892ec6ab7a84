import type { ObjectControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { sample } from '../../samples';

const KEY = { keys: [{ name: 'key1', secret: 'c2FtcGxl' }] };
const IDENTITY = { identity: {} };
/** CEL over `r`, an entry of resources: whether what it stores is encrypted; the first provider is the one that writes. */
const encrypts = 'variables.params.providers.exists(p, p in r.providers[0])';
const coversSecrets = "r.resources.exists(n, n in ['secrets', '*.', '*.*'])";
/** CEL: the first entry with Secrets in it, which is the one that counts for them. */
const secrets = `object.?resources.orValue([]).filter(r, ${coversSecrets})`;

const configuration = (...resources: object[]): KubernetesObject => ({
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'EncryptionConfiguration',
  resources,
});
const entry = (resources: string[], ...providers: object[]): object => ({ resources, providers });

export const control: ObjectControl = {
  scope: 'object',
  id: 'cp-encryption-providers',
  covers: ['CP-28'],
  title: 'Secrets are encrypted before they are stored',
  why: 'Whoever reads etcd, its disk or a backup of it otherwise reads every Secret of the cluster.',
  severity: 'low',
  cis: [{ section: '1.2.28' }],
  nsa: 'Secrets',
  match: ['encryptionConfiguration'],
  noAdmissionTwin: 'the API server reads its encryption configuration from a file, and never as an object',
  parameters: {
    providers: {
      type: 'array',
      items: { type: 'string' },
      minItems: 1,
      description: 'Providers that encrypt well enough.',
      default: ['kms', 'secretbox', 'aescbc'],
    },
  },
  expression: `${secrets}.size() > 0 && [${secrets}[0]].all(r, ${encrypts})`,
  message:
    `${secrets}.size() == 0 ? 'no entry names secrets' : ` +
    `'the first provider of secrets is ' + ${secrets}[0].providers[0].map(p, p).join(', ')`,
  remediation: 'Put kms, or another provider that encrypts, first among the providers of secrets.',
  samples: {
    allowed: [
      sample('a key', configuration(entry(['secrets'], { aescbc: KEY }, IDENTITY))),
      sample('a key service', configuration(entry(['secrets'], { kms: { apiVersion: 'v2', name: 'kms' } }))),
      sample('secrets among others', configuration(entry(['configmaps', 'secrets'], { secretbox: KEY }))),
      sample('everything', configuration(entry(['*.*'], { secretbox: KEY }))),
      sample('everything of the core API group', configuration(entry(['*.'], { secretbox: KEY }))),
      sample(
        'the first entry counts',
        configuration(entry(['configmaps', 'secrets'], { secretbox: KEY }), entry(['*.*'], IDENTITY)),
      ),
    ],
    denied: [
      sample('in clear text first', configuration(entry(['secrets'], IDENTITY, { aescbc: KEY }))),
      sample('other resources', configuration(entry(['configmaps'], { aescbc: KEY }))),
      sample('nothing', configuration()),
      sample('another provider', configuration(entry(['secrets'], { aesgcm: KEY }))),
      sample(
        'the first entry in clear text',
        configuration(entry(['*.'], IDENTITY), entry(['secrets'], { kms: {} })),
      ),
    ],
  },
};
