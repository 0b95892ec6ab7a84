import * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../../stacks/schema';
import { withKubectl } from './check';
import { MARKER } from './marker';

/** Long enough for a far cluster; a preview without one, as in a pull request, waits no longer. */
const PATIENCE = '--request-timeout=5s';

/**
 * Refuses a cluster whose marker names another stack, at preview too. The API server refuses only the update that
 * would make the marker: a stack that has made its own would go on against any cluster that the kubeconfig leads to.
 * A cluster that does not answer is left to the provider.
 *
 * @throws RunError naming the cluster's owner, and what to do; Pulumi prints it without a stack trace.
 */
export async function refuseForeignCluster({ cluster }: Settings): Promise<void> {
  const owner = await readOwner(await textOf(cluster.kubeconfig), cluster.context);
  const self = `${pulumi.getProject()}/${pulumi.getStack()}`;
  if (owner === undefined || owner === self) return;
  throw new pulumi.RunError(
    `the cluster belongs to ${owner}, says its ConfigMap ${MARKER.namespace}/${MARKER.name}, and this is ${self}; ` +
      'nothing was touched.\n' +
      'Set platform:cluster.context, or KUBECONFIG, to the cluster of this stack.',
  );
}

async function readOwner(kubeconfig?: string, context?: string): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${MARKER.namespace}/configmaps/${MARKER.name}`;
  try {
    const text = await withKubectl({ kubeconfig, context }, (kubectl) =>
      kubectl('get', '--raw', path, PATIENCE),
    );
    const { data } = JSON.parse(text) as { data?: { project?: string; stack?: string } };
    return `${data?.project ?? ''}/${data?.stack ?? ''}`;
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
