import * as pulumi from '@pulumi/pulumi';
import { setCommand } from '../../stacks/paths';
import type { Settings } from '../../stacks/schema';
import { type Kubectl, withKubectl } from './check';
import { MARKER } from './marker';
import { LIVE_SETTINGS, liveSettings, unsafeChanges } from './transitions';

/** Long enough for a far cluster; a preview without one, as in a pull request, waits no longer. */
const PATIENCE = '--request-timeout=5s';

/** What the API server says to one who may not ask that: it is there, and lets the user in. */
const FORBIDDEN = /^Error from server \(Forbidden\)/m;

/** What a cluster says of the stack that it was made by. */
interface Live {
  owner: string | undefined;
  settings: Record<string, string>;
}

/**
 * Refuses what a live cluster can't take, at preview too, before anything is touched: another stack's program, a
 * Kubernetes older than the settings say, and settings that what lives on it can't follow. The API server refuses only
 * the update that would make the marker: a stack that has made its own would go on against any cluster that the
 * kubeconfig leads to. A cluster that can't be asked stops an update; a preview, which works without one, only warns.
 *
 * @throws RunError naming what was found, what is expected and what to do; Pulumi prints it without a stack trace.
 */
export async function refuseUnfitCluster(settings: Settings): Promise<void> {
  const [kubeconfig, { context, kubernetesVersion }] = [
    await textOf(settings.cluster.kubeconfig),
    settings.cluster,
  ];
  const problem = await withKubectl({ kubeconfig, context }, async (kubectl) => {
    try {
      const live = await readLive(kubectl);
      return liveProblem(live, settings) ?? (await versionProblem(kubectl, kubernetesVersion));
    } catch (error) {
      const reason = await explain(error, kubectl, context);
      if (!pulumi.runtime.isDryRun()) return reason;
      await pulumi.log.warn(`the preview knows nothing of the cluster: ${reason}`);
      return undefined;
    }
  });
  if (problem !== undefined) throw new pulumi.RunError(problem);
}

function liveProblem(live: Live, settings: Settings): string | undefined {
  const self = `${pulumi.getProject()}/${pulumi.getStack()}`;
  if (live.owner === undefined) return undefined;
  if (live.owner !== self) {
    return (
      `the cluster belongs to ${live.owner}, says its ConfigMap ${MARKER.namespace}/${MARKER.name}, and this is ${self}; ` +
      'nothing was touched.\n' +
      'Set platform:cluster.context, or KUBECONFIG, to the cluster of this stack.'
    );
  }
  const problems = unsafeChanges(live.settings, liveSettings(settings), settings.protection.allowChanges);
  if (problems.length === 0) return undefined;
  return [
    'the live cluster can’t follow a change of settings; nothing was touched.',
    ...problems.map((problem) => `  ${problem}`),
    'Change the setting back; or, where the loss is meant, name it in platform:protection.allowChanges.',
  ].join('\n');
}

async function versionProblem(kubectl: Kubectl, expected: string): Promise<string | undefined> {
  const text = await ask(kubectl, 'get', '--raw', '/version');
  const { gitVersion = '' } = JSON.parse(text || '{}') as { gitVersion?: string };
  const found = minorOf(gitVersion);
  if (found === undefined || found >= (minorOf(expected) ?? 0)) return undefined;
  return (
    `the cluster runs Kubernetes ${gitVersion}, and platform:cluster.kubernetesVersion is "${expected}": it must be ` +
    'that or newer; nothing was touched.\n' +
    'Set platform:cluster.kubernetesVersion to what the cluster runs, or upgrade the cluster.'
  );
}

async function readLive(kubectl: Kubectl): Promise<Live> {
  const names = [MARKER.name, LIVE_SETTINGS.name];
  const args = ['get', 'configmaps', ...names, '--namespace', MARKER.namespace, '--ignore-not-found'];
  const text = await ask(kubectl, ...args, '--output', 'json');
  const { items = [] } = JSON.parse(text || '{}') as {
    items?: { metadata: { name: string }; data?: Record<string, string> }[];
  };
  const data = (name: string): Record<string, string> | undefined =>
    items.find(({ metadata }) => metadata.name === name)?.data;
  const owner = data(MARKER.name);
  return {
    owner: owner && `${owner.project ?? ''}/${owner.stack ?? ''}`,
    settings: data(LIVE_SETTINGS.name) ?? {},
  };
}

/** The answer of the cluster, or '' where it has none for this user. */
async function ask(kubectl: Kubectl, ...args: string[]): Promise<string> {
  try {
    return await kubectl(...args, PATIENCE);
  } catch (error) {
    if (FORBIDDEN.test((error as Error).message)) return '';
    throw error;
  }
}

/** Why the cluster can't be asked, and what to do. */
async function explain(error: unknown, kubectl: Kubectl, context: string | undefined): Promise<string> {
  const words = (error as Error).message.trim().split('\n').at(-1) ?? '';
  if (context !== undefined && words.includes(`context "${context}" does not exist`)) {
    const known = await kubectl('config', 'get-contexts', '-o', 'name').catch(() => '');
    return (
      `platform:cluster.context "${context}" is not in the kubeconfig, which has ` +
      `${known.trim().split('\n').join(', ') || 'no context'}; nothing was touched.\n` +
      `Set it: ${setCommand(pulumi.getStack(), ['cluster', 'context'], false)}`
    );
  }
  return (
    `the cluster${context === undefined ? '' : ` of platform:cluster.context "${context}"`} cannot be reached: ` +
    `${words}; nothing was touched.\n` +
    'See that platform:cluster.kubeconfig (without it, KUBECONFIG) and platform:cluster.context lead to a cluster ' +
    'that runs and lets you in.'
  );
}

/** 36 of "1.36" and of "v1.36.3". */
function minorOf(version: string): number | undefined {
  const minor = /^v?1\.(\d+)/.exec(version)?.[1];
  return minor === undefined ? undefined : Number(minor);
}

/** The value of a setting, which is known as soon as the settings are. */
function textOf(value: pulumi.Output<string> | undefined): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (value) value.apply(resolve);
    else resolve(undefined);
  });
}
