import type { ChartArchive } from '../../components/charts/resolve';
import { readLock } from '../../components/charts/lock';
import { unjudgedNamespaces } from '../../components/policy/enforced';
import { Exemptions } from '../../policy/exemption';
import { EXEMPTIONS } from '../../policy/exemptions';
import type { RenderCache } from '../../policy/render-cache';
import type { PlainSettings } from '../../stacks/schema';
import type { Recorded } from '../engine/construct';
import { inventoryOf, resourcesOf } from '../policy/program';
import { buildReport } from './build';
import { assess } from './judge';
import type { Report } from './model';

/** What a report of a stack is made from: no cluster, and no state. */
export interface Request {
  stack: string;
  settings: PlainSettings;
  archives: readonly ChartArchive[];
  /** The folder that chart paths are relative to. */
  project: string;
  /** Path of the helm binary. */
  helm: string;
  /** Where renders are kept. */
  cache?: RenderCache;
  now?: Date;
}

/** Shortest text that is taken for a secret: anything shorter is in too many words. */
const SHORTEST = 6;

/** Constructs a stack's program, renders its releases, judges all of it, and reports. */
export async function reportOf(request: Request): Promise<Report> {
  const { archives, cache, helm, project, settings, stack, now = new Date() } = request;
  const { kubernetesVersion } = settings.cluster;
  const resources = await resourcesOf(stack, request);
  const inventory = inventoryOf({ cache, helm, project, settings });
  const standing = new Exemptions(EXEMPTIONS, {
    now: now.getTime(),
    expired: settings.security.expiredExemptions,
  });
  return buildReport({
    stack,
    kubernetesVersion,
    now,
    levels: settings.security,
    assessment: await assess(stack, resources, { inventory, exemptions: standing, settings }),
    exemptions: { all: EXEMPTIONS, standing },
    unjudgedNamespaces: unjudgedNamespaces(settings),
    archives,
    lock: readLock(),
    secrets: [...new Set(resources.flatMap(secretsOf))],
  });
}

/** The texts that a resource was given as secrets. */
function secretsOf({ inputs, shown }: Recorded): string[] {
  return hidden(inputs, shown).filter((text) => text.length >= SHORTEST);
}

function hidden(value: unknown, shown: unknown): string[] {
  if (shown === '[secret]') return textsIn(value);
  if (typeof value !== 'object' || value === null) return [];
  const fields = (shown ?? {}) as Record<string, unknown>;
  return Object.entries(value).flatMap(([key, item]) => hidden(item, fields[key]));
}

/** Every text in a value, longest first, so that one within another leaves nothing of it. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value)
    .flatMap(textsIn)
    .sort((one, other) => other.length - one.length);
}
