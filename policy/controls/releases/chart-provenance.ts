import type { ResourceControl } from '../../control';
import { hasDigest, localChart } from '../../parts/releases';
import { RELEASE_TYPE } from '../../release';
import { release, sample } from '../../samples';

const DIGEST = `sha256:${'0'.repeat(64)}`;
const remote = (inputs: object): ReturnType<typeof release> =>
  release({ chart: 'sample', repositoryOpts: { repo: 'https://charts.example.com' }, ...inputs });

export const control: ResourceControl = {
  scope: 'resource',
  id: 'chart-provenance',
  covers: ['HLM-03'],
  title: 'Every chart is known by its digest or its signature',
  why: 'A name and a version say nothing of what is inside: whoever has the repository can publish it again.',
  severity: 'medium',
  cis: [{ section: '5.5.1', heuristic: true }],
  types: [RELEASE_TYPE],
  remediation:
    "Record the digest of the archive in the release's description, name an OCI chart by digest, or set verify and keyring.",
  judge: ({ inputs }) => {
    const { chart, description, keyring, verify } = inputs;
    if (hasDigest(chart)) return undefined;
    if (verify === true)
      return keyring === undefined || keyring === '' ? 'it is verified with no keyring' : undefined;
    if (localChart(inputs) === undefined) return 'nobody checks what its chart holds';
    // Whoever recorded the digest has compared it: the chart is another release with another one.
    const recorded = typeof description === 'string' && /\bsha256:[0-9a-f]{64}\b/.test(description);
    return recorded ? undefined : 'nothing says which archive its chart is';
  },
  samples: {
    allowed: [
      sample('an archive of a recorded digest', release({ description: DIGEST })),
      sample('a signature', remote({ verify: true, keyring: './keys/charts.gpg' })),
      sample('an archive and its signature', release({ verify: true, keyring: './keys/charts.gpg' })),
      sample('by digest', release({ chart: `oci://ghcr.io/example/sample@${DIGEST}` })),
    ],
    denied: [
      sample('an archive', release()),
      sample('an archive and other words', release({ description: 'sha256:unknown' })),
      sample('from a repository', remote({})),
      sample('a digest of what comes from elsewhere', remote({ description: DIGEST })),
      sample('no keyring', remote({ verify: true })),
      sample('a keyring that is not used', remote({ verify: false, keyring: './keys/charts.gpg' })),
      sample('by tag', release({ chart: 'oci://ghcr.io/example/sample', version: '1.0.0' })),
    ],
  },
};
