import { CHARTS_FOLDER } from './components/catalogue';
import { prepareCharts } from './components/charts/prepare';
import { refuseUnfitCluster } from './components/operations/owner';
import { type PlatformOutputs } from './components/outputs';
import { createPlatform } from './components/platform';
import { load } from './stacks/settings';

/** The program: settings in, platform, stack outputs out. */
async function program(): Promise<PlatformOutputs> {
  const settings = load();
  await refuseUnfitCluster(settings);
  const digests = await prepareCharts(settings);
  return createPlatform({ settings, digests }, CHARTS_FOLDER);
}

export = program;
