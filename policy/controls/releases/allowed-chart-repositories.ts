import type { ResourceControl } from '../../control';
import { repositoryOf } from '../../parts/releases';
import { RELEASE_TYPE } from '../../release';
import { release, sample } from '../../samples';

const from = (repo: string): ReturnType<typeof release> =>
  release({ chart: 'sample', repositoryOpts: { repo } });
const allow = (...repositories: string[]): { repositories: string[] } => ({ repositories });

export const control: ResourceControl = {
  scope: 'resource',
  id: 'allowed-chart-repositories',
  covers: ['HLM-02'],
  title: 'Every chart comes from disk or from an allowed repository, encrypted on its way',
  why: 'A chart runs anything on the cluster: whoever can change it, or put another in its place, owns it.',
  severity: 'high',
  cis: [{ section: '5.5.1', heuristic: true }],
  types: [RELEASE_TYPE],
  parameters: {
    repositories: {
      type: 'array',
      items: { type: 'string', pattern: '^(https|oci)://[^/]+(/.*)?$' },
      description: 'Repositories and registries, or paths in them, by whole segments.',
      default: [],
    },
  },
  remediation: 'Keep the archive in the project, or add the repository to the parameter repositories.',
  judge: ({ inputs }, { repositories }) => {
    const repository = repositoryOf(inputs);
    if (repository === undefined) return undefined;
    if (!/^(https|oci):\/\//.test(repository)) return `its chart comes from ${repository} unencrypted`;
    const within = (one: string): boolean => `${repository}/`.startsWith(`${one.replace(/\/+$/, '')}/`);
    return (repositories as string[]).some(within) ? undefined : `its chart comes from ${repository}`;
  },
  samples: {
    allowed: [
      sample('from disk', release()),
      sample('a repository', from('https://charts.example.com'), allow('https://charts.example.com')),
      sample('with a slash', from('https://charts.example.com/'), allow('https://charts.example.com/')),
      sample(
        'a path of a registry',
        release({ chart: 'oci://ghcr.io/example/sample' }),
        allow('oci://ghcr.io/example'),
      ),
    ],
    denied: [
      sample('a repository that nobody allowed', from('https://charts.example.com')),
      sample('another repository', from('https://charts.example.org'), allow('https://charts.example.com')),
      sample(
        'a look-alike',
        from('https://charts.example.com.evil.test'),
        allow('https://charts.example.com'),
      ),
      sample(
        'a look-alike path',
        release({ chart: 'oci://ghcr.io/example-2/sample' }),
        allow('oci://ghcr.io/example'),
      ),
      sample('unencrypted', from('http://charts.example.com'), allow('https://charts.example.com')),
      sample('an archive on a server', release({ chart: 'https://example.com/sample-1.0.0.tgz' })),
    ],
  },
};
