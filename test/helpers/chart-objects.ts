import { CATALOGUE, CHART_NAMES, type ChartName } from '../../components/catalogue';
import { mergeValues } from '../../components/foundation/values';
import { type Condition, parseCondition, splitPath, type Term } from '../../sandbox/charts/entry';
import { type Facts, readFacts } from '../../sandbox/charts/facts';
import { chartEntries } from '../../sandbox/charts/objects';
import type { Construction, Fields, Recorded } from './mocks';

/** What charts make of their values, from the recorded facts in `sandbox/charts/facts`: no helm is needed. */

export type Labels = Record<string, string>;

export interface Requirement {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  values?: string[];
}

export interface Selector {
  matchLabels?: Labels;
  matchExpressions?: Requirement[];
}

/** A Kubernetes object, as far as these tests look at it. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name?: string; namespace?: string; labels?: Labels };
  spec?: { template?: { metadata?: { labels?: Labels } } };
  webhooks?: WebhookSpec[];
}

/** One webhook of a configuration. */
export interface WebhookSpec {
  name: string;
  clientConfig: { service: { name: string; namespace: string } };
  rules: { apiGroups: string[]; resources: string[] }[];
  namespaceSelector?: Selector;
  objectSelector?: Selector;
}

const made = new WeakMap<Recorded, KubeObject[]>();

/** The objects that a resource brings to the cluster: itself, or what its chart makes. */
export function objectsOf(resource: Recorded): KubeObject[] {
  const chart = chartOf(resource);
  if (chart) {
    const known = made.get(resource) ?? chartObjects(chart, resource.inputs.values as Fields);
    made.set(resource, known);
    return known;
  }
  if (resource.type.endsWith(':Release')) return [CRD];
  return resource.type.startsWith('kubernetes:') ? [resource.inputs as unknown as KubeObject] : [];
}

/** An object and the pods that its controller makes of it. */
export function withPods(object: KubeObject): KubeObject[] {
  const labels = object.spec?.template?.metadata?.labels;
  if (!labels) return [object];
  const { namespace = 'default' } = object.metadata;
  return [object, { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, labels } }];
}

/** The API group of an object; empty for the core one. */
export function groupOf({ apiVersion }: KubeObject): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** The chart of a release, or undefined for one of CRDs and for what is no release. */
export function chartOf({ name, type }: Recorded): ChartName | undefined {
  if (!type.endsWith(':Release')) return undefined;
  return CHART_NAMES.find((chart) => CATALOGUE[chart].release === name && !CATALOGUE[chart].crdsOnly);
}

/** The release of a chart. */
export function releaseOf(platform: Construction, chart: ChartName): Recorded {
  return platform.one(':Release', CATALOGUE[chart].release);
}

/** The release of a chart's CRDs. */
export function crdsOf(platform: Construction, chart: ChartName): Recorded {
  const { crdsOnly, release } = CATALOGUE[chart];
  return platform.one(':Release', crdsOnly ? release : `${release}-crds`);
}

/** The chart that a group's kinds come from, for every group that some chart brings. */
export function chartsOfGroups(): ReadonlyMap<string, ChartName> {
  const charts = CHART_NAMES.filter((chart) => CATALOGUE[chart].crds);
  return new Map(
    charts.flatMap((chart) => {
      const groups = Object.keys(readFacts(chart).crds?.groups ?? {});
      return groups.map((group) => [group, chart] as const);
    }),
  );
}

/** Names of the CRDs that are left in what a release renders; its `crds/` folder is skipped. */
export function renderedCrds(release: Recorded): string[] {
  const chart = chartOf(release);
  if (!chart) return [];
  const facts = readFacts(chart);
  if (!facts.crds || facts.crds.place === 'folder') return [];
  const { groups, when = '' } = facts.crds;
  const values = mergeValues(facts.values, release.inputs.values as Fields);
  return Object.entries(groups).flatMap(([group, plurals]) =>
    Object.keys(plurals)
      .filter((plural) => {
        const own = when.replaceAll('$plural', plural).replaceAll('$crd', `${plural}.${group}`);
        return holds(parseCondition(own), values, (text) => text);
      })
      .map((plural) => `${plural}.${group}`),
  );
}

const CRD: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {},
};

/** What a chart makes of its values, its CRDs left out. */
function chartObjects(chart: ChartName, values: Fields): KubeObject[] {
  const facts = readFacts(chart);
  const all = mergeValues(facts.values, values);
  const fill = (text: string): string => filledIn(text, chart, facts, all);
  return chartEntries(facts)
    .filter(({ when }) => holds(when, all, fill))
    .map(({ object }) => JSON.parse(fill(JSON.stringify(object))) as KubeObject);
}

/** Facts with `$release`, `$namespace` and the chart's own names filled in, as its templates would. */
function filledIn(text: string, chart: ChartName, facts: Facts, values: Fields): string {
  const { namespace, release, version } = CATALOGUE[chart];
  const names = Object.entries(facts.names)
    .sort(([one], [other]) => other.length - one.length)
    .map(([key, { base, default: fallback, from, max }]): [string, string] => {
      const set = from?.split(' ').map((path) => valueAt(values, path));
      const own = base === undefined || release.includes(base) ? release : `${release}-${base}`;
      return [key, set?.find((each) => each !== undefined) ?? fallback ?? own.slice(0, max)];
    });
  const always: [string, string][] = Object.entries({
    release,
    namespace,
    chart: `${chart}-${version}`,
    version,
    appVersion: facts.appVersion,
  });
  // Names twice: the default of one may hold another.
  return [...names, ...names, ...always].reduce(
    (all, [key, value]) => all.replaceAll(`$${key}`, value),
    text,
  );
}

/** Whether a condition of the facts holds: any of its lists in full. Every API that is asked for is served. */
function holds(condition: Condition, values: Fields, fill: (text: string) => string): boolean {
  const subject = ({ name, on, path = [] }: Term): unknown =>
    name === undefined ? (at(values, path) ?? on) : fill(name);
  const isTrue = (term: Term): boolean => {
    const value = subject(term);
    if (term.api !== undefined) return true;
    if (term.compare === '=') return value === term.text;
    if (term.compare === '>') return Number(value) > Number(term.text);
    if (term.compare === '~') return Array.isArray(value) && value.includes(term.text);
    return Array.isArray(value) || isMap(value) ? Object.keys(value).length > 0 : Boolean(value);
  };
  return condition.some((terms) => terms.every((term) => isTrue(term) !== (term.not ?? false)));
}

function valueAt(values: Fields, path: string): string | undefined {
  const found = at(values, splitPath(path));
  return typeof found === 'string' ? found : undefined;
}

function at(values: Fields, path: string[]): unknown {
  return path.reduce<unknown>((below, key) => (isMap(below) ? below[key] : undefined), values);
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
