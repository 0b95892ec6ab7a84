import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHARTS_FOLDER } from '../../components/catalogue';
import type { ChartArchive } from '../../components/charts/resolve';
import { Platform } from '../../components/platform';
import { placeControls } from '../../components/policy/chart';
import { Inventory } from '../../policy/inventory';
import { existingApis } from '../../policy/target';
import type { KubernetesObject } from '../../policy/objects';
import type { RenderCache } from '../../policy/render-cache';
import type { PlainSettings } from '../../stacks/schema';
import { type MissingSecret, seal } from '../../stacks/secrets';
import { charts } from '../engine/charts';
import { constructMocked, type Recorded } from '../engine/construct';
import type { Display } from '../engine/display';
import { ensurePassphrase } from '../engine/project';
import { toolchain } from '../engine/session';
import { checkSettings, stackSettings } from '../engine/settings';
import { PROJECT } from '../engine/workspace';
import { ROOT, stackPaths } from '../paths';

/** What a stack's program is made from, without plane, engine and state. */
export interface StackGround {
  settings: PlainSettings;
  /** The stack's configuration by full key; without what is encrypted. */
  raw: Record<string, unknown>;
  archives: readonly ChartArchive[];
  /** The folder that chart paths are relative to; gone afterwards. */
  project: string;
  /** Path of the helm binary. */
  helm: string;
  /** Where renders are kept between runs. */
  cache: RenderCache;
}

/** A stack's program: what it asks for, in the order in which it does. */
export interface StackProgram extends StackGround {
  resources: Recorded[];
}

interface Asked {
  stack: string;
  mirror: string | undefined;
  display: Display;
}

/**
 * Gives a stack's settings, and its charts in a folder of their own: what is installed may come from other charts.
 * @param fill What stands for a required secret.
 */
export async function withGround<T>(
  { display, mirror, stack }: Asked,
  use: (ground: StackGround) => Promise<T>,
  fill?: (secret: MissingSecret) => string,
): Promise<T> {
  const facts = checkSettings(stack);
  const { settings, raw } = stackSettings(stack, ROOT, fill);
  const tools = await toolchain(display, ['helm']);
  const paths = stackPaths(stack);
  const project = mkdtempSync(join(tmpdir(), 'platform-program-'));
  ensurePassphrase(paths);
  const cache = { folder: paths.renders, key: paths.passphrase };
  try {
    const placed = { ...paths, charts: join(project, CHARTS_FOLDER) };
    const archives = await charts(facts, placed, tools, display, mirror ?? facts.mirror, () => undefined);
    const helm = tools.get('helm')?.path ?? 'helm';
    return await use({ settings, raw, archives, project, helm, cache });
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

/** Constructs a stack's program. */
export function withProgram<T>(asked: Asked, use: (program: StackProgram) => Promise<T>): Promise<T> {
  return withGround(asked, async (ground) => {
    const resources = await resourcesOf(asked.stack, ground);
    return use({ ...ground, resources });
  });
}

/** What a stack's program asks for, with these charts. */
export async function resourcesOf(
  stack: string,
  { archives, project, settings: plain }: Pick<StackGround, 'archives' | 'project' | 'settings'>,
): Promise<Recorded[]> {
  const digests = new Map(archives.map(({ chart, sha256 }) => [chart, sha256]));
  const settings = seal(plain);
  const controls = await placeControls(stack, settings, join(project, CHARTS_FOLDER));
  const { resources } = await constructMocked(
    () => new Platform('platform', { settings, digests, controls }).outputs,
    { project: PROJECT, stack },
  );
  return resources;
}

/** Reads what a stack's program makes, rendered with its settings' version and the APIs that its cluster has. */
export function inventoryOf({
  cache,
  helm,
  project,
  settings,
}: Pick<StackGround, 'helm' | 'project' | 'settings'> & {
  cache?: RenderCache | undefined;
}): Inventory {
  const { kubernetesVersion } = settings.cluster;
  return new Inventory({ helm, project, kubernetesVersion, cache, apiVersions: existingApis(settings) });
}

/** Every object that a program puts on its cluster: typed ones, and those of its releases, hooks included. */
export async function objectsOf({ resources, ...place }: StackProgram): Promise<KubernetesObject[]> {
  const inventory = inventoryOf(place);
  const objects: KubernetesObject[] = [];
  // One after the other: what a chart renders to depends on the APIs that the releases before it serve.
  for (const { inputs: props, name, type, urn } of resources.filter(({ custom }) => custom)) {
    const { problem, subjects } = await inventory.of({ type, urn, name, props }, 'sandbox');
    if (problem) throw problem;
    objects.push(...subjects.map(({ source }) => source));
  }
  return objects;
}
