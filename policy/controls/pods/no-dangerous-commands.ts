import { eachContainer, type ObjectControl } from '../../control';
import { container, pod, sample, workload } from '../../samples';

const command = "(c.?command.orValue([]) + c.?args.orValue([])).join(' ')";

const runs = (script: string, name = 'app'): object => container({ name, command: ['sh', '-c', script] });

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-dangerous-commands',
  covers: ['POD-16'],
  title: 'No container runs sudo, or what it downloads when it starts',
  why: 'What is piped into a shell was in no image, so nobody scanned or signed it, and tomorrow it is something else.',
  severity: 'low',
  cis: [],
  nsa: 'Building secure container images',
  match: ['podBearing'],
  parameters: {
    patterns: {
      type: 'array',
      items: { type: 'string' },
      description:
        'Regular expressions (RE2, and no look-around) that no command with its arguments may match.',
      default: [
        '(^|[\\s;&|(/])sudo(\\s|$)',
        '(curl|wget)\\s[^|;&]*[|]\\s*([\\w/.=-]+\\s+)*([\\w/.-]*/)?(ba|da|z|k|a)?sh(\\s|[-;&|)]|$)',
        '(eval|source|sh\\s+-c)\\s+["\']?([$<][(]|`)\\s*(curl|wget)\\s',
      ],
    },
  },
  ...eachContainer(
    `!variables.params.patterns.exists(p, ${command}.matches(p))`,
    `'runs what matches ' + variables.params.patterns.filter(p, ${command}.matches(p)).join(' and ')`,
  ),
  remediation: 'Put what it needs into the image, and run it as the user that the container has.',
  samples: {
    allowed: [
      sample("the image's own", pod()),
      sample('an empty command', pod({ containers: [container({ command: [], args: [] })] })),
      sample('a script', pod({ containers: [runs('exec /app --listen=:8080')] })),
      sample('a download', pod({ containers: [runs('curl -fsS http://api/healthz | grep ok')] })),
      sample('a name that holds another', pod({ containers: [runs('visudo-check && pseudo run')] })),
      sample('none forbidden', pod({ containers: [runs('sudo ls')] }), { patterns: [] }),
      sample('in a Job', workload('Job', { containers: [container({ args: ['--sudo=false'] })] })),
    ],
    denied: [
      sample('sudo', pod({ containers: [runs('sudo chown app /data')] })),
      sample('sudo as the command', pod({ containers: [container({ command: ['/usr/bin/sudo', 'ls'] })] })),
      sample(
        'a download into a shell',
        pod({ containers: [runs('curl -fsSL https://example.com/i.sh | sh')] }),
      ),
      sample(
        'another shell',
        pod({ containers: [runs('wget -qO- https://example.com/i.sh |/bin/bash -s -- -y')] }),
      ),
      sample('with a variable', pod({ containers: [runs('curl https://example.com/i | VERSION=1 sh -')] })),
      sample('by evaluation', pod({ containers: [runs('eval "$(curl -fsSL https://example.com/i.sh)"')] })),
      sample(
        'over command and arguments',
        pod({
          containers: [container({ command: ['sh', '-c'], args: ['$(curl https://example.com/i.sh)'] })],
        }),
      ),
      sample('one of the parameter', pod({ containers: [runs('nc -l 4444')] }), {
        patterns: ['\\bnc\\s+-l'],
      }),
      sample(
        'an init container',
        pod({ initContainers: [runs('sudo sysctl -w vm.max_map_count=262144', 'init')] }),
      ),
      sample('an ephemeral container', pod({ ephemeralContainers: [runs('sudo id', 'debug')] })),
      sample('in a CronJob', workload('CronJob', { containers: [runs('sudo id')] })),
    ],
  },
};
