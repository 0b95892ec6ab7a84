/** Why a workload has fewer pods than it should: what its controllers, its pods and the last event say. */

/** The parts of Deployments, ReplicaSets, pods and events that say something of it. */
interface Item {
  kind: string;
  metadata: { name: string; namespace: string; ownerReferences?: { kind: string; name: string }[] };
  status?: {
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
  // Of events.
  type?: string;
  reason?: string;
  message?: string;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  involvedObject?: { kind: string; name: string };
}

interface ContainerStatus {
  name: string;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string } };
  lastState?: { terminated?: { exitCode?: number; reason?: string } };
}

type Kubectl = (...args: string[]) => Promise<string>;

/** Longest part of a message that is shown; admission's can be pages. */
const MOST = 400;

/**
 * The reason as a clause that follows the workload's name, such as "pod app-7d4-x: container app: ImagePullBackOff: …";
 * empty when nothing says one. Asks for the objects of the namespace once.
 */
export async function reasonOf(
  workload: { kind: string; namespace: string; name: string },
  kubectl: Kubectl,
): Promise<string> {
  const { kind, name, namespace } = workload;
  const wanted = 'deployments,statefulsets,daemonsets,jobs,replicasets,pods,events';
  const { items } = JSON.parse(await kubectl('get', wanted, '-n', namespace, '-o', 'json')) as {
    items: Item[];
  };
  const family = familyOf(items, kind, name);
  const reasons = family.flatMap((item) => [...ofConditions(item), ...ofContainers(item)]);
  const [event] = items
    .filter(
      ({ kind: type, involvedObject }) =>
        type === 'Event' &&
        family.some(
          (item) => item.kind === involvedObject?.kind && item.metadata.name === involvedObject.name,
        ),
    )
    .filter(({ type }) => type === 'Warning')
    .sort((one, other) => (timeOf(one) < timeOf(other) ? 1 : -1));
  const last = event
    ? [
        `last event: ${event.involvedObject?.kind} ${event.involvedObject?.name}: ${event.reason}: ${cut(event.message)}`,
      ]
    : [];
  // Pods of one workload mostly fail for one reason.
  return [...[...new Set(reasons)].slice(0, 2), ...last].join('; ');
}

/** The workload, what it owns, and what that owns. */
function familyOf(items: Item[], kind: string, name: string): Item[] {
  const family = items.filter((item) => item.kind === kind && item.metadata.name === name);
  for (let next = family; next.length > 0;) {
    const owned = items.filter(({ metadata: { ownerReferences = [] } }) =>
      ownerReferences.some((owner) =>
        next.some((item) => item.kind === owner.kind && item.metadata.name === owner.name),
      ),
    );
    family.push(...owned);
    next = owned;
  }
  return family;
}

function ofConditions({ kind, metadata: { name }, status }: Item): string[] {
  return (status?.conditions ?? []).flatMap(({ type, status: value, reason, message }) => {
    const bad =
      (type === 'ReplicaFailure' && value === 'True') || (type === 'PodScheduled' && value === 'False');
    return bad ? [`${kind} ${name}: ${reason}: ${cut(message)}`] : [];
  });
}

function ofContainers({ kind, metadata: { name: pod }, status }: Item): string[] {
  if (kind !== 'Pod') return [];
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].flatMap(
    ({ name, lastState, restartCount = 0, state }) => {
      const { reason, message } = state?.waiting ?? {};
      if (!reason || reason === 'ContainerCreating' || reason === 'PodInitializing') return [];
      const { exitCode, reason: why } = lastState?.terminated ?? {};
      const ended =
        exitCode === undefined ? '' : `, ended ${restartCount} times, last with code ${exitCode} (${why})`;
      return [`pod ${pod}: container ${name}: ${reason}${message ? `: ${cut(message)}` : ''}${ended}`];
    },
  );
}

function timeOf({ eventTime, lastTimestamp }: Item): string {
  return lastTimestamp ?? eventTime ?? '';
}

function cut(message = ''): string {
  const line = message.replace(/\s+/g, ' ').trim();
  return line.length > MOST ? `${line.slice(0, MOST)}…` : line;
}
