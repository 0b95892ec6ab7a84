import type { EngineEvent, OpMap } from '@pulumi/pulumi/automation';

/** Numbers of resources by what happened (or would happen) to them. */
export interface Changes {
  same: number;
  create: number;
  update: number;
  replace: number;
  delete: number;
}

/** One resource's step. */
export interface Step {
  urn: string;
  type: string;
  name: string;
  /** Component of the platform that it belongs to, such as "mesh". */
  component: string;
  op: string;
  /** Changed properties, of an update or replacement. */
  diffs: string[];
  /** Properties that can't change without a replacement, of one. */
  replacedFor: string[];
  startedAt: number;
  endedAt?: number;
  failed?: boolean;
}

/** A control that something violates. */
export interface Violation {
  control: string;
  mandatory: boolean;
  /** What was found, with the object's name. */
  found: string;
  /** The same with level, control and resource. */
  text: string;
}

/** Follows an update through the engine's events. */
export class EventLog {
  readonly steps = new Map<string, Step>();
  readonly errors: string[] = [];
  /** What was not ready when the update failed, and why. */
  readonly reasons: string[] = [];
  /** What became of the releases that failed. */
  readonly outcomes: string[] = [];
  /** Violated controls, once each. */
  readonly violations = new Map<string, Violation>();
  changes: Changes = { same: 0, create: 0, update: 0, replace: 0, delete: 0 };

  constructor(private readonly onStep: (step: Step) => void = () => undefined) {}

  readonly handle = (event: EngineEvent): void => {
    if (event.resourcePreEvent) this.begin(event.resourcePreEvent.metadata);
    if (event.resOutputsEvent) this.end(event.resOutputsEvent.metadata, false);
    if (event.resOpFailedEvent) this.end(event.resOpFailedEvent.metadata, true);
    if (event.diagnosticEvent?.severity === 'error') this.errors.push(clean(event.diagnosticEvent.message));
    if (event.policyEvent) this.violate(event.policyEvent);
    if (event.summaryEvent) this.changes = countChanges(event.summaryEvent.resourceChanges);
  };

  /** Steps under way. */
  active(): Step[] {
    return [...this.steps.values()].filter(({ endedAt, op }) => endedAt === undefined && op !== 'same');
  }

  private violate(event: {
    enforcementLevel: string;
    message: string;
    policyName: string;
    resourceUrn?: string;
  }): void {
    const about = event.resourceUrn ? ` (${nameOf(event.resourceUrn)})` : '';
    // The engine puts the control's own title above what it found.
    const found = clean(event.message).split('\n').at(-1) ?? '';
    const text = `${event.enforcementLevel} ${event.policyName}${about}: ${found}`;
    this.violations.set(text, {
      control: event.policyName,
      mandatory: event.enforcementLevel === 'mandatory',
      found,
      text,
    });
  }

  private begin(metadata: {
    urn: string;
    type: string;
    op: string;
    diffs?: string[];
    keys?: string[];
  }): void {
    const { urn, type, op } = metadata;
    const step: Step = {
      urn,
      type,
      op,
      name: nameOf(urn),
      component: componentOf(urn),
      diffs: metadata.diffs ?? [],
      // A replacement is told in up to three steps, and not each says why.
      replacedFor: metadata.keys?.length ? metadata.keys : (this.steps.get(urn)?.replacedFor ?? []),
      startedAt: Date.now(),
    };
    this.steps.set(urn, step);
    this.onStep(step);
  }

  private end({ urn, op, diffs }: { urn: string; op: string; diffs?: string[] }, failed: boolean): void {
    const step = this.steps.get(urn);
    if (!step || step.endedAt !== undefined) return;
    step.endedAt = Date.now();
    // Only the end of a refresh says what it found.
    if (step.op === 'refresh') Object.assign(step, { op, diffs: diffs ?? [] });
    if (failed) step.failed = true;
    this.onStep(step);
  }
}

/** The engine's numbers of resources by operation, as five. */
export function countChanges(counts: OpMap): Changes {
  const sum = (...ops: (keyof OpMap)[]): number => ops.reduce((total, op) => total + (counts[op] ?? 0), 0);
  return {
    same: sum('same'),
    create: sum('create'),
    update: sum('update'),
    replace: sum('replace', 'create-replacement'),
    delete: sum('delete', 'delete-replaced'),
  };
}

/** Whether anything was, or would be, changed. */
export function isUnchanged({ create, update, replace, delete: deleted }: Changes): boolean {
  return create + update + replace + deleted === 0;
}

/**
 * The platform's component that a URN belongs to: the chain of parent types in it holds, after the platform's
 * own, `platform:<area>:<Class>`.
 */
export function componentOf(urn: string): string {
  const types = (urn.split('::')[2] ?? '').split('$');
  const [, area] = (types[1] ?? '').split(':');
  return types[1]?.startsWith('platform:') && area ? area : 'platform';
}

export function nameOf(urn: string): string {
  return urn.split('::').slice(3).join('::');
}

function clean(message: string): string {
  return message
    .replace(/\u001b\[[0-9;]*m/g, '')
    .replace(/<\{%[^%]*%\}>/g, '')
    .trim();
}
