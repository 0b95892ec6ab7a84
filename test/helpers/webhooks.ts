import { CATALOGUE, CHART_NAMES, type ChartName } from '../../components/catalogue';
import { type Condition, splitPath, type Term } from '../../sandbox/charts/entry';
import { type Facts, readFacts } from '../../sandbox/charts/facts';
import { chartEntries } from '../../sandbox/charts/objects';
import { mergeValues } from '../../components/foundation/values';
import type { Construction, Fields, Recorded } from './mocks';

/**
 * What charts make of their values and what their webhooks guard, from the recorded facts of the pinned charts
 * (`sandbox/charts/facts`): no helm is needed.
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

/** What a chart makes of its values, its CRDs left out. */
function chartObjects(chart: ChartName, values: Fields): KubeObject[] {
  const facts = readFacts(chart);
  const all = mergeValues(facts.values, values);
  const fill = (text: string): string => filledIn(text, chart, facts, all);
  return chartEntries(facts)
    .filter(({ when }) => holds(when, all, fill))
    .map(({ object }) => JSON.parse(fill(JSON.stringify(object))) as KubeObject);
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

/** Every webhook that a chart of the platform declares, with the chart that answers it. */
function webhooks(platform: Construction): Webhook[] {
  const objects = platform.ofType(':Release').flatMap((release) => {
    const chart = chartOf(release);
    return chart ? objectsOf(release).map((object) => ({ chart, object })) : [];
  });
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

/** A resource and a webhook that guards something of it. */
export interface Pair {
  webhook: Webhook;
  resource: Recorded;
  /** What is guarded: the resource itself, or a kind that its release or its controller makes. */
  kind: string;
  /** The release that answers. */
  server: Recorded;
  /** In words, for a failed test. */
  text: string;
}

/** Each resource with each webhook that guards something of it. A release sees to its own. */
export function pairs(platform: Construction): Pair[] {
  const objects = platform.custom().map((resource) => ({
    resource,
    found: objectsOf(resource).flatMap(withPods),
  }));
  return webhooks(platform).flatMap((webhook) => {
    const server = releaseOf(platform, webhook.server);
    return objects
      .filter(({ resource }) => resource !== server)
      .flatMap(({ found, resource }) => {
        const kinds = found.filter((object) => guards(webhook, object, platform)).map(({ kind }) => kind);
        const text = (kind: string): string => `${server.name} guards ${kind} of ${resource.name}`;
        return [...new Set(kinds)].map((kind) => ({ webhook, resource, kind, server, text: text(kind) }));
      });
  });
}

/**
 * Whether what a webhook guards must come after it. Not so where it guards everything, and where the API server goes on
 * without an answer.
 */
export function isParticular({ server }: Webhook): boolean {
  return server !== 'gatekeeper' && server !== 'kube-prometheus-stack';
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

/** The chart of a release, or undefined for one of CRDs and for what is no release. */
export function chartOf({ name, type }: Recorded): ChartName | undefined {
  if (!type.endsWith(':Release')) return undefined;
  return CHART_NAMES.find((chart) => CATALOGUE[chart].release === name && !CATALOGUE[chart].crdsOnly);
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

/** Whether the API server asks a webhook about an object. */
function guards(webhook: Webhook, object: KubeObject, platform: Construction): boolean {
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
