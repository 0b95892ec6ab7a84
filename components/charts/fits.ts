import { join } from 'node:path';
import { packArchive } from '../../policy/archive';
import { fullVersion } from '../../policy/release';
import { TransferError } from './download';
import { ChartError } from './error';
import { writeWhole } from './files';
import type { Helm } from './helm';
import { metadataOf } from './verify';

/**
 * Requires that a chart takes a Kubernetes version, so that none is refused half-way through an `up`. Helm is the
 * judge of the chart's `kubeVersion`, on an empty chart that has nothing else: rendering the whole one takes long.
 *
 * @param kubernetesVersion such as "1.36" or "1.36.3"
 * @throws ChartError when the chart does not take it
 */
export async function assertFits(
  bytes: Buffer,
  kubernetesVersion: string,
  helm: Helm,
  where: string,
): Promise<void> {
  const { name = '', version = '', kubeVersion } = metadataOf(bytes);
  if (!kubeVersion) return;
  const probe = join(helm.home, `${name}-probe.tgz`);
  const metadata = { apiVersion: 'v2', name: 'probe', version: '0.0.0', kubeVersion };
  await writeWhole(probe, packArchive('probe', new Map([['Chart.yaml', JSON.stringify(metadata)]])));
  try {
    await helm.run(['template', 'probe', probe, '--kube-version', fullVersion(kubernetesVersion)]);
  } catch (error) {
    if (!(error instanceof TransferError) || !error.message.includes('kubeVersion')) throw error;
    throw new ChartError(
      `chart ${name} ${version} (${where}): expected a kubeVersion that takes Kubernetes ${kubernetesVersion}, ` +
        `found "${kubeVersion}"`,
      'Set platform:cluster.kubernetesVersion to a version that the chart takes and the cluster runs, or use a ' +
        'version of the chart that takes it.',
    );
  }
}
