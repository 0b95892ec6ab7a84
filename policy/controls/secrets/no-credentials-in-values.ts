import type { ResourceControl } from '../../control';
import { isRecord } from '../../objects';
import { CREDENTIAL_PARAMETERS, isCredential } from '../../parts/credentials';
import { RELEASE_TYPE } from '../../release';
import { release, sample } from '../../samples';
import { UNKNOWN } from '../../subject';

type Leaf = readonly [path: string, name: string, text: string];

/** The texts in values, with their paths; what is not known yet is judged by the update. */
function textsIn(value: unknown, path = '', name = ''): Leaf[] {
  if (typeof value === 'string') return [[path, name, value]];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, `${path}[${index}]`, name));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, path ? `${path}.${key}` : key, key));
}

const values = (of: object): ReturnType<typeof release> => release({ values: of });

// Whether the program marked a value as secret is not told to a policy: it sees plain text either way. So what is
// judged is that no credential goes through values at all.
export const control: ResourceControl = {
  scope: 'resource',
  id: 'no-credentials-in-values',
  covers: ['SEC-04'],
  title: 'No Helm release is given a credential in its values',
  why: 'Helm keeps the values of every revision on the cluster, and each template may write them where it likes.',
  severity: 'high',
  cis: [{ section: '5.4.1' }],
  nsa: 'Secrets',
  types: [RELEASE_TYPE],
  parameters: {
    ...CREDENTIAL_PARAMETERS,
    allow: {
      type: 'array',
      items: { type: 'string' },
      description: 'Values that may hold one, since their chart takes no Secret, as release:path.to.value.',
      default: [],
    },
  },
  remediation: 'Keep it in a Secret of its own, and give the release the name of that Secret.',
  judge: ({ inputs }, { names, formats, allow }) => {
    const found = textsIn(inputs.values)
      .filter(([, name, text]) => isCredential(name, text, names as string[], formats as string[]))
      .map(([path]) => path)
      .filter((path) => !(allow as string[]).includes(`${String(inputs.name)}:${path}`));
    return found.length === 0 ? undefined : `its values have credentials in ${found.join(', ')}`;
  },
  samples: {
    allowed: [
      sample('no values', release()),
      sample('empty values', values({})),
      sample('settings', values({ replicas: 2, log: { level: 'info' }, args: ['--verbose'] })),
      sample('no text', values({ admin: { password: '' }, token: null, apiKey: true })),
      sample('the name of a Secret', values({ existingSecret: 'sample', passwordKey: 'admin-password' })),
      sample('one that is not known yet', values({ adminPassword: UNKNOWN })),
      sample('an allowed one', values({ admin: { password: 'hunter2' } }), {
        allow: ['sample:admin.password'],
      }),
    ],
    denied: [
      sample('a password', values({ adminPassword: 'hunter2' })),
      sample('further down', values({ config: { receivers: [{ token: 'hunter2' }] } })),
      sample('one of a list', values({ tokens: 'none', token: ['hunter2'] })),
      sample('a known form', values({ config: 'url: https://app:hunter2@git.example.com/app.git' })),
      sample('allowed in another release', values({ token: 'hunter2' }), { allow: ['other:token'] }),
      sample('a name of the parameter', values({ pin: '1234' }), { names: ['pin'] }),
    ],
  },
};
