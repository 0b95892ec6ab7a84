import { parseCondition } from './entry';
import type { Json, JsonObject, ObjectFacts, WebhookFacts } from './facts';

/** `to` is an account of the release's namespace, or `namespace/account`. */
export function bind(role: string, to: string): JsonObject {
  const [account = '', namespace = '$namespace'] = to.split('/').reverse();
  const [kind = '', ...name] = role.split('/');
  return {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: name.join('/') },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
  };
}

const list = (text: string): string[] => text.split(',').map((item) => (item === 'core' ? '' : item));

/** `groups resources verbs [names]`, or `url paths verbs`; each a comma list, `core` the core group. */
export function roleRule(found: ObjectFacts['rules'][number]): JsonObject {
  if (typeof found !== 'string') {
    return { ...roleRule(found.rule), when: parseCondition(found.when) as unknown as Json };
  }
  const [groups = '', resources = '', verbs = '', names] = found.split(' ');
  if (groups === 'url') return { nonResourceURLs: list(resources), verbs: list(verbs) };
  return {
    apiGroups: list(groups),
    resources: list(resources),
    verbs: list(verbs),
    ...(names && { resourceNames: list(names) }),
  };
}

/** `80`, `80>http`, `53/UDP`. */
export function servicePort(name: string, text: string): JsonObject {
  const [, port = '', target = port, protocol = 'TCP'] = /^(\d+)(?:>([\w-]+))?(?:\/(\w+))?$/.exec(text) ?? [];
  const targetPort = /^\d+$/.test(target) ? Number(target) : target;
  return { name, port: Number(port), targetPort, protocol };
}

/** A webhook; rules are `groups versions resources operations [scope]`. The caBundle is a controller's to fill. */
export function webhookItem([name, facts]: [string, WebhookFacts]): JsonObject {
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
