/** Policies of the pack beside the controls: they ask for what controls are judged on. */

export const RENDERED_RELEASES = {
  id: 'rendered-releases',
  covers: ['HLM-10'],
  title: 'Every Helm release can be rendered, and what it holds be judged',
  why: 'What a release holds reaches the cluster past the engine: unrendered, no control sees it.',
  severity: 'high',
  remediation: 'Make `helm template` work for the release, with its values.',
} as const;

export const EXEMPTIONS_IN_USE = {
  id: 'exemptions-in-use',
  covers: [],
  title: 'Every exemption is of an object that is there',
  why: 'An exemption that outlives its object waits for another one of the same name, which nobody judged.',
  severity: 'medium',
  remediation:
    'Take it out of policy/exemptions.ts, or say in `optional` why a stack may be without the object.',
} as const;

export const OWN_POLICIES = [RENDERED_RELEASES, EXEMPTIONS_IN_USE] as const;
