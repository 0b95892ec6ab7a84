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
import type { Facts, Json, JsonObject, ObjectFacts, PartFacts, WebhookFacts } from './facts';
import { workloadSpec } from './pods';

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
    ...(!cluster && { namespace: found.namespace ?? '$namespace' }),
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
    metadata: { ...(role.object['metadata'] as JsonObject), name: found.binding ?? name },
    ...bind(`${kind}/${name}`, found.to ?? ''),
  };
  return { ...role, object: Object.fromEntries(Object.entries(object).filter(([key]) => key !== 'rules')) };
}

/** `to` is an account of the release's namespace, or `namespace/account`. */
function bind(role: string, to: string): JsonObject {
  const [account = '', namespace = '$namespace'] = to.split('/').reverse();
  const [kind = '', ...name] = role.split('/');
  return {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: name.join('/') },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
  };
}

const list = (text: string): string[] => text.split(',').map((item) => (item === 'core' ? '' : item));

/** `groups resources verbs [names]`, or `url paths verbs`; each a comma list, `core` the core group. */
function roleRule(text: string): JsonObject {
  const [groups = '', resources = '', verbs = '', names] = text.split(' ');
  if (groups === 'url') return { nonResourceURLs: list(resources), verbs: list(verbs) };
  return {
    apiGroups: list(groups),
    resources: list(resources),
    verbs: list(verbs),
    ...(names && { resourceNames: list(names) }),
  };
}

/** `80`, `80>http`, `53/UDP`. */
function servicePort(name: string, text: string): JsonObject {
  const [, port = '', target = port, protocol = 'TCP'] = /^(\d+)(?:>([\w-]+))?(?:\/(\w+))?$/.exec(text) ?? [];
  const targetPort = /^\d+$/.test(target) ? Number(target) : target;
  return { name, port: Number(port), targetPort, protocol };
}

/** A webhook; rules are `groups versions resources operations [scope]`. The caBundle is a controller's to fill. */
function webhookItem([name, facts]: [string, WebhookFacts]): JsonObject {
  const [service = '', namespace = '$namespace'] = facts.service.split('/').reverse();
  return {
    name,
    clientConfig: { service: { name: service, namespace, path: facts.path } },
    failurePolicy: facts.policy,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...(facts.timeout && { timeoutSeconds: facts.timeout }),
    rules: facts.rules.map((rule) => {
      const [groups = '', versions = '', resources = '', operations = '', scope] = rule.split(' ');
      return {
        apiGroups: list(groups),
        apiVersions: list(versions),
        resources: list(resources),
        operations: list(operations),
        ...(scope && { scope }),
      };
    }),
    ...facts.more,
  };
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
    const lone: Setting = {
      to: ['spec', 'minAvailable'],
      remove: true,
      when: parseCondition(`${most.split(' ')[0]}`),
    };
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
      { ...fromValues(['metadata', 'annotations'], below(at, 'serviceAccount.annotations')), when: always },
    ],
  }),
  ServiceMonitor: (context) => monitor('endpoints', context),
  StatefulSet: workload,
  ValidatingWebhookConfiguration: webhooks,
};
