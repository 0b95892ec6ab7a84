import type { Samples } from '../control';
import type { KubernetesObject } from '../objects';
import { labelled, object, sample } from '../samples';
import type { Grant } from './rbac';

type Rule = Readonly<Record<string, unknown>>;

const API = 'rbac.authorization.k8s.io/v1';
const BUILT_IN = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

export const role = (...rules: Rule[]): KubernetesObject => object(API, 'Role', { rules });

export const clusterRole = (...rules: Rule[]): KubernetesObject => object(API, 'ClusterRole', { rules });

/** A ClusterRole whose rules a controller fills in. */
export const aggregated = (...rules: Rule[]): KubernetesObject => ({
  ...clusterRole(...rules),
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'example.com/aggregate': 'true' } }] },
});

/** The object under another name. */
export function named(name: string, { metadata, ...rest }: KubernetesObject): KubernetesObject {
  return { ...rest, metadata: { ...metadata, name } };
}

/** The object as one that the API server itself made. */
export function builtIn(name: string, source: KubernetesObject): KubernetesObject {
  return labelled(named(name, source), BUILT_IN);
}

/** Samples of what the API server itself made, and of what only looks like it. */
export function ownSamples(source: KubernetesObject, own = 'cluster-admin'): Samples {
  return {
    allowed: [sample(`the cluster's own ${own}`, builtIn(own, source))],
    denied: [
      sample("the label of the cluster's own", builtIn('sample', source)),
      sample(
        "the label, and a name that only looks like the cluster's own",
        builtIn('system:sample', source),
      ),
      // The cluster has it, and gives it none of this.
      sample("the cluster's own system:basic-user, widened", builtIn('system:basic-user', source)),
      sample(`the name of the cluster's own ${own}`, named(own, source)),
    ],
  };
}

/** A rule that grants these. */
export function rule(group: string, resources: readonly string[], verbs: readonly string[]): Rule {
  return { apiGroups: [group], resources, verbs };
}

/** Samples of a control on what rules of roles grant: whatever holds for each list of grants. */
export function roleSamples(grants: readonly Grant[]): Samples {
  const [first] = grants;
  if (!first) throw new Error('samples: no grant');
  const bad = ruleOf(first);
  const each = grants.map(samplesOf);
  return {
    allowed: [
      sample('no rules', object(API, 'ClusterRole')),
      sample('an empty list of rules', clusterRole()),
      sample('another resource', clusterRole(HARMLESS)),
      sample('a path that is no resource', clusterRole({ nonResourceURLs: ['/healthz'], verbs: ['get'] })),
      sample('an allowed ClusterRole', clusterRole(bad), { allow: ['sample'] }),
      sample('an allowed Role', role(bad), { allow: ['samples/sample'] }),
      sample('rules that a controller filled in', aggregated(bad)),
      ...ownSamples(clusterRole(bad)).allowed,
      ...each.flatMap(({ allowed }) => allowed),
    ],
    denied: [
      sample('a Role', role(bad)),
      sample('the second rule', clusterRole(HARMLESS, bad)),
      sample('an allowed name with a namespace', role(bad), { allow: ['sample'] }),
      sample('an allowed name without', clusterRole(bad), { allow: ['samples/sample'] }),
      sample("a Role by the name of the cluster's own", builtIn('cluster-admin', role(bad))),
      ...ownSamples(clusterRole(bad)).denied,
      ...each.flatMap(({ denied }) => denied),
    ],
  };
}

const HARMLESS = rule('', ['limitranges'], ['get', 'list', 'watch']);

function ruleOf({ group, resources, verbs = ['get'] }: Grant): Rule {
  return rule(group, resources.slice(0, 1), verbs.slice(0, 1));
}

/** Samples of one grant; its resource and group are in their titles. */
function samplesOf(grant: Grant): Samples {
  const { group, resources, verbs = ['get'], unlessNamed } = grant;
  const [resource = ''] = resources;
  const bad = ruleOf(grant);
  const title = (text: string): string => `${resource} of '${group}': ${text}`;
  const harmless = ['get', 'list', 'delete'].find((verb) => grant.verbs && !grant.verbs.includes(verb));
  const named = { ...bad, resourceNames: ['sample'] };
  const wildcards = resources.flatMap((each) => {
    const [parent, subresource] = each.split('/');
    return subresource ? [`*/${subresource}`, `${parent}/*`] : [];
  });
  return {
    allowed: [
      sample(title('in another API group'), clusterRole({ ...bad, apiGroups: ['example.com'] })),
      sample(title('another resource beside it'), clusterRole({ ...bad, resources: ['limitranges'] })),
      ...(harmless ? [sample(title(harmless), role(rule(group, resources, [harmless])))] : []),
      ...(unlessNamed ? [sample(title('by name'), role(named))] : []),
    ],
    denied: [
      ...verbs.map((verb) => sample(title(verb), clusterRole(rule(group, [resource], [verb])))),
      ...[...resources.slice(1), ...new Set(wildcards)].map((each) =>
        sample(`${each} of '${group}': ${verbs.join(', ')}`, clusterRole(rule(group, [each], verbs))),
      ),
      sample(title('every verb'), clusterRole(rule(group, [resource], ['*']))),
      sample(title('by every resource'), role(rule(group, ['*'], verbs))),
      sample(title('by every API group'), clusterRole({ ...bad, apiGroups: ['*'] })),
      sample(
        title('among others'),
        role({
          apiGroups: ['example.com', group],
          resources: ['limitranges', resource],
          verbs: ['bindings', ...verbs],
        }),
      ),
      unlessNamed
        ? sample(title('by an empty name, which is all'), role({ ...bad, resourceNames: ['sample', ''] }))
        : sample(title('by name'), role(named)),
    ],
  };
}

/** A subject of a binding; a ServiceAccount is one of the samples' namespace. */
export function subject(kind: 'Group' | 'ServiceAccount' | 'User', name: string): Rule {
  if (kind === 'ServiceAccount') return { kind, name, namespace: 'samples' };
  return { apiGroup: 'rbac.authorization.k8s.io', kind, name };
}

const bindingTo = (kind: string, name: string, roleKind: string, subjects?: Rule[]): KubernetesObject =>
  object(API, kind, {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: roleKind, name },
    ...(subjects ? { subjects } : {}),
  });

/** A RoleBinding to a ClusterRole. */
export const roleBinding = (role: string, ...subjects: Rule[]): KubernetesObject =>
  bindingTo('RoleBinding', role, 'ClusterRole', subjects);

export const clusterRoleBinding = (role: string, ...subjects: Rule[]): KubernetesObject =>
  bindingTo('ClusterRoleBinding', role, 'ClusterRole', subjects);

/** A ClusterRoleBinding that says nothing of subjects. */
export const noSubjects = (role: string): KubernetesObject =>
  bindingTo('ClusterRoleBinding', role, 'ClusterRole');
