import { parametersOf, type ObjectControl, type Parameters, type ParameterSchema } from './control';
import { LEVEL_ANNOTATION, type Action } from './admission';
import type { Exemption } from './exemption';
import type { KubernetesObject } from './objects';
import {
  clusterConditions,
  exemptionOf,
  kindsByGroup,
  originsOf,
  scopeOf,
  validationOf,
  variablesOf,
} from './prelude';

export interface ConstraintOptions {
  /** Where they differ from the control's defaults. */
  parameters?: Parameters;
  action: Action;
  /** Namespaces that are not judged. */
  exemptNamespaces?: readonly string[];
  /** Whether Gatekeeper's webhook answers, too; else it only audits. */
  admits: boolean;
}

/** Kind of the constraints that a control's template makes: "NoPrivileged" of "no-privileged". */
export function constraintKind({ id }: Pick<ObjectControl, 'id'>): string {
  return id.replace(/(^|-)([a-z0-9])/g, (_, _dash, letter: string) => letter.toUpperCase());
}

/** The Gatekeeper ConstraintTemplate of a control: the same CEL as everywhere. */
export function constraintTemplate(
  control: ObjectControl,
  { exemptions }: { exemptions?: readonly Exemption[] } = {},
): KubernetesObject {
  const kind = constraintKind(control);
  const exempt = exemptionOf(control, exemptions);
  const conditions = [
    ...clusterConditions(control),
    // Conditions come before variables.
    ...(exempt === undefined
      ? []
      : [
          {
            name: 'not-exempt',
            expression: `!${exempt.replace('variables.origins', `(${originsOf(control).expression})`)}`,
          },
        ]),
  ];
  const source = {
    // kube-apiserver has policies of its own for that; one from here would judge everything twice.
    generateVAP: false,
    failurePolicy: 'Fail',
    ...(conditions.length > 0 ? { matchCondition: conditions } : {}),
    variables: variablesOf(control),
    validations: [validationOf(control)],
  };
  return {
    apiVersion: 'templates.gatekeeper.sh/v1',
    kind: 'ConstraintTemplate',
    metadata: {
      name: kind.toLowerCase(),
      annotations: { 'metadata.gatekeeper.sh/title': control.title, description: control.why },
    },
    spec: {
      crd: { spec: { names: { kind }, validation: { openAPIV3Schema: parametersSchema(control) } } },
      targets: [
        {
          target: 'admission.k8s.gatekeeper.sh',
          code: [{ engine: 'K8sNativeValidation', source }],
        },
      ],
    },
  };
}

/** The constraint of a control: whom it is asked of, with which parameters, and what is done about it. */
export function constraintOf(control: ObjectControl, options: ConstraintOptions): KubernetesObject {
  const { exemptNamespaces = [], parameters } = options;
  return {
    apiVersion: 'constraints.gatekeeper.sh/v1beta1',
    kind: constraintKind(control),
    metadata: { name: control.id, annotations: annotationsOf(control, options) },
    spec: {
      ...enforcement(options),
      match: {
        ...matchOf(control),
        ...(exemptNamespaces.length > 0 ? { excludedNamespaces: [...exemptNamespaces] } : {}),
      },
      ...(control.parameters ? { parameters: parametersOf(control, parameters) } : {}),
    },
  };
}

/** What the control is, and that it only warns, where that is so. */
function annotationsOf({ title }: ObjectControl, { action }: ConstraintOptions): Record<string, string> {
  return { 'platform/title': title, ...(action === 'warn' ? LEVEL_ANNOTATION : {}) };
}

function enforcement({ action, admits }: ConstraintOptions): object {
  if (admits) return { enforcementAction: action };
  const enforcementPoints = [{ name: 'audit.gatekeeper.sh' }, { name: 'gator.gatekeeper.sh' }];
  return { enforcementAction: 'scoped', scopedEnforcementActions: [{ action, enforcementPoints }] };
}

function matchOf(control: ObjectControl): object {
  const groups = kindsByGroup(control);
  if (!groups) return { kinds: [{ apiGroups: ['*'], kinds: ['*'] }], scope: scopeOf(control) };
  return {
    kinds: [...groups].map(([group, kinds]) => ({
      apiGroups: [group],
      kinds: kinds.map(({ kind }) => kind),
    })),
  };
}

function parametersSchema({ parameters = {} }: ObjectControl): object {
  const properties: [string, ParameterSchema][] = Object.entries(parameters);
  return { type: 'object', ...(properties.length > 0 ? { properties: Object.fromEntries(properties) } : {}) };
}
