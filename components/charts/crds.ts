import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestPath } from '../../policy/derived';
import { readDocument, splitDocuments } from '../../policy/manifests';
import { fullVersion } from '../../policy/release';
import { CATALOGUE, type ChartName, type ChartRow, crdsArchiveName } from '../catalogue';
import { packDerived } from './derived';
import { TransferError } from './download';
import { ChartError } from './error';
import { readIfThere, sha256Of, writeWhole } from './files';
import type { Helm } from './helm';
import type { SourceRecord } from './sources';

/** Raised when a derived chart's layout changes, so that those on disk are made anew. */
const LAYOUT = 2;

const DEFINITION = 'apiextensions.k8s.io/v1 CustomResourceDefinition';
const ADMISSION = [
  'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding',
];

export interface CrdsOptions {
  /** Where the derived archive goes. */
  folder: string;
  /** Where it is kept for other projects, under a name that says from what it was made. */
  kept: string;
  helm: Helm;
  /** Such as "1.36" or "1.36.3". */
  kubernetesVersion: string;
  /** Path and sha256 of the chart's own archive. */
  archive: { path: string; sha256: string };
  /** What was recorded about it when it was derived before. */
  known: SourceRecord['crds'];
}

interface Manifest {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; annotations?: Record<string, string> };
  status?: unknown;
}

/**
 * Derives the chart of another chart's CRDs, unless the one from the same input is there. Returns what to record of
 * it and, when it was made anew, the number of its objects; undefined where the row has no CRDs.
 * @throws ChartError when the chart does not render, holds no CRD, or more than one Helm release takes
 */
export async function deriveCrds(
  chart: ChartName,
  options: CrdsOptions,
): Promise<{ crds: NonNullable<SourceRecord['crds']>; objects?: number } | undefined> {
  const row = CATALOGUE[chart];
  if (!row.crds) return undefined;
  const target = join(options.folder, crdsArchiveName(chart));
  const version = fullVersion(options.kubernetesVersion);
  const { crds, release, namespace, crdsOnly } = row;
  const from = sha256Of(
    JSON.stringify([LAYOUT, options.archive.sha256, version, crds, crdsOnly, release, namespace]),
  );
  if (options.known?.from === from) {
    const bytes = await readIfThere(target);
    if (bytes && sha256Of(bytes) === options.known.sha256) return { crds: options.known };
  }
  const kept = await readKept(options.kept, from);
  if (kept) {
    await writeWhole(target, kept);
    return { crds: { sha256: sha256Of(kept), from } };
  }
  const rendered = await render(chart, row, options, version);
  const manifests = collectManifests(rendered, row.crdsOnly ? [DEFINITION, ...ADMISSION] : [DEFINITION]);
  assertCrds(chart, options.archive.path, manifests);
  const name = `${chart}-crds`;
  const description = `CustomResourceDefinitions of chart ${chart}`;
  const bytes = packDerived({ name, version: row.version, description, manifests });
  await writeWhole(target, bytes);
  // A cache that takes nothing only makes the next project slower.
  await writeWhole(join(options.kept, keptName(from, bytes)), bytes).catch(() => undefined);
  return { crds: { sha256: sha256Of(bytes), from }, objects: manifests.size };
}

function keptName(from: string, bytes: Buffer): string {
  return `${from}-${sha256Of(bytes)}.tgz`;
}

/** The archive that was made from the same before, if it is as it was then. */
async function readKept(folder: string, from: string): Promise<Buffer | undefined> {
  const names = await readdir(folder).catch((): string[] => []);
  const name = names.find((each) => each.startsWith(`${from}-`) && each.endsWith('.tgz'));
  const bytes = name === undefined ? undefined : await readIfThere(join(folder, name));
  return bytes && keptName(from, bytes) === name ? bytes : undefined;
}

async function render(
  chart: ChartName,
  row: ChartRow,
  options: CrdsOptions,
  version: string,
): Promise<string> {
  const { helm, archive } = options;
  const values = join(helm.home, `${chart}-values.json`);
  await writeFile(values, JSON.stringify(row.crds?.values));
  const flags = [
    '--namespace',
    row.namespace,
    '--include-crds',
    '--kube-version',
    version,
    '--values',
    values,
  ];
  try {
    return await helm.run(['template', row.release, archive.path, ...flags]);
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    throw new ChartError(
      `chart ${chart} ${row.version} does not render for its CRDs: ${error.message}`,
      `Look at ${archive.path}, and at the values in the row's "crds" in components/catalogue.ts.`,
    );
  }
}

/** The manifests of these kinds in a render, as JSON, by path in the derived chart. */
export function collectManifests(rendered: string, kinds: string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const text of splitDocuments(rendered)) {
    if (!kinds.some((kind) => text.includes(kind.replace(/.* /, '')))) continue;
    const manifest = readDocument(text) as Manifest | null | undefined;
    if (!manifest || !kinds.includes(`${manifest.apiVersion} ${manifest.kind}`)) continue;
    delete manifest.status;
    stripHelm(manifest);
    found.set(manifestPath(manifest.kind, manifest.metadata?.name), JSON.stringify(manifest));
  }
  return found;
}

/** As hooks, or kept at uninstall, the objects would not be the release's. */
function stripHelm({ metadata }: Manifest): void {
  if (!metadata?.annotations) return;
  const kept = Object.entries(metadata.annotations).filter(([name]) => !name.startsWith('helm.sh/'));
  if (kept.length > 0) metadata.annotations = Object.fromEntries(kept);
  else delete metadata.annotations;
}

function assertCrds(chart: ChartName, archive: string, manifests: Map<string, string>): void {
  if ([...manifests.keys()].some((path) => path.includes('/CustomResourceDefinition/'))) return;
  throw new ChartError(
    `chart ${chart}: expected CustomResourceDefinitions in the render of ${archive}, found none`,
    `Correct the values in the row's "crds" in components/catalogue.ts, or remove it.`,
  );
}
