import { eachContainer, type ObjectControl } from '../../control';
import { CREDENTIAL_PARAMETERS, hasForm, isCalledSo, isPassedIn } from '../../parts/credentials';
import { container, pod, sample, workload } from '../../samples';

const value = "e.?value.orValue('')";
const variables = `c.?env.orValue([]).filter(e, ${isCalledSo('e.name', value)} || ${hasForm(value)})`;
const words = '(c.?command.orValue([]) + c.?args.orValue([]))';
const isInCommand = `(${isPassedIn(words)} || ${words}.exists(a, ${hasForm('a')}))`;

const env = (name: string, literal?: string): object => container({ env: [{ name, value: literal }] });
const args = (...list: string[]): object => container({ args: list });
/** The one of the documentation of AWS. */
const ACCESS_KEY = 'AKIAIOSFODNN7EXAMPLE';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-credential-literals',
  covers: ['SEC-02'],
  title: 'No container has a credential written in its environment, command or arguments',
  why: 'Whoever may see a pod reads it there, as does every log of objects; and it stands in the program too.',
  severity: 'high',
  cis: [{ section: '5.4.1' }],
  nsa: 'Secrets',
  match: ['podBearing'],
  parameters: CREDENTIAL_PARAMETERS,
  ...eachContainer(
    `${variables}.size() == 0 && !${isInCommand}`,
    // Never the value itself.
    `(${variables}.size() == 0 ? 'has a credential in its command or arguments'` +
      ` : 'has credentials in the variables ' + ${variables}.map(e, e.name).join(', '))`,
  ),
  remediation: 'Keep it in a Secret, mount that as a file, and name the file to the program.',
  samples: {
    allowed: [
      sample('no environment', pod()),
      sample('no value', pod({ containers: [env('PASSWORD')] })),
      sample('an empty value', pod({ containers: [env('PASSWORD', '')] })),
      sample('a plain variable', pod({ containers: [env('LOG_LEVEL', 'info')] })),
      sample('a name that goes on', pod({ containers: [env('TOKEN_LIFETIME', '3600')] })),
      sample('a path', pod({ containers: [env('DB_PASSWORD', '/run/secrets/db')] })),
      sample('another variable', pod({ containers: [env('DB_PASSWORD', '$(FROM_FILE)')] })),
      sample('a switch', pod({ containers: [env('CSRF_TOKEN', 'true')] })),
      sample('a plain argument', pod({ containers: [args('--log-level=info')] })),
      sample('a switch as argument', pod({ containers: [args('--verify-token=false')] })),
      sample(
        'a file as argument',
        pod({ containers: [args('--token-file=/run/secrets/token', '--verbose')] }),
      ),
      sample('an option without a value', pod({ containers: [args('--print-token', '--verbose')] })),
      sample(
        'a variable as argument',
        pod({ containers: [args('--password', '$(PASSWORD)', '--token=$(TOKEN)')] }),
      ),
      sample('a URL without', pod({ containers: [env('DATABASE', 'postgres://db.example.com:5432/app')] })),
      sample(
        'a URL with a variable',
        pod({ containers: [env('DATABASE', 'postgres://app:$(PASSWORD)@db:5432/app')] }),
      ),
      sample('nothing looked for', pod({ containers: [env('PASSWORD', 'hunter2')] }), {
        names: [],
        formats: [],
      }),
      sample('in a Deployment', workload('Deployment', { containers: [env('LISTEN', ':8080')] })),
    ],
    denied: [
      sample('a password', pod({ containers: [env('DB_PASSWORD', 'hunter2')] })),
      sample('a token in lower case', pod({ containers: [env('api.token', 'hunter2')] })),
      sample('a key', pod({ containers: [env('S3_ACCESS_KEY', 'hunter2')] })),
      sample('a known form', pod({ containers: [env('CONFIG', `{"id":"${ACCESS_KEY}"}`)] })),
      sample('a private key', pod({ containers: [env('PEM', '-----BEGIN PRIVATE KEY-----\nMIIB')] })),
      sample('a URL', pod({ containers: [env('DATABASE', 'postgres://app:hunter2@db:5432/app')] })),
      sample('an argument', pod({ containers: [args('--verbose', '--db-password=hunter2')] })),
      sample('arguments in another case', pod({ containers: [args('--apiToken=hunter2')] })),
      sample('two arguments in another case', pod({ containers: [args('--apiToken', 'hunter2')] })),
      sample('two arguments', pod({ containers: [args('--token', 'hunter2')] })),
      sample('in the command', pod({ containers: [container({ command: ['app', `--id=${ACCESS_KEY}`] })] })),
      sample('a name of the parameter', pod({ containers: [env('PIN', '1234')] }), { names: ['(^|_)pin'] }),
      sample(
        'the second container',
        pod({ containers: [container(), { ...env('TOKEN', 'hunter2'), name: 'b' }] }),
      ),
      sample('an init container', pod({ initContainers: [{ ...env('TOKEN', 'hunter2'), name: 'init' }] })),
      sample(
        'an ephemeral container',
        pod({ ephemeralContainers: [{ ...env('TOKEN', 'hunter2'), name: 'debug' }] }),
      ),
      sample('in a CronJob', workload('CronJob', { containers: [args('--password=hunter2')] })),
    ],
  },
};
