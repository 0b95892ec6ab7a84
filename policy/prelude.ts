import type { ObjectControl } from './control';
import type { Exemption } from './exemption';
import { kindsOf, type Kind, type Match } from './kinds';
import { quote } from './quote';
import { CONTAINER_LISTS, PLANNED_CONTAINER_LISTS } from './objects';

/** What a ValidatingAdmissionPolicy and a constraint template call a named expression. */
export interface NamedExpression {
  name: string;
  expression: string;
}

/** Who makes pods, ReplicaSets and Jobs out of workloads. */
const CONTROLLERS = ['system:kube-controller-manager'];
const CONTROLLER_ACCOUNTS = 'system:serviceaccount:kube-system:';

/**
 * What an admission engine evaluates before the own expressions of controls that judge the same kinds, in its order: the
 * variables that they read. The same text in kube-apiserver and in Gatekeeper, which has `params` itself.
 */
export function variablesOf(...controls: [ObjectControl, ...ObjectControl[]]): NamedExpression[] {
  const carriers = controls[0].match.flatMap((each) => kindsOf(each) ?? []).filter(({ podSpec }) => podSpec);
  const containers = (lists: readonly string[]): string =>
    lists.map((list) => `variables.podSpec.?${list}.orValue([])`).join(' + ');
  const all: NamedExpression[] = [
    { name: 'objectName', expression: OBJECT_NAME },
    { name: 'podSpec', expression: byKind(carriers, (path) => path) },
    { name: 'podMetadata', expression: byKind(carriers, (path) => [...path.slice(0, -1), 'metadata']) },
    { name: 'containers', expression: containers(CONTAINER_LISTS) },
    { name: 'plannedContainers', expression: containers(PLANNED_CONTAINER_LISTS) },
  ];
  const read = new Set<string>();
  const mark = (text: string): void => {
    for (const { name, expression: inner } of all) {
      if (!text.includes(`variables.${name}`) || read.has(name)) continue;
      read.add(name);
      mark(inner);
    }
  };
  for (const control of controls) {
    const { expression, messageExpression } = validationOf(control);
    mark(expression + messageExpression);
  }
  return all.filter(({ name }) => read.has(name));
}

/** CEL: what is at a path of an object that is one of these kinds; an empty map where nothing is. */
function byKind(kinds: readonly Kind[], pathOf: (podSpec: readonly string[]) => readonly string[]): string {
  const paths = new Map<string, string[]>();
  for (const { kind, podSpec } of kinds) {
    if (!podSpec) continue;
    const expression = `object.?${pathOf(podSpec).join('.?')}.orValue({})`;
    paths.set(expression, [...(paths.get(expression) ?? []), kind]);
  }
  return [...paths].reduceRight(
    (otherwise, [expression, names]) => `object.kind in ${quoted(names)} ? ${expression} : ${otherwise}`,
    '{}',
  );
}

/** CEL: true for what is to be judged of the kinds of a control; nothing where all is, of the cluster's own too. */
export function clusterConditions(control: ObjectControl): NamedExpression[] {
  return clusterMakes(control) ? [NOT_BY_THE_CLUSTER] : [];
}

/** The rule and what it says: the message as an expression, and the text where that fails. */
export function validationOf(
  control: ObjectControl,
): Record<'expression' | 'messageExpression' | 'message', string> {
  return {
    expression: control.expression,
    messageExpression: messageOf(control),
    message: `${control.title}. ${control.remediation}`,
  };
}

/** CEL: which object it is, as in a preview. */
const OBJECT_NAME =
  `object.kind + ' ' + object.?metadata.?namespace.optMap(n, n + '/').orValue('') + ` +
  `object.?metadata.?name.orValue(object.?metadata.?generateName.orValue('(name not known yet)'))`;

/** CEL: the message of a denial, as in a preview: which object, what was found, what to do. */
function messageOf({ message, remediation }: ObjectControl): string {
  return `variables.objectName + ': ' + (${message}) + ${quote(`. ${remediation}`)}`;
}

/**
 * CEL over `variables.origins`: true for what is exempt from a control; undefined where nothing is. Dates are the
 * preview's to judge: a pod that is restarted the day after is not refused.
 */
export function exemptionOf(
  { id }: ObjectControl,
  exemptions: readonly Exemption[] = [],
): string | undefined {
  const covered = exemptions.filter(({ controls }) => controls.includes(id));
  const names = covered.map(({ object: { kind, name, namespace = '' } }) => `${kind} ${namespace}/${name}`);
  return names.length > 0 ? `variables.origins.exists(o, o in ${quoted(names)})` : undefined;
}

/**
 * CEL: what an object of these kinds is, and what it was made out of, each as "Kind namespace/name": of a pod that a
 * controller makes the workload, too, whose exemptions hold for it. Nobody else can make a pod exempt by saying whose it is.
 */
export function originsOf({ match }: ObjectControl): NamedExpression {
  const kinds = kindsIn(match);
  const isMade = !kinds || kinds.some(({ kind }) => MADE.includes(kind));
  const made = `object.kind in ${quoted(MADE)} && (${BY_CONTROLLER}) ? ${OWNERS}.map(o, ${OWNER}) + ${OWNERS}.map(o, ${OWNERS_OWNER}) : []`;
  return { name: 'origins', expression: isMade ? `[${SELF}] + (${made})` : `[${SELF}]` };
}

/** What controllers make out of workloads. */
const MADE = ['Pod', 'ReplicaSet', 'Job'];
const NAMESPACE = "object.metadata.?namespace.orValue('')";
const SELF = `object.kind + ' ' + ${NAMESPACE} + '/' + object.metadata.?name.orValue('')`;
const OWNERS = 'object.metadata.?ownerReferences.orValue([])';
const OWNER = `o.kind + ' ' + ${NAMESPACE} + '/' + o.name`;
/** By the name that a Deployment gives a ReplicaSet, and a CronJob a Job: its own, a dash, and a text without one. */
const OWNERS_OWNER =
  `(o.kind == 'ReplicaSet' ? 'Deployment' : o.kind == 'Job' ? 'CronJob' : 'Nothing') + ' ' + ${NAMESPACE} + '/' + ` +
  `(o.name.contains('-') ? o.name.substring(0, o.name.lastIndexOf('-')) : '')`;

/**
 * CEL: whether a controller of the cluster asks. An audit has nobody who asks; and who changes a pod that is there can
 * change little of it, and not whose it is without its controller's notice.
 */
const BY_CONTROLLER =
  `!has(request.userInfo.username) || request.userInfo.username == '' || ` +
  `object.kind == 'Pod' && request.operation == 'UPDATE' || ${byUser(CONTROLLERS, [CONTROLLER_ACCOUNTS])}`;

/**
 * CEL: false for what the cluster makes for itself, outside of the namespaces that no policy judges: bootstrap roles,
 * what is aggregated to them, certificates and accounts in every namespace.
 */
const NOT_BY_THE_CLUSTER: NamedExpression = {
  name: 'not-by-the-cluster',
  expression:
    `!(${byUser(['system:apiserver', 'system:kube-controller-manager'], [CONTROLLER_ACCOUNTS])} || ` +
    `has(request.userInfo.groups) && request.userInfo.groups.exists(g, g == 'system:nodes'))`,
};

function byUser(names: readonly string[], prefixes: readonly string[]): string {
  const user = 'request.userInfo.username';
  const any = [
    `${user} in ${quoted(names)}`,
    ...prefixes.map((prefix) => `${user}.startsWith(${quote(prefix)})`),
  ];
  // An audit, and gator, have nobody who asks.
  return `has(request.userInfo.username) && (${any.join(' || ')})`;
}

/** The kinds of a control by their group; undefined where it judges a whole scope. */
export function kindsByGroup({ match }: Pick<ObjectControl, 'match'>): Map<string, Kind[]> | undefined {
  const kinds = kindsIn(match);
  if (!kinds) return undefined;
  const groups = new Map<string, Kind[]>();
  for (const kind of kinds) groups.set(kind.group, [...(groups.get(kind.group) ?? []), kind]);
  return groups;
}

/** How far a whole scope reaches, in the words of both engines. */
export function scopeOf({ match }: Pick<ObjectControl, 'match'>): '*' | 'Namespaced' {
  return match.includes('all') ? '*' : 'Namespaced';
}

function kindsIn(match: readonly Match[]): readonly Kind[] | undefined {
  const kinds = match.map(kindsOf);
  return kinds.every((each) => each !== undefined) ? [...new Set(kinds.flat())] : undefined;
}

/** Whether the cluster makes objects of these kinds for itself, which are not pods. */
function clusterMakes({ match }: ObjectControl): boolean {
  const kinds = kindsIn(match);
  return !kinds || kinds.some(({ group, kind }) => group === RBAC || CLUSTER_KINDS.has(kind));
}

const RBAC = 'rbac.authorization.k8s.io';
const CLUSTER_KINDS = new Set(['ConfigMap', 'Secret', 'ServiceAccount', 'Service', 'Namespace']);

/** CEL: a value as a literal of no particular type, so that lists and maps may hold several. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map((each) => `dyn(${literal(each)})`).join(', ')}]`;
  if (typeof value !== 'object' || value === null) throw new Error(`no CEL literal for ${String(value)}`);
  const fields = Object.entries(value).map(([key, each]) => `${quote(key)}: dyn(${literal(each)})`);
  return `{${fields.join(', ')}}`;
}

function quoted(texts: readonly string[]): string {
  return `[${texts.map(quote).join(', ')}]`;
}
