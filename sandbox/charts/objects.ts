import {
  always,
  below,
  both,
  fromValues,
  parseCondition,
  splitPath,
  toSetting,
  type Condition,
  type Entry,
  type Setting,
} from './entry';
import type { Facts, Json, JsonObject, ObjectFacts, PartFacts } from './facts';
import { workloadSpec } from './pods';
import { bind, roleRule, servicePort, webhookItem } from './shorthand';

const apiVersions: Record<string, string> = {
  APIService: 'apiregistration.k8s.io/v1',
  Certificate: 'cert-manager.io/v1',
  ClusterRole: 'rbac.authorization.k8s.io/v1',
  ClusterRoleBinding: 'rbac.authorization.k8s.io/v1',
  DaemonSet: 'apps/v1',
  Deployment: 'apps/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  Issuer: 'cert-manager.io/v1',
  Job: 'batch/v1',
  MutatingWebhookConfiguration: 'admissionregistration.k8s.io/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  PodDisruptionBudget: 'policy/v1',
  PodMonitor: 'monitoring.coreos.com/v1',
  PrometheusRule: 'monitoring.coreos.com/v1',
  Role: 'rbac.authorization.k8s.io/v1',
  RoleBinding: 'rbac.authorization.k8s.io/v1',
  ServiceMonitor: 'monitoring.coreos.com/v1',
  StatefulSet: 'apps/v1',
  ValidatingWebhookConfiguration: 'admissionregistration.k8s.io/v1',
};
const clusterKinds =
  /^Cluster(Role|RoleBinding|Issuer)$|^(Mutating|Validating)|^APIService$|^(Priority|Storage)Class$/;

/** Everything a builder may look at. */
interface Context {
  kind: string;
  name: string;
  found: ObjectFacts;
  facts: Facts;
  at: string;
  labels: Record<string, string>;
  selector: Record<string, string>;
}
/** The fields beside apiVersion, kind and metadata, and those that values decide. */
interface Body {
  fields: JsonObject;
  set?: Setting[];
}

/** All objects of a chart, in the facts' order; a Role that names an account is followed by its binding. */
export function chartEntries(facts: Facts): Entry[] {
  return facts.parts.flatMap((part) =>
    Object.entries(part.objects).flatMap(([key, found]) => {
      const [kind = '', name = ''] = key.split(' ');
      const full = name === '' || /^[-:]/.test(name) ? `${part.name}${name}` : name;
      return namesOf(full, found).flatMap(([each, when]) =>
        objectEntries(kind, each, found, part, facts).map((entry) => ({
          ...entry,
          when: both(entry.when, when),
        })),
      );
    }),
  );
}

/** `*` in a name stands for each of `names`: a condition, or nothing, to the names that it guards. */
function namesOf(name: string, found: ObjectFacts): [string, Condition][] {
  if (found.names === undefined) return [[name, always]];
  return Object.entries(found.names).flatMap(([when, names]) =>
    names.split(' ').map((each): [string, Condition] => [name.replace('*', each), parseCondition(when)]),
  );
}

function objectEntries(
  kind: string,
  name: string,
  found: ObjectFacts,
  part: PartFacts,
  facts: Facts,
): Entry[] {
  const labels = { ...facts.labels, ...part.labels, ...found.labels };
  const selector = found.selector ?? selectorOf(part, facts, labels);
  const at = found.at ?? switchOf(kind, found) ?? part.at;
  const body = builders[kind]?.({ kind, name, found, facts, at, labels, selector }) ?? { fields: {} };
  const entry: Entry = {
    when: both(parseCondition(part.when), parseCondition(found.when)),
    ...(found.each !== undefined && { each: splitPath(found.each) }),
    ...(found.max !== undefined && { max: found.max }),
    object: {
      apiVersion: found.apiVersion ?? apiVersions[kind] ?? 'v1',
      kind,
      metadata: metadata(kind, name, found, part, labels),
      ...body.fields,
      ...found.body,
    },
    set: [...(body.set ?? []), ...found.set.map(toSetting)],
  };
  const isBoundRole = (kind === 'Role' || kind === 'ClusterRole') && found.to !== undefined;
  return isBoundRole ? [entry, bindingOf(entry, kind, name, found)] : [entry];
}

/** A budget or autoscaler that `a.b.enabled` switches on has its values below `a.b`. */
function switchOf(kind: string, found: ObjectFacts): string | undefined {
  if (kind !== 'PodDisruptionBudget' && kind !== 'HorizontalPodAutoscaler') return undefined;
  return /^(\S+)\.enabled\b/.exec(found.when ?? '')?.[1];
}

function metadata(
  kind: string,
  name: string,
  found: ObjectFacts,
  part: PartFacts,
  labels: Record<string, string>,
): JsonObject {
  const weight = found.weight ?? part.hook?.weight;
  const hook = part.hook && {
    'helm.sh/hook': part.hook.on,
    ...(weight !== undefined && { 'helm.sh/hook-weight': weight }),
    ...(part.hook.delete && { 'helm.sh/hook-delete-policy': part.hook.delete }),
  };
  const annotations = { ...hook, ...found.annotations };
  const cluster = found.cluster ?? clusterKinds.test(kind);
  return {
    name,
    ...(!cluster && { namespace: found.namespace ?? part.namespace }),
    labels,
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

function selectorOf(part: PartFacts, facts: Facts, labels: Record<string, string>): Record<string, string> {
  const selector = part.selector ?? facts.selector;
  if (!Array.isArray(selector)) return selector;
  return Object.fromEntries(
    selector.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]])),
  );
}

function bindingOf(role: Entry, kind: string, name: string, found: ObjectFacts): Entry {
  const object = {
    ...role.object,
    kind: `${kind}Binding`,
    metadata: { ...(role.object.metadata as JsonObject), name: found.binding ?? name },
    ...bind(`${kind}/${name}`, found.to ?? ''),
  };
  return { ...role, object: Object.fromEntries(Object.entries(object).filter(([key]) => key !== 'rules')) };
}

function workload({ kind, found, facts, at, labels, selector }: Context): Body {
  const { spec, set } = workloadSpec(kind, found, facts, at, labels, selector);
  return { fields: { spec }, set };
}

function role({ found }: Context): Body {
  return { fields: { rules: found.rules.map(roleRule) } };
}

function binding({ found }: Context): Body {
  return { fields: bind(found.role ?? '', found.to ?? '') };
}

function monitor(kind: string, { found, selector }: Context): Body {
  const list = found.endpoints.map((port) => ({ port }));
  return { fields: { spec: { selector: { matchLabels: selector }, [kind]: list } } };
}

function webhooks({ found }: Context): Body {
  return { fields: { webhooks: Object.entries(found.webhooks).map(webhookItem) } };
}

const builders: Record<string, (context: Context) => Body> = {
  ClusterRole: role,
  ClusterRoleBinding: binding,
  DaemonSet: workload,
  Deployment: workload,
  HorizontalPodAutoscaler: ({ name: own, found, at }) => {
    const [kind = '', name = ''] = (found.scale ?? `Deployment/${own}`).split('/');
    const cpu = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } };
    const spec: JsonObject = {
      scaleTargetRef: { apiVersion: 'apps/v1', kind, name },
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [{ type: 'Resource', resource: cpu }],
    };
    const minimum = fromValues(['spec', 'minReplicas'], below(at, 'minReplicas', 'autoscaleMin'));
    return {
      fields: { spec },
      set: [minimum, fromValues(['spec', 'maxReplicas'], below(at, 'maxReplicas', 'autoscaleMax'))],
    };
  },
  Job: workload,
  MutatingWebhookConfiguration: webhooks,
  NetworkPolicy: ({ found, selector }) => {
    const ports = (found.ingress ?? []).map((port) => ({ port }));
    const types = [...(found.ingress ? ['Ingress'] : []), ...(found.egress ? ['Egress'] : [])];
    const spec: JsonObject = {
      podSelector: { matchLabels: selector },
      policyTypes: types,
      ...(found.ingress && { ingress: [ports.length > 0 ? { ports } : {}] }),
      ...(found.egress && { egress: [{}] }),
    };
    return { fields: { spec } };
  },
  PodDisruptionBudget: ({ at, selector }) => {
    const most = below(at, 'maxUnavailable');
    const when = parseCondition(most.replaceAll(' ', ' || '));
    const lone: Setting = { to: ['spec', 'minAvailable'], remove: true, when };
    return {
      fields: { spec: { minAvailable: 1, selector: { matchLabels: selector } } },
      set: [
        lone,
        fromValues(['spec', 'minAvailable'], below(at, 'minAvailable')),
        fromValues(['spec', 'maxUnavailable'], most),
        fromValues(['spec', 'unhealthyPodEvictionPolicy'], below(at, 'unhealthyPodEvictionPolicy')),
      ],
    };
  },
  PodMonitor: (context) => monitor('podMetricsEndpoints', context),
  PrometheusRule: ({ name }) => ({ fields: { spec: { groups: [{ name, rules: [] }] } } }),
  Role: role,
  RoleBinding: binding,
  Service: ({ found, at, selector }) => {
    const ports: Json[] = Object.entries(found.ports).map(([name, text]) => servicePort(name, String(text)));
    const spec: JsonObject = {
      type: found.type ?? 'ClusterIP',
      ...(found.headless && { clusterIP: 'None' }),
      ports,
      selector,
    };
    const type = found.headless ? [] : [fromValues(['spec', 'type'], below(at, 'service.type'))];
    return {
      fields: { spec },
      set: [...type, fromValues(['metadata', 'annotations'], below(at, 'service.annotations'))],
    };
  },
  ServiceAccount: ({ found, at }) => ({
    fields: found.automount === undefined ? {} : { automountServiceAccountToken: found.automount },
    set: [
      fromValues(['metadata', 'annotations'], below(at, 'serviceAccount.annotations')),
      fromValues(['automountServiceAccountToken'], below(at, 'serviceAccount.automountServiceAccountToken')),
    ],
  }),
  ServiceMonitor: (context) => monitor('endpoints', context),
  StatefulSet: workload,
  ValidatingWebhookConfiguration: webhooks,
};
