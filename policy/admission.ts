import { parametersOf, type ObjectControl, type Parameters } from './control';
import type { Exemption } from './exemption';
import type { Kind } from './kinds';
import type { KubernetesObject } from './objects';
import {
  clusterConditions,
  exemptionOf,
  kindsByGroup,
  literal,
  originsOf,
  type NamedExpression,
  scopeOf,
  validationOf,
  variablesOf,
} from './prelude';
import { quote } from './quote';

/** What kube-apiserver does about a violation: refuse, or warn whoever asks. Both are in the audit log. */
export type Action = 'deny' | 'warn';

/** A control as the API server is to enforce it. */
export interface EnforcedControl {
  control: ObjectControl;
  action: Action;
  /** Where they differ from the control's defaults. */
  parameters?: Parameters;
}

export interface AdmissionOptions {
  exemptions?: readonly Exemption[];
  /** Namespaces that are not judged. */
  exemptNamespaces?: readonly string[];
}

/** A policy and its binding, under one name. */
export interface AdmissionPolicy {
  name: string;
  policy: KubernetesObject;
  binding: KubernetesObject;
}

/** Says of an object that its controls only warn. */
export const LEVEL_ANNOTATION = { 'platform/level': 'advisory' };

/** Whether the API server judges it: all but what never reaches it, or is none of its policies' business. */
export function hasAdmissionTwin({ noAdmissionTwin }: ObjectControl): boolean {
  return noAdmissionTwin === undefined;
}

/**
 * ValidatingAdmissionPolicies and their bindings: what kube-apiserver enforces by itself. Controls that judge the same
 * kinds with the same action are one policy, which begins each message with the control's id: a policy each would take
 * thousands of evaluations from an API server that installs a chart, and hundreds of resources from a preview.
 */
export function admissionPolicies(
  enforced: readonly EnforcedControl[],
  options: AdmissionOptions = {},
): AdmissionPolicy[] {
  const groups = new Map<string, [EnforcedControl, ...EnforcedControl[]]>();
  for (const each of enforced) {
    const name = policyName(each);
    const known = groups.get(name);
    if (known) known.push(each);
    else groups.set(name, [each]);
  }
  return [...groups].map(([name, group]) => {
    const head = { apiVersion: 'admissionregistration.k8s.io/v1' };
    const [{ action }] = group;
    const metadata = { name, ...(action === 'warn' ? { annotations: LEVEL_ANNOTATION } : {}) };
    return {
      name,
      policy: { ...head, kind: 'ValidatingAdmissionPolicy', metadata, spec: policySpec(group, options) },
      binding: {
        ...head,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata,
        spec: bindingSpec(name, action, options),
      },
    };
  });
}

/** Name of the policy of all controls that judge the same kinds with the same action. */
export function policyName({ action, control }: EnforcedControl): string {
  const kinds = [...control.match]
    .sort()
    .map((match) => match.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
  return ['platform-controls', ...kinds, ...(action === 'warn' ? ['advisory'] : [])].join('-');
}

function policySpec(
  group: [EnforcedControl, ...EnforcedControl[]],
  { exemptions }: AdmissionOptions,
): object {
  const [{ control: first }, ...others] = group;
  const conditions = clusterConditions(first);
  const rules = group.map((each) => ruleOf(each, exemptions));
  const own = new Map(rules.flatMap(({ variables }) => variables).map((each) => [each.name, each]));
  return {
    // A rule that cannot be evaluated lets nothing pass, as in a preview.
    failurePolicy: 'Fail',
    matchConstraints: constraintsOf(first),
    ...(conditions.length > 0 ? { matchConditions: conditions } : {}),
    variables: [
      ...own.values(),
      ...(rules.some(({ isExempt }) => isExempt) ? [originsOf(first)] : []),
      ...variablesOf(first, ...others.map(({ control }) => control)),
    ],
    validations: rules.map(({ validation }) => validation),
  };
}

/** A control among others: its parameters under a name of their own, what is exempt passed, its id in its message. */
function ruleOf(
  { control, parameters }: EnforcedControl,
  exemptions: readonly Exemption[] | undefined,
): { variables: NamedExpression[]; validation: object; isExempt: boolean } {
  const variables: NamedExpression[] = [];
  const params = `params_${control.id.replaceAll('-', '_')}`;
  if (control.parameters) {
    variables.push({ name: params, expression: literal(parametersOf(control, parameters)) });
  }
  const named = (text: string): string => text.replaceAll(/\bvariables\.params\b/g, `variables.${params}`);
  const { expression, message, messageExpression } = validationOf(control);
  const exempt = exemptionOf(control, exemptions);
  return {
    variables,
    isExempt: exempt !== undefined,
    validation: {
      expression: exempt === undefined ? named(expression) : `(${exempt}) || (${named(expression)})`,
      messageExpression: `${quote(`${control.id}: `)} + ${named(messageExpression)}`,
      message: `${control.id}: ${message}`,
      reason: 'Forbidden',
    },
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

function bindingSpec(name: string, action: Action, { exemptNamespaces = [] }: AdmissionOptions): object {
  const outside = { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [...exemptNamespaces] };
  return {
    policyName: name,
    validationActions: action === 'deny' ? ['Deny', 'Audit'] : ['Warn', 'Audit'],
    ...(exemptNamespaces.length > 0
      ? { matchResources: { namespaceSelector: { matchExpressions: [outside] } } }
      : {}),
  };
}
