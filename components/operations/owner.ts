import * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../../stacks/schema';
import { withKubectl } from './check';
import { MARKER } from './marker';
import { LIVE_SETTINGS, liveSettings, unsafeChanges } from './transitions';

/** Long enough for a far cluster; a preview without one, as in a pull request, waits no longer. */
const PATIENCE = '--request-timeout=5s';

/** What a cluster says of the stack that it was made by. */
interface Live {
  owner: string | undefined;
  settings: Record<string, string>;
}

/**
 * Refuses what a live cluster can't take, at preview too, before anything is touched: another stack's program, and
 * settings that what lives on it can't follow. The API server refuses only the update that would make the marker: a
 * stack that has made its own would go on against any cluster that the kubeconfig leads to. A cluster that does not
 * answer is left to the provider.
 *
 * @throws RunError naming the cluster's owner, or each setting, and what to do; Pulumi prints it without a stack trace.
 */
export async function refuseUnfitCluster(settings: Settings): Promise<void> {
  const { cluster, protection } = settings;
  const live = await readLive(await textOf(cluster.kubeconfig), cluster.context);
  const self = `${pulumi.getProject()}/${pulumi.getStack()}`;
  if (live?.owner === undefined) return;
  if (live.owner !== self) {
    throw new pulumi.RunError(
      `the cluster belongs to ${live.owner}, says its ConfigMap ${MARKER.namespace}/${MARKER.name}, and this is ${self}; ` +
        'nothing was touched.\n' +
        'Set platform:cluster.context, or KUBECONFIG, to the cluster of this stack.',
    );
  }
  const problems = unsafeChanges(live.settings, liveSettings(settings), protection.allowChanges);
  if (problems.length === 0) return;
  throw new pulumi.RunError(
    [
      'the live cluster can’t follow a change of settings; nothing was touched.',
      ...problems.map((problem) => `  ${problem}`),
      'Change the setting back; or, where the loss is meant, name it in platform:protection.allowChanges.',
    ].join('\n'),
  );
}

async function readLive(kubeconfig?: string, context?: string): Promise<Live | undefined> {
  const names = [MARKER.name, LIVE_SETTINGS.name];
  const args = ['get', 'configmaps', ...names, '--namespace', MARKER.namespace, '--ignore-not-found'];
  try {
    const text = await withKubectl({ kubeconfig, context }, (kubectl) =>
      kubectl(...args, '--output', 'json', PATIENCE),
    );
    const { items = [] } = JSON.parse(text === '' ? '{}' : text) as {
      items?: { metadata: { name: string }; data?: Record<string, string> }[];
    };
    const data = (name: string): Record<string, string> | undefined =>
      items.find(({ metadata }) => metadata.name === name)?.data;
    const owner = data(MARKER.name);
    return {
      owner: owner && `${owner.project ?? ''}/${owner.stack ?? ''}`,
      settings: data(LIVE_SETTINGS.name) ?? {},
    };
  } catch {
    return undefined;
  }
}

/** The value of a setting, which is known as soon as the settings are. */
function textOf(value: pulumi.Output<string> | undefined): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (value) value.apply(resolve);
    else resolve(undefined);
  });
}
