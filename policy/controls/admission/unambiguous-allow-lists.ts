import type { ObjectControl } from '../../control';
import { constraint } from '../../parts/admission';
import { sample } from '../../samples';

/** Entries of these are prefixes: what begins like one is allowed. */
const prefixes = 'object.?spec.?parameters.?repos.orValue([])';
/** Entries of these are whole images, but for a star at the end. */
const patterns = 'object.?spec.?parameters.?allowedImages.orValue([])';
/** CEL over an entry: whether it names a registry, and ends where a segment, a tag or a digest does. */
const ends = (entry: string): string =>
  `string(${entry}).matches('^([^/]*[.:][^/]*|localhost)/') && string(${entry}).matches('(/|@sha256:[0-9a-f]{64})$')`;
const ambiguous =
  `(${prefixes}.filter(e, !(${ends('e')})) + ` +
  `${patterns}.filter(e, !(string(e).endsWith('*') ? string(e).matches('^([^/]*[.:][^/]*|localhost)/(.*/)?[*]$') : string(e) != '')))`;

const repos = (...entries: string[]): ReturnType<typeof constraint> =>
  constraint('K8sAllowedRepos', { parameters: { repos: entries } });
const images = (...entries: string[]): ReturnType<typeof constraint> =>
  constraint('K8sAllowedReposv2', { parameters: { allowedImages: entries } });

export const control: ObjectControl = {
  scope: 'object',
  id: 'unambiguous-allow-lists',
  covers: ['ADM-04'],
  title: 'No entry in an allow-list of images admits a registry or repository that only begins like it',
  why: 'The prefix registry.example admits registry.example.evil.test, which anyone can register.',
  severity: 'high',
  cis: [{ section: '5.5.1', heuristic: true }],
  match: ['constraint'],
  expression: `${ambiguous}.size() == 0`,
  message: `'it lists ' + ${ambiguous}.map(e, '"' + string(e) + '"').join(', ')`,
  remediation: 'Name the registry, and end each prefix with a slash; write quay.io/team/ or quay.io/team/*.',
  samples: {
    allowed: [
      sample('a registry', repos('quay.io/', 'ghcr.io/example/')),
      sample('a port', repos('localhost:5000/', 'localhost/')),
      sample('a digest', repos(`quay.io/team/app@sha256:${'0'.repeat(64)}`)),
      sample('a star after a slash', images('quay.io/*', 'ghcr.io/example/*')),
      sample('a whole image', images('quay.io/team/app:1.0.0', 'nginx:1.29')),
      sample('no list', constraint('K8sRequiredLabels', { parameters: { labels: ['team'] } })),
      sample(
        'a list that goes by segments',
        constraint('AllowedRegistries', { parameters: { registries: ['quay.io'] } }),
      ),
      sample('no parameters', constraint('K8sAllowedRepos')),
    ],
    denied: [
      sample('no slash', repos('quay.io')),
      sample('no slash after a path', repos('quay.io/team')),
      sample('an empty prefix, which admits all', repos('')),
      sample('no registry', repos('team/')),
      sample('a tag, which another may begin with', repos('quay.io/team/app:1')),
      sample('one of several', repos('quay.io/', 'ghcr.io')),
      sample('a star in a name', images('quay.io/team*')),
      sample('a star for everything', images('*')),
      sample('an empty image', images('')),
    ],
  },
};
