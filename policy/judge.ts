import { compile, findCulprits, type Culprit, type Judge as Compiled } from './cel';
import {
  parametersOf,
  type Control,
  type ObjectControl,
  type Parameters,
  type ProgramResource,
  type ResourceControl,
  type Severity,
} from './control';
import type { Exemptions } from './exemption';
import { matcher, type KubernetesObject, type Matcher } from './objects';
import { changesBetween, containerPath, faultPath, type Path } from './paths';
import { fixedBy } from './remedy';
import { faultOf, judgeStack, reported, type Fault, type Reported } from './report';
import type { Stack } from './stack';
import { guarded, Subject } from './subject';
import type { Level } from './settings';

/** Something that does not keep to a control. */
export interface Violation {
  control: string;
  severity: Severity;
  /** `advisory` is warned of; `mandatory` fails. */
  level: 'advisory' | 'mandatory';
  /** The object or resource, what was found, and the cure. */
  message: string;
  /** The object at fault; a resource control has none. */
  object?: KubernetesObject;
  /** Name of the container at fault, where the rule is one on containers. */
  container?: string;
  /** Tells where in the object, which takes many a verdict of what is left of it. */
  path?: () => Path | undefined;
}

/** What is judged by, and how strictly. */
export interface Rules {
  controls: readonly Control[];
  levelOf: (id: string) => Level;
  /** Parameters of a control that differ from its defaults. */
  configured: (id: string) => Parameters;
  exemptions: Exemptions;
}

/** Judges by a choice of controls, outside of the engine as the pack does within it. */
export class Judge {
  /** Objects that a control would deny if they were not exempt, once for each control. */
  exempted = 0;
  private readonly objectRules: {
    control: ObjectControl;
    judges: Matcher;
    judge: Compiled;
    culprits: ReturnType<typeof findCulprits>;
  }[];

  constructor(private readonly rules: Rules) {
    this.objectRules = this.active('object').map((control) => ({
      control,
      judges: matcher(control.match),
      judge: compile(control),
      culprits: findCulprits(control),
    }));
  }

  /** What the object controls find of one object. */
  object(subject: Subject): Violation[] {
    return this.objectRules.flatMap(({ control, judges, judge, culprits }) => {
      if (!judges(subject.object, subject.key)) return [];
      const configured = this.rules.configured(control.id);
      const verdict = judge(subject, configured);
      if (verdict.kind === 'allowed') return [];
      const standing = this.rules.exemptions.standing(control.id, subject.source);
      if (standing.state === 'exempt') this.exempted += 1;
      const found = verdict.kind === 'denied' ? culprits(subject, configured) : [];
      if (found.length === 0) {
        const passes = (changed: KubernetesObject): boolean =>
          judge(new Subject(changed), configured).kind === 'allowed';
        const path = (): Path | undefined => this.path(control, subject, undefined, passes);
        return this.tell(control, reported(verdict, standing), {
          object: subject.source,
          ...(verdict.kind === 'denied' ? { path } : {}),
        });
      }
      return found.flatMap((culprit) => {
        const who = culprit.container === '' ? 'the pod' : `container ${culprit.container}`;
        const message = `${subject.name}: ${who} ${culprit.found}. ${control.remediation}`;
        return this.tell(control, reported({ kind: 'denied', message }, standing), {
          object: subject.source,
          path: () => this.path(control, subject, culprit),
          ...(culprit.container ? { container: culprit.container } : {}),
        });
      });
    });
  }

  /** What the stack controls find of all objects together. */
  stack(stack: Stack): Violation[] {
    return this.active('stack').flatMap((control) =>
      judgeStack(control, stack, this.rules.configured(control.id)).flatMap(({ object, ...fault }) => {
        const standing = this.rules.exemptions.standing(control.id, object);
        if (standing.state === 'exempt') this.exempted += 1;
        return this.tell(control, reported(fault, standing), { object });
      }),
    );
  }

  /** What the resource controls find of a resource of the program. */
  resource(resource: ProgramResource): Violation[] {
    return this.active('resource')
      .filter((control) => isJudged(resource.type, control))
      .flatMap((control) => {
        const fault = resourceFault(control, resource, this.rules.configured(control.id));
        return this.tell(control, fault && reported(fault, { state: 'none' }), {});
      });
  }

  private active<Scope extends Control['scope']>(scope: Scope): Extract<Control, { scope: Scope }>[] {
    return this.rules.controls.filter(
      (control): control is Extract<Control, { scope: Scope }> =>
        control.scope === scope && this.rules.levelOf(control.id) !== 'disabled',
    );
  }

  private tell(
    { id, severity }: Control,
    report: Reported | undefined,
    where: Pick<Violation, 'object' | 'container' | 'path'>,
  ): Violation[] {
    if (!report) return [];
    const level =
      report.enforcementLevel ?? (this.rules.levelOf(id) === 'advisory' ? 'advisory' : 'mandatory');
    return [{ control: id, severity, level, message: report.message, ...where }];
  }

  /**
   * A control that can mend what it finds tells by that where it is; else it is its container, or where the object would
   * pass without.
   */
  private path(
    control: ObjectControl,
    { source }: Subject,
    culprit: Culprit | undefined,
    passes?: (changed: KubernetesObject) => boolean,
  ): Path | undefined {
    const above = culprit?.container ? containerPath(source, culprit.container) : undefined;
    const fixed = fixedBy(control, source, this.rules.configured(control.id));
    const changed = fixed ? changesBetween(source, fixed).map(({ path }) => path) : [];
    return (
      changed.find((each) => above?.every((step, index) => each[index] === step) ?? true) ??
      above ??
      (passes && faultPath(source, passes))
    );
  }
}

/** Whether a resource control judges resources of this Pulumi type. */
export function isJudged(type: string, { types }: ResourceControl): boolean {
  return types.some((each) => each === type || (each === 'kubernetes:' && type.startsWith(each)));
}

/** What a resource control found; see `faultOf` for one that throws. */
export function resourceFault(
  control: ResourceControl,
  resource: ProgramResource,
  configured: Parameters,
): Fault | undefined {
  const { inputs, name, provider, type } = resource;
  const known = {
    ...resource,
    inputs: guarded(inputs),
    ...(provider ? { provider: guarded(provider, 'provider.') } : {}),
  };
  const owner = `${type.split(':').at(-1)} ${name}`;
  try {
    const found = control.judge(known, parametersOf(control, configured));
    return found === undefined
      ? undefined
      : { kind: 'denied', message: `${owner}: ${found}. ${control.remediation}` };
  } catch (error) {
    const fault = faultOf(control, error);
    return fault.kind === 'undecided' ? { ...fault, message: `${owner}: ${fault.message}` } : fault;
  }
}
