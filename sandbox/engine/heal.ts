import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Deployment } from '@pulumi/pulumi/automation';
import { RELEASE_TYPE } from '../../policy/release';
import type { Api, KubeObject } from '../plane/api';
import type { Tool, ToolName } from '../toolchain/obtain';
import { remindOfCrds } from './stuck';

const run = promisify(execFile);
const UNFINISHED = ['pending-install', 'pending-upgrade', 'pending-rollback', 'uninstalling'];

interface PendingOperation {
  type: string;
  resource: { urn: string; type: string; inputs?: { name?: string; namespace?: string } };
}

interface StateContent {
  pending_operations?: PendingOperation[];
  resources?: { urn: string }[];
}

/**
 * Clears what a killed run left of Helm's releases, which Helm itself refuses to touch ("another operation is in
 * progress", "cannot re-use a name"). A first install that never ended, or that ended without the engine noting it,
 * is uninstalled and made anew. Of a later operation only its record is removed, so that the deployed revision
 * before it counts again. Nothing can be under way: commands on a stack are serialised.
 *
 * @returns a sentence for each release.
 */
export async function healReleases(
  api: Api,
  state: Deployment,
  kubeconfig: string,
  tools: Map<ToolName, Tool>,
): Promise<string[]> {
  const records = await releaseRecords(api);
  const unnoted = unnotedReleases(state);
  const healed: string[] = [];
  for (const record of records) {
    const { key, namespace, name, status, first } = describe(record);
    const unfinished = UNFINISHED.includes(status);
    if (!unfinished && !unnoted.has(key)) continue;
    if (unnoted.has(key) || (first && status === 'pending-install')) {
      const args = ['--kubeconfig', kubeconfig, 'uninstall', name, '-n', namespace, '--no-hooks', '--wait'];
      const reminding = setInterval(() => void remindOfCrds(api, 2).catch(() => undefined), 2000);
      await run(tools.get('helm')?.path ?? 'helm', args).finally(() => clearInterval(reminding));
      unnoted.delete(key);
    } else {
      await api.call('DELETE', `/api/v1/namespaces/${namespace}/secrets/${record.metadata.name}`);
    }
    healed.push(`release ${key} was left ${unfinished ? status : 'unrecorded'} by a killed run: cleared`);
  }
  return healed;
}

/**
 * Releases of the state, as namespace/name, that Helm knows nothing of: uninstalled by hand, or by a destroy that gave
 * up on waiting for what they held. Only a refresh makes the engine see that.
 */
export async function lostReleases(api: Api, { deployment }: Deployment): Promise<string[]> {
  const { resources = [] } = (deployment ?? {}) as {
    resources?: { type: string; outputs?: { name?: string; namespace?: string } }[];
  };
  const records = await releaseRecords(api);
  const known = new Set(records.map((record) => describe(record).key));
  return resources
    .filter(({ type }) => type === RELEASE_TYPE)
    .map(({ outputs }) => `${outputs?.namespace ?? ''}/${outputs?.name ?? ''}`)
    .filter((key) => !known.has(key));
}

/**
 * What Helm made of releases whose installation or upgrade failed, a sentence each.
 * @param names of the releases
 */
export async function failedReleases(api: Api, names: readonly string[]): Promise<string[]> {
  const records = await releaseRecords(api);
  const revisions = records.map(describe).sort((one, other) => one.revision - other.revision);
  return names.flatMap((name) => {
    const own = revisions.filter((each) => each.name === name);
    const last = own.at(-1);
    if (last?.status !== 'failed') return [];
    const whole = own.filter(({ status }) => status === 'deployed').at(-1);
    const outcome = whole
      ? `revision ${last.revision} failed and was not rolled back: what it changed stays, what it added is removed; ` +
        `revision ${whole.revision} is the last that was whole`
      : `revision ${last.revision} failed, and what it made stays`;
    return [`release ${last.key}: ${outcome}; the next \`up\` goes on from there`];
  });
}

/** Releases, as namespace/name, whose creation was begun and whose end the engine did not see. */
function unnotedReleases({ deployment }: Deployment): Set<string> {
  const { pending_operations: operations, resources } = (deployment ?? {}) as StateContent;
  const known = new Set((resources ?? []).map(({ urn }) => urn));
  const begun = (operations ?? []).filter(
    ({ type, resource }) => type === 'creating' && resource.type === RELEASE_TYPE && !known.has(resource.urn),
  );
  return new Set(begun.map(({ resource: { inputs } }) => `${inputs?.namespace ?? ''}/${inputs?.name ?? ''}`));
}

/**
 * The state without its notes of creations that were begun, or undefined when it has none. What they began is made
 * again: objects by server-side apply, whether they exist or not, releases because they were cleared.
 */
export function withoutPendingCreates(state: Deployment): Deployment | undefined {
  const content = (state.deployment ?? {}) as StateContent;
  const others = (content.pending_operations ?? []).filter(({ type }) => type !== 'creating');
  if (others.length === (content.pending_operations ?? []).length) return undefined;
  return { ...state, deployment: { ...content, pending_operations: others } };
}

/** Helm's record of each revision of each release. */
function releaseRecords(api: Api): Promise<KubeObject[]> {
  return api.list(`/api/v1/secrets?labelSelector=${encodeURIComponent('owner=helm')}`);
}

function describe({ metadata }: KubeObject): {
  key: string;
  namespace: string;
  name: string;
  status: string;
  revision: number;
  first: boolean;
} {
  const { name = '', status = '', version = '' } = metadata.labels ?? {};
  const namespace = metadata.namespace ?? '';
  return {
    key: `${namespace}/${name}`,
    namespace,
    name,
    status,
    revision: Number(version),
    first: version === '1',
  };
}
