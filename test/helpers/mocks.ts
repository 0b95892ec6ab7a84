import { createHash } from 'node:crypto';
import { CHART_NAMES, type ChartName, CONTROLS_CHART } from '../../components/catalogue';
import type { PlatformOutputs } from '../../components/outputs';
import { Platform } from '../../components/platform';
import { constructMocked, type Recorded } from '../../sandbox/engine/construct';
import type { Settings } from '../../stacks/schema';

export { GENERATED, type Fields, type Recorded } from '../../sandbox/engine/construct';

/** The digests that a construction is given: other ones than any archive has. */
export const DIGESTS: ReadonlyMap<ChartName, string> = new Map(
  CHART_NAMES.map((chart) => [chart, createHash('sha256').update(chart).digest('hex')]),
);

/** As the program makes them. */
const CONTROLS = {
  ...CONTROLS_CHART,
  archive: 'platform-controls-test-1.0.0.tgz',
  digest: createHash('sha256').update('controls').digest('hex'),
};

/** A whole platform, as it was constructed on a mocked engine. */
export class Construction {
  private readonly byUrn: ReadonlyMap<string, Recorded>;
  private readonly reached = new Map<string, ReadonlySet<string>>();

  constructor(
    readonly resources: readonly Recorded[],
    /** The stack's outputs, resolved; `[secret]` in place of what is secret. */
    readonly outputs: PlatformOutputs,
  ) {
    this.byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  }

  /** What the engine orders: every resource but the components. */
  custom(): Recorded[] {
    return this.resources.filter(({ custom }) => custom);
  }

  /** The resources of a type; the end of it is enough: `:Namespace`. */
  ofType(type: string): Recorded[] {
    return this.resources.filter((resource) => resource.type.endsWith(type));
  }

  /** The one resource with this end of a type and this name. */
  one(type: string, name: string): Recorded {
    const found = this.ofType(type).filter((resource) => resource.name === name);
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources are ${type} ${name}`);
    return found[0];
  }

  /** Whether `later` is made only after `earlier`, directly or by way of others. */
  waits(later: Recorded, earlier: Recorded): boolean {
    return this.before(later.urn).has(earlier.urn);
  }

  /** URNs of everything that is made before a resource. */
  private before(urn: string): ReadonlySet<string> {
    const known = this.reached.get(urn);
    if (known) return known;
    const { dependencies = [], provider = '' } = this.byUrn.get(urn) ?? {};
    const direct = provider === '' ? dependencies : [...dependencies, provider];
    const all = new Set(direct.flatMap((each) => [each, ...this.before(each)]));
    this.reached.set(urn, all);
    return all;
  }
}

/** Constructs the platform on a mocked engine; see `constructMocked`. */
export async function construct(
  settings: Settings,
  where: { project?: string; stack?: string } = {},
): Promise<Construction> {
  const controls = settings.policy.admission === 'kubernetes' ? CONTROLS : undefined;
  const program = (): PlatformOutputs =>
    new Platform('platform', { settings, digests: DIGESTS, controls }).outputs;
  const { resources, outputs } = await constructMocked(program, where);
  return new Construction(resources, outputs);
}
