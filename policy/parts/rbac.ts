import type { ObjectControl } from '../control';
import { kindsOf } from '../kinds';
import { isRecord } from '../objects';
import { allowList, IS_ALLOWED, KEY, NAME } from './allow-list';
import { BUILT_IN_BINDINGS, BUILT_IN_ROLES } from './built-in-roles';

/** What a rule of a role may grant. */
export interface Grant {
  /** API group; "" is the core one. */
  group: string;
  /** Plural names, a subresource after a slash: "pods/exec". */
  resources: readonly string[];
  /** Any of these; all that there are where none is named. */
  verbs?: readonly string[];
  /** Set where a rule for objects that it names grants no more than it should. */
  unlessNamed?: boolean;
}

const WRITE = ['create', 'update', 'patch'];
const CHANGE = ['update', 'patch'];
const DELETE = ['delete', 'deletecollection'];
const RBAC = 'rbac.authorization.k8s.io';
const PODS = kindsOf('podBearing') ?? [];

/** What lets a role reach further than it seems to, by what it lets it do. */
export const POWERS = {
  'read Secrets': [{ group: '', resources: ['secrets'], verbs: ['get', 'list', 'watch'], unlessNamed: true }],
  'make pods': [...new Set(PODS.map(({ group }) => group))].map((group) => ({
    group,
    resources: PODS.filter((kind) => kind.group === group).map(({ resource }) => resource),
    verbs: WRITE,
  })),
  'take what it was not given': [
    { group: RBAC, resources: ['clusterroles', 'roles'], verbs: ['bind', 'escalate'] },
    { group: '', resources: ['groups', 'serviceaccounts', 'users'], verbs: ['impersonate'] },
  ],
  'make PersistentVolumes': [{ group: '', resources: ['persistentvolumes'], verbs: ['create'] }],
  // Even a `get` runs commands there: the kubelet asks for no more.
  'reach kubelets': [{ group: '', resources: ['nodes/proxy'] }],
  'approve certificates': [
    { group: 'certificates.k8s.io', resources: ['certificatesigningrequests/approval'], verbs: CHANGE },
    { group: 'certificates.k8s.io', resources: ['signers'], verbs: ['approve'] },
  ],
  'change admission': [
    {
      group: 'admissionregistration.k8s.io',
      resources: [
        'mutatingadmissionpolicies',
        'mutatingadmissionpolicybindings',
        'mutatingwebhookconfigurations',
        'validatingadmissionpolicies',
        'validatingadmissionpolicybindings',
        'validatingwebhookconfigurations',
      ],
      verbs: [...WRITE, ...DELETE],
      unlessNamed: true,
    },
  ],
  'make tokens': [{ group: '', resources: ['serviceaccounts/token'], verbs: ['create'], unlessNamed: true }],
  'enter pods': [
    // Over WebSockets, to enter one is to `get` it.
    { group: '', resources: ['pods/attach', 'pods/exec', 'pods/portforward'], verbs: ['create', 'get'] },
    { group: '', resources: ['pods/ephemeralcontainers'], verbs: CHANGE },
  ],
  'write roles and bindings': [
    {
      group: RBAC,
      resources: ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'],
      verbs: WRITE,
    },
  ],
  'relabel namespaces': [
    // Both subresources take new labels, too.
    { group: '', resources: ['namespaces', 'namespaces/finalize', 'namespaces/status'], verbs: CHANGE },
  ],
} satisfies Record<string, readonly Grant[]>;

export type Power = keyof typeof POWERS;

/**
 * CEL over `r`, a rule of a role: it grants one of these. A wildcard grants all that it covers, so it counts. RBAC
 * itself takes `pods/*` for no wildcard, but whoever writes it means one.
 */
export function grants(list: readonly Grant[]): string {
  const granted = ({ group, resources, verbs, unlessNamed }: Grant): string =>
    [
      `r.?apiGroups.orValue([]).exists(g, g in ${cel(['*', group])})`,
      `r.?resources.orValue([]).exists(s, s in ${cel(namesOf(resources))})`,
      ...(verbs ? [`r.?verbs.orValue([]).exists(v, v in ${cel(['*', ...verbs])})`] : []),
      ...(unlessNamed ? [`!${IS_NAMED}`] : []),
    ].join(' && ');
  return `(${list.map((grant) => `(${granted(grant)})`).join(' || ')})`;
}

/** CEL over `r`, a rule of a role: it is about objects that it names. With an empty name it lists all of them. */
export const IS_NAMED = "(r.?resourceNames.orValue([]).size() > 0 && !('' in r.?resourceNames.orValue([])))";

/** The same as `grants`, on a rule as it is in an object. */
export function isGranted(rule: unknown, list: readonly Grant[]): boolean {
  if (!isRecord(rule)) return false;
  const values = (field: string): unknown[] => (Array.isArray(rule[field]) ? (rule[field] as unknown[]) : []);
  const has = (field: string, names: readonly string[]): boolean =>
    values(field).some((value) => names.includes(value as string));
  const isNamed = values('resourceNames').length > 0 && !has('resourceNames', ['']);
  return list.some(
    ({ group, resources, verbs, unlessNamed }) =>
      has('apiGroups', ['*', group]) &&
      has('resources', namesOf(resources)) &&
      (!verbs || has('verbs', ['*', ...verbs])) &&
      !(unlessNamed && isNamed),
  );
}

/** Every name that a rule may call these resources by. */
function namesOf(resources: readonly string[]): string[] {
  const wildcards = resources.flatMap((resource) => {
    const [parent, subresource] = resource.split('/');
    return subresource ? [`*/${subresource}`, `${parent}/*`] : [];
  });
  return [...new Set(['*', ...resources, ...wildcards])];
}

function cel(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`;
}

/** CEL: the object says that the API server wrote it. Anybody can: it is believed only of a name that is known. */
const SAYS_BUILT_IN =
  "object.?metadata.?labels[?'kubernetes.io/bootstrapping'].orValue('') == 'rbac-defaults'";

/** Whom the cluster has bound by itself, and how. */
export const BUILT_IN_SUBJECTS: readonly string[] = Object.entries(BUILT_IN_BINDINGS).flatMap(
  ([name, groups]) => groups.map((group) => `ClusterRoleBinding ${name} to ${name}: Group ${group}`),
);

/** CEL over `s`, a subject: the cluster has bound it by itself. */
const IS_BUILT_IN_SUBJECT =
  `${SAYS_BUILT_IN} && object.kind + ' ' + ${NAME} + ' to ' + object.?roleRef.?name.orValue('') + ': ' + ` +
  `s.?kind.orValue('') + ' ' + s.?name.orValue('') in ` +
  cel(BUILT_IN_SUBJECTS);

/** CEL: the rules of a role. The API server shows a list that is absent as null. */
const RULES = '(has(object.rules) && object.rules != null ? object.rules : [])';

/**
 * A control on what rules of roles grant.
 * @param granted CEL over `r`, a rule: it grants what it must not
 * @param builtIn the cluster's own roles that do so from birth, which no cluster could do without
 */
export function noRule(
  granted: string,
  builtIn: readonly string[],
): Pick<ObjectControl, 'match' | 'parameters' | 'expression' | 'message'> {
  const all = (field: string): string => `r.?${field}.orValue([]).join(' ')`;
  return {
    match: ['roles'],
    parameters: allowList('Roles'),
    expression: [
      // A controller fills its rules in from other roles; only who may do everything may write one.
      'has(object.aggregationRule)',
      `(${SAYS_BUILT_IN} && ${KEY} in ${cel(builtIn)})`,
      IS_ALLOWED,
      `${RULES}.all(r, !(${granted}))`,
    ].join(' || '),
    message:
      `'it grants ' + ${RULES}.filter(r, ${granted})` +
      `.map(r, ${all('verbs')} + ' on ' + ${all('resources')} + ${all('nonResourceURLs')}).join(', ')`,
  };
}

/** A control on a power that roles may give. */
export function noPower(power: Power, alsoBuiltIn: readonly string[] = []): ReturnType<typeof noRule> {
  return noRule(grants(POWERS[power]), [...BUILT_IN_ROLES[power], ...alsoBuiltIn]);
}

/** Which bindings a control on subjects judges. */
interface Judged {
  /** CEL: the binding is judged at all; by default every one is. */
  about?: string;
  /** Whether the cluster itself binds such subjects. */
  hasBuiltIn?: boolean;
}

/**
 * A control on the subjects of bindings.
 * @param wrong CEL over `s`, a subject: it must not be bound
 */
export function noSubject(
  wrong: string,
  { about, hasBuiltIn = false }: Judged = {},
): Pick<ObjectControl, 'match' | 'expression' | 'message'> {
  const subjects = 'object.?subjects.orValue([])';
  const name = "s.?kind.orValue('') + ' ' + s.?name.orValue('')";
  const guilty = hasBuiltIn ? `(${wrong}) && !(${IS_BUILT_IN_SUBJECT})` : wrong;
  return {
    match: ['bindings'],
    expression: [...(about ? [`!(${about})`] : []), `${subjects}.all(s, !(${guilty}))`].join(' || '),
    message:
      `'it gives ' + object.?roleRef.?name.orValue('a role') + ' to ' + ` +
      `${subjects}.filter(s, ${guilty}).map(s, ${name}).join(', ')`,
  };
}
