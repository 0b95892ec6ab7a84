import type { ResourceControl } from '../../control';
import { isRecord } from '../../objects';
import { CREDENTIAL_PARAMETERS, isCredential } from '../../parts/credentials';
import { RELEASE_TYPE } from '../../release';
import { release, sample } from '../../samples';
import { isKnown } from '../../subject';

type Leaf = readonly [path: string, name: string, text: string];

/** The texts in values that are known, with their paths. */
function textsIn(value: unknown, path = '', name = ''): Leaf[] {
  if (typeof value === 'string') return [[path, name, value]];
  if (Array.isArray(value))
    return [...value.keys()]
      .filter((index) => isKnown(value, index))
      .flatMap((index) => textsIn(value[index], `${path}[${index}]`, name));
  if (!isRecord(value)) return [];
  return Object.keys(value)
    .filter((key) => isKnown(value, key))
    .flatMap((key) => textsIn(value[key], path ? `${path}.${key}` : key, key));
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
    if (found.length > 0) return `its values have credentials in ${found.join(', ')}`;
    // With nothing wrong in what is known, the rest decides: to read it says that it is not known yet.
    JSON.stringify(inputs.values);
    return undefined;
  },
  samples: {
    allowed: [
      sample('no values', release()),
      sample('empty values', values({})),
      sample('settings', values({ replicas: 2, log: { level: 'info' }, args: ['--verbose'] })),
      sample('no text', values({ admin: { password: '' }, token: null, apiKey: true })),
      sample('the name of a Secret', values({ existingSecret: 'sample', passwordKey: 'admin-password' })),
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
