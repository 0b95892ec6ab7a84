import { nearest, quoted } from '../../stacks/problems';
import { CONTROLS } from '../catalogue';
import type { Control } from '../control';
import { BadInput, problem, type Problem } from './problems';

export const PROFILES = ['pss-baseline', 'pss-restricted', 'cis', 'all'] as const;
export type Profile = (typeof PROFILES)[number];

/**
 * The controls of a run. Those on a whole stack are judged only where the profile says that one is given, or by name: of
 * a lone Deployment nobody can tell whether a NetworkPolicy selects its pods. `all` says so, and `cis`, some of whose
 * sections nothing else judges.
 * @param ids controls by name, beside those of the profile; without both, every control on single objects
 * @throws BadInput naming every id that there is not, or that judges no manifest
 */
export function selectControls(profile: Profile | undefined, ids: readonly string[]): Control[] {
  const problems = ids.flatMap(idFault);
  if (problems.length > 0) throw new BadInput(problems);
  const inProfile = profile ?? (ids.length === 0 ? 'objects' : 'none');
  return CONTROLS.filter((control) => ids.includes(control.id) || belongs(control, inProfile));
}

function belongs({ scope, pss, cis }: Control, profile: Profile | 'objects' | 'none'): boolean {
  if (scope === 'resource') return false;
  if (profile === 'all') return true;
  if (profile === 'cis') return cis.length > 0;
  if (scope !== 'object') return false;
  if (profile === 'pss-baseline') return pss === 'baseline';
  if (profile === 'pss-restricted') return pss !== undefined;
  return profile === 'objects';
}

function idFault(id: string): Problem[] {
  const control = CONTROLS.find((each) => each.id === id);
  if (!control) {
    const near = nearest(
      id,
      CONTROLS.map((each) => each.id),
    );
    return [problem(`the control ${quoted(id)}`, `the id of a control${near}`, 'policy/controls has them')];
  }
  if (control.scope !== 'resource') return [];
  const what = `the control ${id}, which judges resources of the program`;
  return [
    problem(what, 'one that judges manifests', 'Leave it out, or judge a stack: `make policy STACK=…`'),
  ];
}
