import type { EngineEvent } from '@pulumi/pulumi/automation';
import { EventLog, type Step } from '../../sandbox/engine/events';

/** A URN of the local stack: the types of its parents and its own, and its name. */
export function urn(name: string, ...types: string[]): string {
  return `urn:pulumi:local::platform::${['platform:index:Platform', ...types].join('$')}::${name}`;
}

export const RELEASE = 'kubernetes:helm.sh/v3:Release';
export const ISTIOD = urn('istiod', 'platform:mesh:Component', RELEASE);
export const APP = urn('app', 'platform:workload:Component', 'kubernetes:apps/v1:Deployment');

/** The engine's own events have more fields, which nothing here reads. */
type Part = Record<string, unknown>;

const event = (part: Part): EngineEvent => part as unknown as EngineEvent;

const typeOf = (of: string): string => of.split('::')[2]?.split('$').at(-1) ?? '';

/** The engine begins a step. */
export function begin(of: string, op: string, diffs?: string[]): EngineEvent {
  return event({
    resourcePreEvent: { metadata: { urn: of, type: typeOf(of), op, ...(diffs ? { diffs } : {}) } },
  });
}

/** The engine begins each step of a replacement; only the middle one says which property asks for it. */
export function replace(of: string, key: string): EngineEvent[] {
  const metadata = { urn: of, type: typeOf(of), op: 'replace', keys: [key], diffs: [key] };
  return [
    begin(of, 'delete-replaced'),
    event({ resourcePreEvent: { metadata } }),
    begin(of, 'create-replacement'),
  ];
}

/** The engine has ended a step. */
export function end(of: string): EngineEvent {
  return event({ resOutputsEvent: { metadata: { urn: of } } });
}

export function fail(of: string): EngineEvent {
  return event({ resOpFailedEvent: { metadata: { urn: of } } });
}

export function diagnostic(severity: string, message: string): EngineEvent {
  return event({ diagnosticEvent: { severity, message } });
}

export function summary(resourceChanges: Record<string, number>): EngineEvent {
  return event({ summaryEvent: { resourceChanges } });
}

/** A log that has seen these events. */
export function logOf(...events: EngineEvent[]): EventLog {
  const log = new EventLog();
  events.forEach(log.handle);
  return log;
}

/** A step that took `seconds`, begun at `start` (ms). */
export function step(of: string, op: string, start = 0, seconds = 1): Step {
  const [made] = [...logOf(begin(of, op)).steps.values()];
  if (!made) throw new Error(`no step for ${of}`);
  return { ...made, startedAt: start, endedAt: start + seconds * 1000 };
}
