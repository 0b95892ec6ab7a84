import { createHash } from 'node:crypto';
import { CHART_NAMES, type ChartName } from '../../components/catalogue';
import { construct as constructWith, type Construction } from '../../sandbox/program/construct';
import type { Settings } from '../../stacks/schema';

export { Construction, type Fields, GENERATED, type Recorded } from '../../sandbox/program/construct';

/** The digests that a construction is given: other ones than any archive has. */
export const DIGESTS: ReadonlyMap<ChartName, string> = new Map(
  CHART_NAMES.map((chart) => [chart, createHash('sha256').update(chart).digest('hex')]),
);

/** Constructs the platform on a mocked engine, as `sandbox/program/construct.ts` does it. */
export function construct(
  settings: Settings,
  options: { project?: string; stack?: string } = {},
): Promise<Construction> {
  return constructWith(settings, DIGESTS, options);
}
