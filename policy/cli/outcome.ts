import type { Control } from '../control';
import { groupOf, isRecord, matches, type KubernetesObject } from '../objects';
import { formatPath } from '../paths';
import type { Violation } from '../judge';
import type { Problem } from './problems';

/** A violation as reports tell it. */
export interface Told {
  control: string;
  severity: string;
  level: 'advisory' | 'mandatory';
  file?: string;
  line?: number;
  /** Of a stack: the resource of the program that makes the object, such as `Release falco`. */
  resource?: string;
  apiVersion?: string;
  kind?: string;
  namespace?: string;
  name?: string;
  container?: string;
  /** Such as `spec.containers[0].image`. */
  path?: string;
  /** The object, what was found, and the cure. */
  message: string;
}

/** What came of a run. */
export interface Outcome {
  /** The controls that judged. */
  controls: readonly Control[];
  /** Number of objects judged. */
  objects: number;
  violations: readonly Told[];
  errors: readonly Problem[];
  /** Documents of folders that are no manifests. */
  skipped: readonly Problem[];
  /** Kinds, with their group, that no control in use judges in particular. */
  generalOnly: readonly string[];
  /** Violations that are exempt. */
  exempted: number;
  /** What was mended, where that was asked for. */
  fixed?: { folder: string; objects: number; violations: number };
}

export const NOTHING: Outcome = {
  controls: [],
  objects: 0,
  violations: [],
  errors: [],
  skipped: [],
  generalOnly: [],
  exempted: 0,
};

/** 2 where something given can't be used, 1 where a mandatory control is violated, else 0. */
export function exitCode({ errors, violations }: Pick<Outcome, 'errors' | 'violations'>): 0 | 1 | 2 {
  if (errors.length > 0) return 2;
  return violations.some(({ level }) => level === 'mandatory') ? 1 : 0;
}

/** A violation with where it is. */
export function tell(
  { control, severity, level, message, object, container, path: pathOf }: Violation,
  place: Pick<Told, 'file' | 'line' | 'resource'> = {},
): Told {
  const path = pathOf?.();
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? value : undefined;
  const { apiVersion, kind, metadata } = object ?? {};
  const told: Record<keyof Told, unknown> = {
    control,
    severity,
    level,
    file: place.file,
    line: place.line,
    resource: place.resource,
    apiVersion: text(apiVersion),
    kind: text(kind),
    namespace: isRecord(metadata) ? text(metadata.namespace) : undefined,
    name: isRecord(metadata) ? text(metadata.name) : undefined,
    container,
    path: path && formatPath(path),
    message,
  };
  return Object.fromEntries(
    Object.entries(told).filter(([, value]) => value !== undefined),
  ) as unknown as Told;
}

/** Kinds among these objects that only rules on every object judge: `Widget.example.com`. */
export function generalOnly(objects: readonly KubernetesObject[], controls: readonly Control[]): string[] {
  const particular = controls.flatMap((control) =>
    control.scope === 'object'
      ? control.match.filter((match) => match !== 'all' && match !== 'namespaced')
      : [],
  );
  const others = objects.filter((object) => !matches(object, particular));
  return [...new Set(others.map(nameOfKind))].sort();
}

function nameOfKind({ apiVersion, kind }: KubernetesObject): string {
  const group = groupOf(apiVersion);
  return group === '' ? kind : `${kind}.${group}`;
}
