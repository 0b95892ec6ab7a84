import { parametersOf, type ObjectControl, type Parameters } from './control';
import type { Exemption } from './exemption';
import type { Kind } from './kinds';
import type { KubernetesObject } from './objects';
import { conditionsOf, kindsByGroup, literal, scopeOf, validationOf, variablesOf } from './prelude';

/** What kube-apiserver does about a violation: refuse, or warn whoever asks. Both are in the audit log. */
export type Action = 'deny' | 'warn';

export interface AdmissionOptions {
  /** Where they differ from the control's defaults. */
  parameters?: Parameters;
  exemptions?: readonly Exemption[];
  action: Action;
  /** Namespaces that are not judged. */
  exemptNamespaces?: readonly string[];
}

/** Whether the API server can judge it: all but what never reaches it. */
export function hasAdmissionTwin({ noAdmissionTwin }: ObjectControl): boolean {
  return noAdmissionTwin === undefined;
}

/** Name of the ValidatingAdmissionPolicy of a control, and of its binding. */
export function policyName({ id }: Pick<ObjectControl, 'id'>): string {
  return `platform-${id}`;
}

/** The ValidatingAdmissionPolicy of a control and its binding: what kube-apiserver enforces by itself. */
export function admissionObjects(
  control: ObjectControl,
  options: AdmissionOptions,
): [policy: KubernetesObject, binding: KubernetesObject] {
  const metadata = { name: policyName(control), annotations: annotationsOf(control, options) };
  const head = { apiVersion: 'admissionregistration.k8s.io/v1' };
  return [
    { ...head, kind: 'ValidatingAdmissionPolicy', metadata, spec: policySpec(control, options) },
    { ...head, kind: 'ValidatingAdmissionPolicyBinding', metadata, spec: bindingSpec(control, options) },
  ];
}

/** What the control is, and that it only warns, where that is so. */
export function annotationsOf(
  { title }: ObjectControl,
  { action }: Pick<AdmissionOptions, 'action'>,
): Record<string, string> {
  return { 'platform/title': title, ...(action === 'warn' ? { 'platform/level': 'advisory' } : {}) };
}

function policySpec(control: ObjectControl, { exemptions, parameters }: AdmissionOptions): object {
  const conditions = conditionsOf(control, exemptions);
  const inForce = parametersOf(control, parameters);
  return {
    // A rule that cannot be evaluated lets nothing pass, as in a preview.
    failurePolicy: 'Fail',
    matchConstraints: constraintsOf(control),
    ...(conditions.length > 0 ? { matchConditions: conditions } : {}),
    variables: [
      ...(control.parameters ? [{ name: 'params', expression: literal(inForce) }] : []),
      ...variablesOf(control),
    ],
    validations: [{ ...validationOf(control), reason: 'Forbidden' }],
  };
}

const CREATE_OR_UPDATE = ['CREATE', 'UPDATE'];

function constraintsOf(control: ObjectControl): object {
  const rule = (apiGroups: string[], resources: string[], operations = CREATE_OR_UPDATE): object => ({
    apiGroups,
    apiVersions: ['*'],
    operations,
    resources,
  });
  const groups = kindsByGroup(control);
  if (!groups) {
    const scope = scopeOf(control);
    return {
      resourceRules: [{ ...rule(['*'], ['*']), scope }],
      // What happens to objects is told where they are, by whoever sees it.
      excludeResourceRules: [{ ...rule(['', 'events.k8s.io'], ['events']), scope }],
    };
  }
  const judged = [...groups].flatMap(([group, kinds]) => {
    const resources = kinds.filter(isJudged).map(({ resource }) => resource);
    return resources.length > 0 ? [rule([group], resources)] : [];
  });
  // Ephemeral containers come to pods that are there, past their creation.
  const hasPods = groups.get('')?.some(({ resource }) => resource === 'pods');
  return {
    resourceRules: [...judged, ...(hasPods ? [rule([''], ['pods/ephemeralcontainers'], ['UPDATE'])] : [])],
  };
}

/** The API server asks no policy about policies, or a wrong one could not be taken back. */
export function isJudged({ group, resource }: Kind): boolean {
  return group !== 'admissionregistration.k8s.io' || !resource.startsWith('validatingadmissionpolic');
}

function bindingSpec(control: ObjectControl, { action, exemptNamespaces = [] }: AdmissionOptions): object {
  const outside = { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [...exemptNamespaces] };
  return {
    policyName: policyName(control),
    validationActions: action === 'deny' ? ['Deny', 'Audit'] : ['Warn', 'Audit'],
    ...(exemptNamespaces.length > 0
      ? { matchResources: { namespaceSelector: { matchExpressions: [outside] } } }
      : {}),
  };
}
