import { existsSync, readFileSync } from 'node:fs';
import { identityOf, type KubernetesObject } from '../../policy/objects';
import type { Api, KubeObject } from '../plane/api';
import { listAll, listCollections } from '../plane/discovery';

/** How much of what a run has put on the cluster was judged in it. */
export interface Coverage {
  /** Objects on the cluster that Pulumi or Helm made, in this run or before. */
  applied: number;
  judged: number;
  /** The others, as `group/Kind namespace/name`. */
  missing: string[];
}

/** The metadata of every object on the cluster. */
export async function liveObjects(api: Api): Promise<KubeObject[]> {
  return listAll(api, await listCollections(api), 'metadata');
}

/**
 * Counts what is on the cluster, not what anybody says of it: each object that Pulumi's provider or Helm wrote, against
 * the list of those that the policy pack judged.
 * @param live `liveObjects`
 * @param file what the pack wrote, `StackPaths.judged`
 */
export function coverageOf(live: readonly KubeObject[], file: string): Coverage {
  const judged = new Set(existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as string[]) : []);
  const applied = [
    ...new Set(live.filter(isApplied).map((object) => identityOf(object as KubernetesObject))),
  ];
  const missing = applied.filter((identity) => !judged.has(identity)).sort();
  return { applied: applied.length, judged: applied.length - missing.length, missing };
}

/**
 * Asks for all that `liveObjects` will. The API server makes itself ready for a kind when it is first asked for it: of
 * a hundred custom ones that is a second, in which else nothing would happen.
 */
export async function askAhead(api: Api): Promise<void> {
  await liveObjects(api).catch(() => []);
}

/**
 * Whether Pulumi's provider wrote it, which is Helm here, too, or it was set back to what its release declares; Helm's own
 * records of its releases are no objects of a chart.
 */
function isApplied({ metadata }: KubeObject): boolean {
  const { managedFields = [], name } = metadata as { managedFields?: { manager?: string }[]; name: string };
  return (
    !name.startsWith('sh.helm.release.v1.') &&
    managedFields.some(({ manager = '' }) => manager.startsWith('pulumi-') || manager === 'helm')
  );
}
