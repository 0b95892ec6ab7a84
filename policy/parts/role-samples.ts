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

/** A rule that grants these. */
export function rule(group: string, resources: readonly string[], verbs: readonly string[]): Rule {
  return { apiGroups: [group], resources, verbs };
}

/** Samples of a control on what rules of roles grant: whatever holds for each list of grants. */
export function roleSamples(grants: readonly Grant[]): Samples {
  const [first] = grants;
  if (!first) throw new Error('samples: no grant');
  const { group, resources } = first;
  const [resource = ''] = resources;
  const verbs = first.verbs ?? ['get'];
  const bad = rule(group, [resource], [verbs[0] ?? '']);
  const good = rule('', ['limitranges'], ['get', 'list', 'watch']);
  const harmless = ['get', 'list', 'delete'].find((verb) => first.verbs && !first.verbs.includes(verb));
  const [parent, subresource] = resource.split('/');
  return {
    allowed: [
      sample('no rules', object(API, 'ClusterRole')),
      sample('an empty list of rules', clusterRole()),
      sample('another resource', clusterRole(good)),
      sample('the resource of another API group', clusterRole({ ...bad, apiGroups: ['example.com'] })),
      sample('a path that is no resource', clusterRole({ nonResourceURLs: ['/healthz'], verbs: ['get'] })),
      ...(harmless ? [sample('a verb that does no harm', role(rule(group, [resource], [harmless])))] : []),
      ...(first.unlessNamed
        ? [sample('an object by its name', role({ ...bad, resourceNames: ['sample'] }))]
        : []),
      ...(subresource ? [sample('what it is a part of', role(rule(group, [parent ?? ''], ['get'])))] : []),
      sample('an allowed ClusterRole', clusterRole(bad), { allow: ['sample'] }),
      sample('an allowed Role', role(bad), { allow: ['samples/sample'] }),
      sample('rules that a controller filled in', aggregated(bad)),
      sample("one of the cluster's own", builtIn('system:sample', clusterRole(bad))),
    ],
    denied: [
      ...grants.flatMap((grant) =>
        grant.resources.map((each) =>
          sample(`${(grant.verbs ?? verbs).join(', ')} on ${each} of '${grant.group}'`, {
            ...clusterRole(rule(grant.group, [each], (grant.verbs ?? verbs).slice(-1))),
          }),
        ),
      ),
      ...verbs.map((verb) => sample(`${verb} in a Role`, role(rule(group, [resource], [verb])))),
      sample('every verb', clusterRole(rule(group, [resource], ['*']))),
      sample('every resource', role(rule(group, ['*'], verbs))),
      sample('every API group', clusterRole({ ...bad, apiGroups: ['*'] })),
      sample('the second rule', clusterRole(good, bad)),
      sample(
        'among others',
        role({ ...bad, resources: ['limitranges', resource], verbs: ['get', ...verbs] }),
      ),
      ...(subresource
        ? [
            sample('that part of every resource', role(rule(group, [`*/${subresource}`], verbs))),
            sample('every part of the resource', role(rule(group, [`${parent}/*`], verbs))),
          ]
        : []),
      first.unlessNamed
        ? sample('an empty name, which is no bound', role({ ...bad, resourceNames: ['sample', ''] }))
        : sample('an object by its name', role({ ...bad, resourceNames: ['sample'] })),
      sample('an allowed name with a namespace', role(bad), { allow: ['sample'] }),
      sample('an allowed name without', clusterRole(bad), { allow: ['samples/sample'] }),
      sample("the name of one of the cluster's own", named('system:sample', clusterRole(bad))),
      sample("the label of the cluster's own", builtIn('sample', clusterRole(bad))),
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
