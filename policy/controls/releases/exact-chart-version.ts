import type { ResourceControl } from '../../control';
import { hasDigest, isExact, localChart } from '../../parts/releases';
import { RELEASE_TYPE } from '../../release';
import { release, sample } from '../../samples';

const remote = (version?: string): ReturnType<typeof release> =>
  release({
    chart: 'sample',
    repositoryOpts: { repo: 'https://charts.example.com' },
    ...(version === undefined ? {} : { version }),
  });
const archive = (chart: string, version?: string): ReturnType<typeof release> =>
  release({ chart, ...(version === undefined ? {} : { version }) });

// Before a policy is asked, the provider puts the version that it found in place of a range for a chart that it could
// load. So what is judged is what is left: ranges of charts that it could not, and archives of another version.
export const control: ResourceControl = {
  scope: 'resource',
  id: 'exact-chart-version',
  covers: ['HLM-01'],
  title: 'Every Helm release names one version of its chart',
  why: 'A range, or no version, installs whatever was published last, on each machine and each day another one.',
  severity: 'high',
  cis: [],
  types: [RELEASE_TYPE],
  remediation: 'Set version to an exact one, such as 1.2.3, and name the archive with it.',
  judge: ({ inputs }) => {
    const { chart, version } = inputs;
    const named = typeof version === 'string' ? version : '';
    if (named !== '' && !isExact(named)) return `its version "${named}" is a range`;
    const path = localChart(inputs);
    if (path !== undefined) return path.endsWith('.tgz') ? wrongArchive(path, named) : undefined;
    return named === '' && typeof chart === 'string' && !hasDigest(chart) ? 'it names no version' : undefined;
  },
  samples: {
    allowed: [
      sample('an archive', archive('./charts/sample-1.0.0.tgz')),
      sample('an archive and its version', archive('.charts/sample-v1.2.3-rc.1.tgz', '1.2.3-rc.1')),
      sample('a folder', archive('./charts/sample')),
      sample('from a repository', remote('1.2.3')),
      sample('of a digest', archive(`oci://ghcr.io/example/sample@sha256:${'0'.repeat(64)}`)),
    ],
    denied: [
      sample('no version', remote()),
      sample('an empty version', remote('')),
      sample('a range', remote('^1.2.0')),
      sample('any version', remote('*')),
      sample('a part of a version', remote('1.2')),
      sample('several versions', remote('>=1.2.0 <2.0.0')),
      sample('an archive of another version', archive('.charts/sample-1.2.3.tgz', '1.2.4')),
      sample('an archive without a version', archive('.charts/sample.tgz')),
      sample('a registry without a version', archive('oci://ghcr.io/example/sample')),
    ],
  },
};

/** What is wrong with the name of an archive. A folder is in the repository, and has its version in it. */
function wrongArchive(path: string, version: string): string | undefined {
  const own = /-(v?\d+\.\d+\.\d+[^/]*)\.tgz$/.exec(path)?.[1];
  if (own === undefined) return `its archive ${path} names no version`;
  const same = version === '' || bare(version) === bare(own);
  return same ? undefined : `its version is ${version}, and its archive is of ${own}`;
}

function bare(version: string): string {
  return version.replace(/^v/, '');
}
