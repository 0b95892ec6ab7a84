import type { NsaItem, PssLevel } from './frameworks';
import type { Match } from './kinds';
import type { KubernetesObject } from './objects';
import type { Stack } from './stack';

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** JSON schema of one parameter, in the part of it that CrossGuard and a constraint's openAPIV3Schema share. */
export type ParameterSchema =
  | {
      type: 'array';
      items: { type: 'string'; pattern?: string };
      minItems?: number;
      description: string;
      default: readonly string[];
    }
  | { type: 'string'; pattern?: string; description: string; default: string }
  | { type: 'integer'; minimum?: number; maximum?: number; description: string; default: number }
  | { type: 'boolean'; description: string; default: boolean };

/** Values of parameters, by name. */
export type Parameters = Readonly<Record<string, unknown>>;

/** Something to judge, with the verdict that its list declares. */
export interface Sample<Judged = KubernetesObject> {
  /** What the sample shows. */
  title: string;
  object: Judged;
  /** Where they differ from the defaults. */
  parameters?: Parameters;
}

export interface Samples<Judged = KubernetesObject> {
  allowed: readonly Sample<Judged>[];
  denied: readonly Sample<Judged>[];
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
  /** Set where the objects of a stack only hint at what the section asks. */
  heuristic?: boolean;
}

/** What every control has, whatever it judges. */
interface ControlBase {
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
  pss?: PssLevel;
  /** Item of the NSA/CISA Kubernetes Hardening Guidance that asks for it, if one does. */
  nsa?: NsaItem;
  parameters?: Readonly<Record<string, ParameterSchema>>;
  /** What to do about it. */
  remediation: string;
}

/**
 * One rule on single objects, in the CEL that kube-apiserver, Gatekeeper and the JavaScript evaluator share.
 * Expressions see `object`, `variables.podSpec`, `variables.podMetadata` (of the pods that it makes),
 * `variables.containers` (containers, init and ephemeral), `variables.plannedContainers` (without ephemeral, which may
 * declare no resources) and `variables.params`.
 */
export interface ObjectControl extends ControlBase {
  scope: 'object';
  match: readonly Match[];
  /** CEL: true when the object is as it must be. */
  expression: string;
  /** CEL: what was found, as text; evaluated only where `expression` is false. */
  message: string;
  /**
   * CEL: each container that the rule finds at fault, as maps of its name (`container`; empty for the pod itself) and
   * what was found; an empty list where the object as a whole is. Read only where `expression` is false.
   */
  culprits?: string;
  /** Makes a denied object an allowed one and changes nothing else, on a copy; only where that is safe. */
  fix?: (object: KubernetesObject, parameters: Parameters) => void;
  /** Why nothing on the cluster judges it, where nothing does: most often, what the rule reads never reaches the API server. */
  noAdmissionTwin?: string;
  samples: Samples;
}

/** What a rule on several objects, or on a resource of the program, found. */
export interface Finding {
  /** The object or resource that is not as it must be. */
  object: KubernetesObject;
  /** What was found, as the middle of a sentence; the object's name goes before, the cure after it. */
  found: string;
}

/** One rule on all objects of a stack together; it has no admission twin, since admission sees one at a time. */
export interface StackControl extends ControlBase {
  scope: 'stack';
  judge: (stack: Stack, parameters: Parameters) => Finding[];
  /** Each sample is a whole stack. */
  samples: Samples<readonly KubernetesObject[]>;
}

/** A resource of the program, as the engine shows it to a policy. */
export interface ProgramResource {
  /** Pulumi type, such as "kubernetes:helm.sh/v3:Release". */
  type: string;
  name: string;
  /** Its inputs; to read what is not known before the update leaves the rule undecided, as in a stack. */
  inputs: Readonly<Record<string, unknown>>;
  options: { protect: boolean; ignoreChanges: readonly string[] };
  /** Inputs of its provider, where it has one. */
  provider?: Readonly<Record<string, unknown>>;
  /** Name of the stack. */
  stack?: string;
  /** Of a Helm release whose chart is an archive on disk. */
  chart?: ChartFacts;
}

/** What is known of a release's chart. */
export interface ChartFacts {
  /** Whether its makers gave it up. */
  deprecated: boolean;
  /** Names of the objects that another render makes differently. */
  varying: readonly string[];
}

/** One rule on resources of the program: Helm releases and resource options. Clusters never see what it reads. */
export interface ResourceControl extends ControlBase {
  scope: 'resource';
  /** Pulumi types that it judges; `kubernetes:` alone stands for every Kubernetes resource. */
  types: readonly string[];
  /** What was found, as the middle of a sentence; undefined when the resource is as it must be. */
  judge: (resource: ProgramResource, parameters: Parameters) => string | undefined;
  samples: Samples<ProgramResource>;
}

export type Control = ObjectControl | StackControl | ResourceControl;

/** The CEL of a rule that containers meet by themselves. */
export type ContainerRule = Pick<ObjectControl, 'expression' | 'message'> & { culprits: string };

/**
 * The CEL of a rule that each container meets by itself.
 * @param ok CEL over `c`, the container: true when it is as it must be
 * @param found CEL over `c`: what was found, as text that follows the container's name
 * @param containers the list that is judged
 */
export function eachContainer(ok: string, found: string, containers = 'variables.containers'): ContainerRule {
  const guilty = `${containers}.filter(c, !(${ok}))`;
  const name = "c.?name.orValue('without a name')";
  return {
    expression: `${containers}.all(c, ${ok})`,
    message: `${guilty}.map(c, 'container ' + ${name} + ' ' + ${found}).join(', ')`,
    culprits: `${guilty}.map(c, {'container': dyn(${name}), 'found': dyn(${found})})`,
  };
}

/** The parameters in force: what is configured, else the defaults of the control's schema. */
export function parametersOf(
  { parameters }: Pick<Control, 'parameters'>,
  configured: Parameters = {},
): Parameters {
  const names = Object.entries(parameters ?? {});
  return Object.fromEntries(names.map(([name, schema]) => [name, configured[name] ?? schema.default]));
}
