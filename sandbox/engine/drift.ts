import { describeDrift, type Drift, findDrift, repairDrift } from '../../components/operations/drift';
import { RELEASE_TYPE } from '../../policy/release';
import type { Api } from '../plane/api';
import { SandboxError } from './errors';
import type { Changes, EventLog } from './events';

/** Objects inside releases that are not as declared. */
export interface ReleaseDrift {
  found: Drift[];
  /** Whether they were set back. */
  repaired: boolean;
}

/**
 * What differs inside the releases that an operation left alone: a `refresh` says it, an `up` sets it back. What an
 * update has just made is as its release declares.
 * @throws SandboxError naming what could not be set back
 */
export async function releaseDrift(
  operation: 'up' | 'refresh',
  api: Api,
  log: EventLog,
): Promise<ReleaseDrift> {
  const touched = new Set(
    [...log.steps.values()]
      .filter(({ op, type }) => type === RELEASE_TYPE && op !== 'same')
      .map(({ name }) => name),
  );
  if (operation === 'refresh') return { found: await findDrift(api), repaired: false };
  const { problems, repaired } = await repairDrift(
    api,
    (release) => !touched.has(release.replace(/.*\//, '')),
  );
  if (problems.length === 0) return { found: repaired, repaired: true };
  throw new SandboxError(
    `the platform is not what it should be:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    'stop what writes these fields, or declare in the settings what is wanted, and run the command again',
  );
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
