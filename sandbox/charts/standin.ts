import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { stringify } from 'yaml';
import { crdEntries, crdLines, crdManifest } from './crds';
import { parseCondition, splitPaths, type Entry } from './entry';
import { readFacts, standInCharts, type Facts, type JsonObject } from './facts';
import { chartEntries } from './objects';

export { standInCharts };

/** As Helm reads it: its YAML still takes a bare `yes` for a boolean. */
const yaml = (value: unknown): string => stringify(value, { version: '1.1', aliasDuplicateObjects: false });

/** Path inside the archive, below the chart's folder, to text. */
type Files = Record<string, string>;

/**
 * Packs the stand-in of a chart: what takes the upstream chart's place in the sandbox when nothing reaches upstream.
 * It has the same names, kinds, hooks, webhooks and pod-security level, and no working software.
 *
 * The same input gives the same bytes. An archive already there is left alone when it holds them; otherwise it is
 * replaced at once, so that a reader never sees half of one.
 *
 * @param chart upstream's chart name, such as `argo-cd`; one of `standInCharts()`
 * @param version the version the archive claims, such as `10.1.1`
 * @param targetFolder made if absent
 * @returns path of `<chart>-<version>.tgz` in the folder
 * @throws Error when there is no facts file of the chart, or it has not the expected shape
 */
export function packStandIn(chart: string, version: string, targetFolder: string): string {
  const bytes = archive(chart, chartFiles(chart, version, readFacts(chart)));
  const target = join(targetFolder, `${chart}-${version}.tgz`);
  if (existsSync(target) && digest(readFileSync(target)) === digest(bytes)) return target;
  mkdirSync(targetFolder, { recursive: true });
  const partial = `${target}.${randomUUID()}.partial`;
  writeFileSync(partial, bytes);
  renameSync(partial, target);
  return target;
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function chartFiles(chart: string, version: string, facts: Facts): Files {
  const entries = [...crdEntries(facts), ...chartEntries(facts)];
  const templates = join(__dirname, 'generic', 'templates');
  const generic = readdirSync(templates).map((file) => [
    `templates/${file}`,
    readFileSync(join(templates, file), 'utf8'),
  ]);
  return {
    'Chart.yaml': yaml(chartMetadata(chart, version, facts)),
    'values.yaml': yaml(defaultValues(facts, entries)),
    'names.json': JSON.stringify(nameRules(facts)),
    'objects.json': JSON.stringify(entries),
    ...(Object.fromEntries(generic) as Files),
    ...crdFiles(facts),
  };
}

function chartMetadata(chart: string, version: string, facts: Facts): object {
  return {
    apiVersion: 'v2',
    name: chart,
    version,
    appVersion: facts.appVersion,
    description: `Stand-in for ${chart} in the sandbox: upstream's names, kinds and rules, no working software`,
    type: 'application',
    ...(facts.kubeVersion !== undefined && { kubeVersion: facts.kubeVersion }),
    annotations: { 'platform.dev/stand-in': 'true' },
    ...(facts.crds?.place === 'subchart' && {
      dependencies: [{ name: 'crds', version: '0.0.0', condition: 'crds.enabled' }],
    }),
  };
}

/** The facts' defaults, and `true` for each flag that the conditions mark as on. */
function defaultValues(facts: Facts, entries: Entry[]): JsonObject {
  const values = structuredClone(facts.values);
  const flag = (_key: string, node: unknown): unknown => {
    const { path, on } = (node ?? {}) as { path?: string[]; on?: boolean };
    if (on === true && path !== undefined) setDefault(values, path);
    return node;
  };
  JSON.stringify([entries, parseCondition(facts.crds?.when)], flag);
  return values;
}

function setDefault(values: JsonObject, path: string[]): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) values[key] ??= true;
  else setDefault((values[key] ??= {}) as JsonObject, rest);
}

/** A `crds/` folder holds no templates, so what a value switches off must be a subchart, as it is upstream. */
function crdFiles(facts: Facts): Files {
  const crds = facts.crds;
  if (crds === undefined || crds.place === 'templates') return {};
  const folder = crds.place === 'subchart' ? 'charts/crds/crds' : 'crds';
  const files: Files = Object.fromEntries(
    crdLines(facts).map((line) => [`${folder}/${line[0]}.yaml`, yaml(crdManifest(line, crds.labels))]),
  );
  if (crds.place === 'folder') return files;
  const metadata = {
    apiVersion: 'v2',
    name: 'crds',
    version: '0.0.0',
    description: 'Custom resource definitions',
  };
  return { ...files, 'charts/crds/Chart.yaml': yaml(metadata) };
}

/**
 * The rules by which `$key` in the objects becomes a name. Longest key first, since the template replaces text; all
 * of them twice, since the default of one may hold another.
 */
function nameRules(facts: Facts): object[] {
  const rules = Object.entries(facts.names).map(([key, { at, from, ...rule }]) => {
    const below = (name: string): string => (at === '' ? name : `${at}.${name}`);
    return {
      key,
      ...rule,
      from: splitPaths(from ?? below('fullnameOverride')),
      nameOverride: splitPaths(below('nameOverride')),
    };
  });
  const longestFirst = rules.sort(
    (one, other) => other.key.length - one.key.length || (one.key < other.key ? -1 : 1),
  );
  return [...longestFirst, ...longestFirst];
}

/** A gzipped tar whose bytes depend on the files alone: sorted, stored, with no time, owner or machine in it. */
function archive(chart: string, files: Files): Buffer {
  const block = 512;
  const entries = Object.keys(files)
    .sort()
    .flatMap((path) => {
      const body = Buffer.from(files[path] ?? '');
      const header = new Header({
        path: `${chart}/${path}`,
        mode: 0o644,
        size: body.length,
        mtime: new Date(0),
        type: 'File',
      });
      header.encode();
      return [
        header.block ?? Buffer.alloc(block),
        body,
        Buffer.alloc((block - (body.length % block)) % block),
      ];
    });
  const zipped = gzipSync(Buffer.concat([...entries, Buffer.alloc(2 * block)]), { level: 0 });
  const operatingSystem = 9;
  zipped[operatingSystem] = 255;
  return zipped;
}
