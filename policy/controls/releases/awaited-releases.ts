import type { ResourceControl } from '../../control';
import { RELEASE_TYPE } from '../../release';
import { release, sample } from '../../samples';

const GOOD = { cleanupOnFail: true, waitForJobs: true };

export const control: ResourceControl = {
  scope: 'resource',
  id: 'awaited-releases',
  covers: ['HLM-04'],
  title: 'Every Helm release is waited for, and cleaned up where it fails',
  why: 'An update that nobody waits for succeeds whatever happens, and one that fails leaves half of itself behind.',
  severity: 'medium',
  cis: [],
  types: [RELEASE_TYPE],
  parameters: {
    allow: {
      type: 'array',
      items: { type: 'string' },
      description:
        "Names of releases that something else waits for; by default cert-manager's and Gatekeeper's, whose hooks ask the " +
        "webhook, and that of Calico's operator, for whose network every later pod waits.",
      default: ['calico', 'cert-manager', 'gatekeeper'],
    },
  },
  remediation: 'Set atomic or cleanupOnFail, and waitForJobs, to true; leave skipAwait out.',
  judge: ({ name, inputs: { atomic, cleanupOnFail, skipAwait, waitForJobs } }, { allow }) => {
    if (skipAwait === true && !(allow as string[]).includes(name)) return 'nobody waits for it';
    // Helm waits for hooks anyway; which other Jobs a chart has, the release does not say.
    if (waitForJobs === undefined || waitForJobs === false) return 'nobody waits for its Jobs';
    const leaves = [atomic, cleanupOnFail].every((value) => value === undefined || value === false);
    return leaves ? 'it leaves behind what it made before it failed' : undefined;
  },
  samples: {
    allowed: [
      sample('cleaned up', release(GOOD)),
      sample('taken back', release({ atomic: true, waitForJobs: true })),
      sample('waited for', release({ ...GOOD, skipAwait: false })),
      sample('waited for by something else', release({ ...GOOD, skipAwait: true }), { allow: ['sample'] }),
    ],
    denied: [
      sample('nothing said', release()),
      sample('left behind', release({ waitForJobs: true })),
      sample('all false', release({ atomic: false, cleanupOnFail: false, waitForJobs: true })),
      sample('not waited for', release({ ...GOOD, skipAwait: true })),
      sample('not waited for by default', release({ ...GOOD, skipAwait: true }), { allow: [] }),
      sample('another is waited for', release({ ...GOOD, skipAwait: true }), { allow: ['other'] }),
      sample('Jobs not waited for', release({ cleanupOnFail: true })),
    ],
  },
};
