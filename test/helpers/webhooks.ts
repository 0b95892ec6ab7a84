import type { ChartName } from '../../components/catalogue';
import {
  chartOf,
  groupOf,
  type KubeObject,
  type Labels,
  objectsOf,
  releaseOf,
  type Selector,
  type WebhookSpec,
  withPods,
} from './chart-objects';
import type { Construction, Recorded } from './mocks';

/** What the webhooks of the platform's charts guard. */

export interface Webhook extends WebhookSpec {
  /** The chart whose pods answer; another one may have declared it. */
  server: ChartName;
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
  const made = platform.ofType('core/v1:Namespace').find((each) => each.name === name);
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
