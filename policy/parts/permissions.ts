import { isRecord, type KubernetesObject } from '../objects';
import { namespaceOf, selects, type Stack } from '../stack';
import { BUILT_IN_ROLES } from './built-in-roles';
import { isGranted, POWERS, type Power } from './rbac';

/** What a binding gives. */
export interface Given {
  binding: KubernetesObject;
  /** Kind and name of the role. */
  role: { kind: string; name: string };
  powers: readonly Power[];
  /** The namespace that it holds in; "" for the whole cluster. */
  namespace: string;
}

/** Who is bound: as RBAC names a ServiceAccount. */
interface Account {
  namespace: string;
  name: string;
}

/** What there is in the whole cluster alone: a binding in a namespace gives none of it. */
const CLUSTER_WIDE: readonly Power[] = [
  'approve certificates',
  'change admission',
  'make PersistentVolumes',
  'reach kubelets',
];
const NAMES = Object.keys(POWERS) as Power[];
/** Start of the labels that make a role part of a built-in one. */
export const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-';

/** Permissions of a stack as a graph: ServiceAccounts and their groups, bindings, roles, roles that those are made of. */
export class Permissions {
  private readonly clusterRoles: ReadonlyMap<string, KubernetesObject>;

  constructor(private readonly stack: Stack) {
    const roles = [...builtInRoles(), ...stack.of('clusterRole')];
    this.clusterRoles = new Map(roles.map((role) => [nameOf(role), role]));
  }

  /** What a ServiceAccount is given, by each binding that is about it. */
  of(account: Account): Given[] {
    const given = this.stack
      .of('bindings')
      .filter((binding) => subjectsOf(binding).some((subject) => isAbout(subject, account)))
      .map((binding) => this.givenBy(binding));
    return given.filter(({ powers }) => powers.length > 0);
  }

  private givenBy(binding: KubernetesObject): Given {
    const role = roleOf(binding);
    const namespace = namespaceOf(binding);
    const powers =
      role.kind === 'ClusterRole'
        ? this.powersOf(role.name)
        : powersIn(this.stack.find('role', namespace, role.name));
    const held = namespace === '' ? powers : powers.filter((power) => !CLUSTER_WIDE.includes(power));
    return { binding, role, powers: held, namespace };
  }

  /** Powers of a ClusterRole: by its own rules, or by those of the roles that it is made of. */
  private powersOf(name: string, above: readonly string[] = []): Power[] {
    const role = this.clusterRoles.get(name);
    const builtIn = NAMES.filter((power) => BUILT_IN_ROLES[power].includes(name));
    if (!role || above.includes(name)) return builtIn;
    const selectors = selectorsOf(role);
    if (!selectors) return [...new Set([...builtIn, ...powersIn(role)])];
    const parts = [...this.clusterRoles.values()].filter((part) =>
      selectors.some((selector) => selects(selector, labelsOf(part))),
    );
    return [...new Set(parts.flatMap((part) => this.powersOf(nameOf(part), [...above, name])))];
  }
}

/** The role that a binding is about. */
export function roleOf({ roleRef }: KubernetesObject): { kind: string; name: string } {
  const { kind, name } = isRecord(roleRef) ? roleRef : {};
  return { kind: String(kind), name: String(name) };
}

/** The subjects of a binding; a ServiceAccount that names no namespace is one of the binding's. */
export function subjectsOf(binding: KubernetesObject): Record<string, unknown>[] {
  const { subjects } = binding;
  if (!Array.isArray(subjects)) return [];
  return subjects.filter(isRecord).map((subject) => {
    if (subject.kind !== 'ServiceAccount' || subject.namespace) return subject;
    return { ...subject, namespace: namespaceOf(binding) };
  });
}

/** Selectors of the roles that an aggregated ClusterRole is made of; undefined for one with rules of its own. */
export function selectorsOf({ aggregationRule }: KubernetesObject): unknown[] | undefined {
  if (!isRecord(aggregationRule)) return undefined;
  const { clusterRoleSelectors: selectors } = aggregationRule;
  return Array.isArray(selectors) ? (selectors as unknown[]) : [];
}

export function nameOf({ metadata }: KubernetesObject): string {
  return typeof metadata?.name === 'string' ? metadata.name : '';
}

export function labelsOf({ metadata }: KubernetesObject): Record<string, unknown> {
  return isRecord(metadata?.labels) ? metadata.labels : {};
}

function isAbout({ kind, name, namespace }: Record<string, unknown>, account: Account): boolean {
  if (kind === 'ServiceAccount') return name === account.name && namespace === account.namespace;
  if (kind === 'User') return name === `system:serviceaccount:${account.namespace}:${account.name}`;
  const groups = ['serviceaccounts', `serviceaccounts:${account.namespace}`, 'authenticated'];
  return kind === 'Group' && groups.some((group) => name === `system:${group}`);
}

function powersIn(role: KubernetesObject | undefined): Power[] {
  const rules: unknown[] = Array.isArray(role?.rules) ? role.rules : [];
  return NAMES.filter((power) => rules.some((rule) => isGranted(rule, POWERS[power])));
}

/** The user-facing roles, which other roles may be added to by their labels, and what they are made of. */
function builtInRoles(): KubernetesObject[] {
  const role = (name: string, into?: string, from?: string): KubernetesObject => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels: into ? { [`${AGGREGATE}${into}`]: 'true' } : {} },
    ...(from
      ? { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${AGGREGATE}${from}`]: 'true' } }] } }
      : {}),
  });
  return [
    role('admin', undefined, 'admin'),
    role('edit', 'admin', 'edit'),
    role('view', 'edit', 'view'),
    role('system:aggregate-to-admin', 'admin'),
    role('system:aggregate-to-edit', 'edit'),
    role('system:aggregate-to-view', 'view'),
  ];
}
