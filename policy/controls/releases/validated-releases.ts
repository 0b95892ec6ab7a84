import type { ResourceControl } from '../../control';
import { forbiddenOptions } from '../../parts/release-options';
import { RELEASE_TYPE } from '../../release';
import { release, sample } from '../../samples';

// A server that validates fields itself, which is every one since Kubernetes 1.27, is asked by Helm for its description,
// and then not a thing is checked (docs/adr/0004).
const VOID = ['*:disableOpenapiValidation'];

const options = forbiddenOptions(
  ['disableOpenapiValidation', 'disableWebhooks', 'disableCRDHooks', 'postrender'],
  VOID,
);

export const control: ResourceControl = {
  scope: 'resource',
  id: 'validated-releases',
  covers: ['HLM-08'],
  title: 'No Helm release switches off what checks it, or is changed after it was rendered',
  why: 'Hooks that are left out were part of the chart, and a program behind the renderer changes what was judged.',
  severity: 'high',
  cis: [],
  types: [RELEASE_TYPE],
  remediation: 'Leave disableOpenapiValidation, disableWebhooks, disableCRDHooks and postrender out.',
  ...options,
  samples: {
    allowed: [
      ...options.samples.allowed,
      sample('a check that the server makes itself', release({ disableOpenapiValidation: true })),
    ],
    denied: [...options.samples.denied, sample('a program', release({ postrender: './change.sh' }))],
  },
};
