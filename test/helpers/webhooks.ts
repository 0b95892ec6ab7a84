import { CATALOGUE, CHART_NAMES, type ChartName } from '../../components/catalogue';
import { splitPath } from '../../sandbox/charts/entry';
import { type Facts, readFacts } from '../../sandbox/charts/facts';
import { chartEntries } from '../../sandbox/charts/objects';
import type { Construction, Fields, Recorded } from './mocks';

/**
 * What charts make and what their webhooks guard, from the recorded facts of the pinned charts
 * (`sandbox/charts/facts`). Conditions on values are left out: everything that a chart could make counts.
 */

type Labels = Record<string, string>;

interface Requirement {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  values?: string[];
}

interface Selector {
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

interface WebhookSpec {
  name: string;
  clientConfig: { service: { name: string; namespace: string } };
  rules: { apiGroups: string[]; resources: string[] }[];
  namespaceSelector?: Selector;
  objectSelector?: Selector;
}

export interface Webhook extends WebhookSpec {
  /** The chart whose pods answer; another one may have declared it. */
  server: ChartName;
}

/** What every chart of the catalogue could make, its CRDs left out. */
export function chartObjects(chart: ChartName, values: Fields = {}): KubeObject[] {
  const facts = readFacts(chart);
  return chartEntries(facts).map(
    ({ object }) => JSON.parse(filledIn(JSON.stringify(object), chart, facts, values)) as KubeObject,
  );
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

/** Every webhook that a chart declares, with the chart that answers it. */
export function webhooks(): Webhook[] {
  const objects = CHART_NAMES.flatMap((chart) => chartObjects(chart).map((object) => ({ chart, object })));
  const services = new Map(
    objects
      .filter(({ object }) => object.kind === 'Service')
      .map(({ chart, object: { metadata } }) => [`${metadata.namespace}/${metadata.name}`, chart]),
  );
  return objects.flatMap(({ object }) =>
    (object.webhooks ?? []).map((webhook) => {
      const { name, namespace } = webhook.clientConfig.service;
      const server = services.get(`${namespace}/${name}`);
      if (!server) throw new Error(`no chart has the Service ${namespace}/${name} of ${webhook.name}`);
      return { ...webhook, server };
    }),
  );
}

/** The chart of a release, or undefined for one of CRDs and for what is no release. */
export function chartOf({ name, type }: Recorded): ChartName | undefined {
  if (!type.endsWith(':Release')) return undefined;
  return CHART_NAMES.find((chart) => CATALOGUE[chart].release === name && !CATALOGUE[chart].crdsOnly);
}

/** The objects that a resource brings to the cluster: itself, or what its chart could make. */
export function objectsOf(resource: Recorded): KubeObject[] {
  const chart = chartOf(resource);
  if (chart) return chartObjects(chart, resource.inputs.values as Fields);
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

/** Whether the API server asks a webhook about an object. */
export function guards(webhook: Webhook, object: KubeObject, platform: Construction): boolean {
  const { kind, metadata } = object;
  const [group, resource] = [groupOf(object), resourceOf(kind)];
  const ruled = webhook.rules.some(
    ({ apiGroups, resources }) =>
      has(apiGroups, '*', group) && resources.some((each) => ['*', '*/*', resource].includes(each)),
  );
  return (
    ruled &&
    isSelected(webhook.objectSelector, metadata.labels ?? {}) &&
    isSelected(webhook.namespaceSelector, namespaceLabels(object, platform))
  );
}

/** The API group of an object; empty for the core one. */
export function groupOf({ apiVersion }: KubeObject): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

const CRD: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {},
};

function has(list: string[], ...any: string[]): boolean {
  return any.some((each) => list.includes(each));
}

/** What the API calls a kind in its paths. */
function resourceOf(kind: string): string {
  const word = kind.toLowerCase();
  if (/(s|x|ch)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}

/** Labels that a namespaceSelector looks at; undefined for what is in no namespace, which it never leaves out. */
function namespaceLabels({ kind, metadata }: KubeObject, platform: Construction): Labels | undefined {
  const name = kind === 'Namespace' ? metadata.name : metadata.namespace;
  if (name === undefined) return undefined;
  const made = platform.ofType(':Namespace').find((each) => each.custom && each.name === name);
  const labels = (made?.inputs as unknown as KubeObject | undefined)?.metadata.labels;
  return { ...labels, 'kubernetes.io/metadata.name': name };
}

function isSelected(selector: Selector | undefined, labels: Labels | undefined): boolean {
  if (!selector || !labels) return true;
  const { matchExpressions = [], matchLabels = {} } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      return (operator === 'In') === (value !== undefined && values.includes(value));
    })
  );
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

function valueAt(values: Fields, path: string): string | undefined {
  const found = splitPath(path).reduce<unknown>((at, key) => (at as Fields | undefined)?.[key], values);
  return typeof found === 'string' ? found : undefined;
}
