import type { ResourceControl } from '../../control';
import { forbiddenOptions } from '../../parts/release-options';
import { RELEASE_TYPE } from '../../release';
import { release, sample } from '../../samples';

const options = forbiddenOptions(['forceUpdate', 'replace', 'recreatePods', 'devel']);

export const control: ResourceControl = {
  scope: 'resource',
  id: 'gentle-upgrades',
  covers: ['HLM-07'],
  title: 'No Helm release is upgraded by force, or to a version under development',
  why: 'Force deletes and makes anew what could have been changed: pods go all at once, and volumes with them.',
  severity: 'medium',
  cis: [],
  types: [RELEASE_TYPE],
  remediation: 'Leave forceUpdate, replace, recreatePods and devel out, and resetValues or reuseValues, too.',
  ...options,
  judge: (resource, parameters) => {
    const { resetValues, reuseValues } = resource.inputs;
    // Helm takes the first and says nothing.
    if (resetValues === true && reuseValues === true) return 'it has both resetValues and reuseValues';
    return options.judge(resource, parameters);
  },
  samples: {
    allowed: [
      ...options.samples.allowed,
      sample('one of two', release({ resetValues: true, reuseValues: false })),
    ],
    denied: [...options.samples.denied, sample('both', release({ resetValues: true, reuseValues: true }))],
  },
};
