import type { KubernetesObject } from '../objects';
import { object } from '../samples';

type Fields = Readonly<Record<string, unknown>>;

/** A webhook that the API server accepts, for Pods of namespaces that ask for it. */
export function webhook(fields: Fields = {}): Fields {
  return {
    name: 'pods.example.com',
    clientConfig: { service: { name: 'webhook', namespace: 'samples' } },
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    rules: [rule('', 'pods')],
    namespaceSelector: { matchLabels: { 'example.com/inject': 'true' } },
    ...fields,
  };
}

/** A rule of a webhook or of an admission policy. */
export function rule(group: string, ...resources: string[]): Fields {
  return { apiGroups: [group], apiVersions: ['*'], operations: ['CREATE'], resources };
}

export function webhooks(...all: Fields[]): KubernetesObject {
  return object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', { webhooks: all });
}

export function mutatingWebhooks(...all: Fields[]): KubernetesObject {
  return object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', { webhooks: all });
}

/** The binding of a ValidatingAdmissionPolicy, with these actions. */
export function policyBinding(...validationActions: string[]): KubernetesObject {
  return object('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding', {
    spec: { policyName: 'sample', validationActions },
  });
}

/** A ValidatingAdmissionPolicy that judges these resources. */
export function admissionPolicy(...resourceRules: Fields[]): KubernetesObject {
  return object('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', {
    spec: { matchConstraints: { resourceRules }, validations: [{ expression: 'true' }] },
  });
}

/** A constraint of Gatekeeper, of a kind that some template makes. */
export function constraint(kind: string, spec: Fields = {}): KubernetesObject {
  return { apiVersion: 'constraints.gatekeeper.sh/v1beta1', kind, metadata: { name: 'sample' }, spec };
}
