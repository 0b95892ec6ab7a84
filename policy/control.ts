import type { KindGroup, KubernetesObject } from './objects';

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** JSON schema of one parameter, in the part of it that CrossGuard and a constraint's openAPIV3Schema share. */
export interface ParameterSchema {
  type: 'array';
  items: { type: 'string'; pattern?: string };
  minItems?: number;
  description: string;
  default: readonly string[];
}

/** Values of parameters, by name. */
export type Parameters = Readonly<Record<string, unknown>>;

/** An object with the verdict that its list declares. */
export interface Sample {
  /** What the sample shows. */
  title: string;
  object: KubernetesObject;
  /** Where they differ from the defaults. */
  parameters?: Parameters;
}

/**
 * A section of the CIS Kubernetes Benchmark. Sections moved in version 1.12: 5.2.10 to 5.2.13 became 5.2.9 to
 * 5.2.12, and 5.7 became 5.6.
 */
export interface CisSection {
  /** Number in version 1.12. */
  section: string;
  /** Number in earlier versions, where it differs. */
  formerly?: string;
}

/**
 * One rule on single objects, in the CEL that kube-apiserver, Gatekeeper and the JavaScript evaluator share.
 * Expressions see `object`, `variables.podSpec`, `variables.containers` (containers, init and ephemeral),
 * `variables.plannedContainers` (without ephemeral, which may declare no resources) and `variables.params`.
 */
export interface Control {
  /** Name of its file, of its CrossGuard policy, of its constraint. */
  id: string;
  /** Rows of the proposed catalogue that it holds. */
  covers: readonly string[];
  /** What must be so, as one sentence. */
  title: string;
  /** What happens where it is not so. */
  why: string;
  severity: Severity;
  cis: readonly CisSection[];
  /** The Pod Security Standards level that asks for it, if one does. */
  pss?: 'baseline' | 'restricted';
  match: KindGroup;
  parameters?: Readonly<Record<string, ParameterSchema>>;
  /** CEL: true when the object is as it must be. */
  expression: string;
  /** CEL: what was found, as text; evaluated only where `expression` is false. */
  message: string;
  /** What to do about it. */
  remediation: string;
  samples: { allowed: readonly Sample[]; denied: readonly Sample[] };
}

/**
 * Expression and message of a rule that each container meets by itself.
 * @param ok CEL over `c`, the container: true when it is as it must be
 * @param found CEL over `c`: what was found, as text that follows the container's name
 * @param containers the list that is judged
 */
export function eachContainer(
  ok: string,
  found: string,
  containers = 'variables.containers',
): Pick<Control, 'expression' | 'message'> {
  const name = "'container ' + c.?name.orValue('without a name') + ' '";
  return {
    expression: `${containers}.all(c, ${ok})`,
    message: `${containers}.filter(c, !(${ok})).map(c, ${name} + ${found}).join(', ')`,
  };
}

/** The parameters in force: what is configured, else the defaults of the control's schema. */
export function parametersOf(control: Control, configured: Parameters = {}): Parameters {
  const names = Object.entries(control.parameters ?? {});
  return Object.fromEntries(names.map(([name, schema]) => [name, configured[name] ?? schema.default]));
}
