import { prepareCharts } from './components/charts/prepare';
import { refuseUnfitCluster } from './components/operations/owner';
import { type PlatformOutputs } from './components/outputs';
import { Platform } from './components/platform';
import { load } from './stacks/settings';

/** The program: settings in, platform, stack outputs out. */
async function program(): Promise<PlatformOutputs> {
  const settings = load();
  await refuseUnfitCluster(settings);
  const digests = await prepareCharts(settings);
  return new Platform('platform', { settings, digests }).outputs;
}

export = program;
