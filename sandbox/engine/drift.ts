import { describeDrift, type Drift, repairDrift } from '../../components/operations/drift';
import { RELEASE_TYPE } from '../../policy/release';
import type { Api } from '../plane/api';
import type { AsDeclared } from './declared';
import { SandboxError } from './errors';
import type { Changes, EventLog } from './events';

/** Objects inside releases that are not as declared. */
export interface ReleaseDrift {
  found: Drift[];
  /** Whether they were set back. */
  repaired: boolean;
}

/**
 * Sets back what differs inside the releases that an update left alone. What it has just made is as its release declares.
 * @param declared what was as declared before, and need not be looked at
 * @throws SandboxError naming what could not be set back
 */
export async function repairReleases(api: Api, log: EventLog, declared: AsDeclared): Promise<ReleaseDrift> {
  const doneTo = doneBy(log);
  const { problems, repaired } = await repairDrift(api, {
    release: (release) => doneTo(release) === undefined && !declared.holds(release),
    object: (release, object) => !declared.holdsOf(release, object),
  });
  if (problems.length === 0) return { found: repaired, repaired: true };
  throw new SandboxError(
    `the platform is not what it should be:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    'stop what writes these fields, or declare in the settings what is wanted, and run the command again',
  );
}

/** What an update did to a release (`namespace/name`); undefined where nothing. */
export function doneBy({ steps }: EventLog): (release: string) => 'made' | 'changed' | undefined {
  const done = new Map<string, 'made' | 'changed'>();
  for (const { name, op, type } of steps.values()) {
    if (type !== RELEASE_TYPE || op === 'same') continue;
    done.set(name, op === 'create' && done.get(name) !== 'changed' ? 'made' : 'changed');
  }
  return (release) => done.get(release.replace(/.*\//, ''));
}

/** The numbers of an operation, with the objects inside releases: as a refresh counts drift, and an update its steps. */
export function withDrift(changes: Changes, { found, repaired }: ReleaseDrift): Changes {
  const gone = found.filter(({ fields }) => fields.length === 0).length;
  const of = repaired ? 'create' : 'delete';
  return { ...changes, update: changes.update + found.length - gone, [of]: changes[of] + gone };
}

/** A line each. */
export function formatDrift({ found, repaired }: ReleaseDrift): string {
  return found.map((drift) => `  ~ ${describeDrift(drift)}${repaired ? ': set back' : ''}`).join('\n');
}
