import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from '@pulumi/pulumi/automation';
import { parse } from 'yaml';
import type { ChartArchive } from '../../components/charts/resolve';
import { isGroup } from '../../stacks/paths';
import { writePrivate } from '../files';
import { ROOT, type StackPaths } from '../paths';
import type { Tool } from '../toolchain/obtain';
import { SandboxError } from './errors';
import type { EventLog, Step } from './events';
import { stackFileName } from './project';

/** What goes with each kind when it is deleted and made anew. */
const LOST: Readonly<Record<string, string>> = {
  'kubernetes:core/v1:Namespace': 'everything in it is deleted, volumes too',
  'kubernetes:core/v1:PersistentVolumeClaim': 'its volume and the data on it are deleted',
  'kubernetes:core/v1:PersistentVolume': 'the data on it may be deleted',
  'kubernetes:apps/v1:StatefulSet': 'its pods are deleted at once, and new ones may not find their volumes',
  'kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition': 'every object of its kind is deleted',
  'kubernetes:helm.sh/v3:Release':
    'everything that it installed is deleted, with CRDs every object of their kinds',
};

/**
 * Refuses a plan that would delete and make anew what holds others or data: namespaces, CRDs, claims and volumes,
 * StatefulSets, and Helm releases, which are replaced when they would move to another namespace.
 *
 * @param allowed The setting `protection.allowReplacements`: objects that may be, each as `<Kind> <name>`.
 * @throws SandboxError naming each object, what of it changed, what would be lost and the setting that allows it.
 */
export function refuseReplacements(stack: string, { steps }: EventLog, allowed: readonly string[]): void {
  const refused = [...steps.values()].filter(
    (step) => step.type in LOST && isReplaced(step) && !allowed.includes(nameIn(step)),
  );
  if (refused.length === 0) return;
  const names = refused.map((step) => JSON.stringify(nameIn(step))).join(', ');
  throw new SandboxError(
    [
      'this update would delete and make anew what can’t be without loss; nothing was touched:',
      ...refused.map(
        (step) =>
          `  ${nameIn(step)}: ${step.replacedFor.join(', ') || 'what it depends on'} can't change while it is there; ${LOST[step.type]}`,
      ),
    ].join('\n'),
    'change it back; or make it under a new name beside the old one, move what it holds, then remove the old one. Where ' +
      `the loss is meant, set platform:protection.allowReplacements in ${stackFileName(stack)} to [${names}]`,
  );
}

function isReplaced({ op }: Step): boolean {
  return op === 'replace' || op === 'create-replacement' || op === 'delete-replaced';
}

function nameIn({ type, name }: Step): string {
  return `${type.split(':').at(-1)} ${name}`;
}

/**
 * Whether an update has to be planned before it is made, and how to note that its plan was passed. An `up` that finds
 * program, settings, charts and tools as they were then can only go on with that plan, or change nothing.
 */
export function planOf(
  stack: string,
  paths: StackPaths,
  { deployment }: Deployment,
  archives: readonly ChartArchive[],
  tools: Iterable<Tool>,
): { needed: boolean; pass: () => void } {
  const digest = createHash('sha256')
    .update(settingsIn(join(paths.project, stackFileName(stack))))
    .update(JSON.stringify(archives.map(({ chart, version, sha256 }) => [chart, version, sha256])))
    .update(JSON.stringify([...tools].map(({ name, version }) => [name, version])));
  for (const file of sources()) digest.update(file).update(readFileSync(join(ROOT, file)));
  const now = digest.digest('hex');
  const { resources = [] } = (deployment ?? {}) as { resources?: { type: string }[] };
  const passed = existsSync(paths.plan) ? readFileSync(paths.plan, 'utf8') : '';
  return {
    needed: passed !== now && resources.some(({ type }) => type in LOST),
    pass: () => writePrivate(paths.plan, now),
  };
}

/** The settings of a stack file, however they are written: the CLI puts their parts in another order. */
function settingsIn(file: string): string {
  const { config } = parse(readFileSync(file, 'utf8')) as { config: unknown };
  return JSON.stringify(config, (_, value: unknown) =>
    isGroup(value) ? Object.fromEntries(Object.entries(value).sort(byKey)) : value,
  );
}

function byKey([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}

/** The program's own files. */
function sources(): string[] {
  const inside = ['components', 'stacks'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  );
  return ['package.json', ...inside.sort()];
}
