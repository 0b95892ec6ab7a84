import { parametersOf, type ObjectControl, type Parameters } from './control';
import type { Exemption } from './exemption';
import type { Kind } from './kinds';
import type { KubernetesObject } from './objects';
import {
  clusterMakes,
  exemptCondition,
  isPod,
  kindsIn,
  literal,
  messageOf,
  NOT_BY_THE_CLUSTER,
  variablesOf,
} from './prelude';

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

function policySpec(control: ObjectControl, { exemptions = [], parameters }: AdmissionOptions): object {
  const exempt = exemptCondition(exemptions.filter(({ controls }) => controls.includes(control.id)));
  const conditions = [...(clusterMakes(control) ? [NOT_BY_THE_CLUSTER] : []), ...(exempt ? [exempt] : [])];
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
    validations: [
      {
        expression: control.expression,
        messageExpression: messageOf(control),
        message: `${control.title}. ${control.remediation}`,
        reason: 'Forbidden',
      },
    ],
  };
}

const CREATE_OR_UPDATE = ['CREATE', 'UPDATE'];

function constraintsOf(control: ObjectControl): object {
  const kinds = kindsIn(control)?.filter(isJudged);
  if (!kinds) {
    const scope = control.match.includes('all') ? '*' : 'Namespaced';
    const of = (apiGroups: string[], resources: string[]): object => ({
      apiGroups,
      apiVersions: ['*'],
      operations: CREATE_OR_UPDATE,
      resources,
      scope,
    });
    return {
      resourceRules: [of(['*'], ['*'])],
      // What happens to objects is told where they are, by whoever sees it.
      excludeResourceRules: [of(['', 'events.k8s.io'], ['events'])],
    };
  }
  const groups = [...new Set(kinds.map(({ group }) => group))];
  const rules = groups.map((group) => ({
    apiGroups: [group],
    apiVersions: ['*'],
    operations: CREATE_OR_UPDATE,
    resources: kinds.filter((kind) => kind.group === group).map(({ resource }) => resource),
  }));
  // Ephemeral containers come to pods that are there, past their creation.
  const debug = {
    apiGroups: [''],
    apiVersions: ['*'],
    operations: ['UPDATE'],
    resources: ['pods/ephemeralcontainers'],
  };
  return { resourceRules: [...rules, ...(kinds.some(isPod) ? [debug] : [])] };
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
