import { createHash } from 'node:crypto';
import { isAbsolute, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Control } from '../../control';
import type { Outcome, Told } from '../outcome';
import type { Problem } from '../problems';

/** What code scanning sorts by: https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning */
const SCORES: Record<string, string> = { critical: '9.5', high: '8.0', medium: '5.5', low: '3.0' };

/**
 * SARIF 2.1.0: a rule for each control, a result for each violation, and a notification for each error.
 * See https://docs.oasis-open.org/sarif/sarif/v2.1.0/
 */
export function sarifReport({ controls, violations, errors }: Outcome): string {
  const index = new Map(controls.map(({ id }, place) => [id, place]));
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'platform-policy', rules: controls.map(rule) } },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: errors.length === 0,
            toolExecutionNotifications: errors.map((error) => ({
              level: 'error',
              message: { text: error.message },
              locations: locations(error),
            })),
          },
        ],
        results: numbered(violations).map(({ violation, occurrence }) =>
          result(violation, occurrence, index),
        ),
      },
    ],
  };
  return `${JSON.stringify(log)}\n`;
}

function rule({ id, title, why, remediation, severity, cis, pss, nsa }: Control): object {
  const tags = [
    'kubernetes',
    ...cis.map(({ section }) => `cis-${section}`),
    ...(pss ? [`pss-${pss}`] : []),
    ...(nsa ? ['nsa'] : []),
  ];
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: `${title}. ${why}` },
    help: { text: remediation },
    defaultConfiguration: { level: 'error' },
    properties: { tags, precision: 'very-high', severity, 'security-severity': SCORES[severity] },
  };
}

function result(violation: Told, occurrence: number, index: ReadonlyMap<string, number>): object {
  const { control, level, message } = violation;
  const place = index.get(control);
  return {
    ruleId: control,
    ...(place === undefined ? {} : { ruleIndex: place }),
    level: level === 'mandatory' ? 'error' : 'warning',
    message: { text: message },
    locations: locations(violation),
    partialFingerprints: { 'platformPolicy/v1': fingerprint(violation, occurrence) },
  };
}

function locations(what: Problem | Told): object[] {
  const { file, line } = what;
  const logical = 'control' in what ? logicalName(what) : '';
  if (file === undefined && logical === '') return [];
  return [
    {
      ...(file === undefined
        ? {}
        : {
            physicalLocation: {
              artifactLocation: { uri: uriOf(file) },
              ...(line === undefined ? {} : { region: { startLine: line } }),
            },
          }),
      ...(logical === '' ? {} : { logicalLocations: [{ fullyQualifiedName: logical, kind: 'resource' }] }),
    },
  ];
}

function logicalName({ kind, namespace, name, path, container }: Told): string {
  if (kind === undefined) return '';
  return [kind, namespace, name, path ?? container].filter((part) => part !== undefined).join('/');
}

/** Relative to where the command ran, as code scanning wants it; whole where it is not below that. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.split(sep).map(encodeURIComponent).join('/');
}

/** What stays the same when lines move: the control, the object, and the place in it. */
function fingerprint(
  { control, file, apiVersion, kind, namespace, name, container, path }: Told,
  occurrence: number,
): string {
  const parts = [control, file, apiVersion, kind, namespace, name, container, path, occurrence];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Each violation with how many like it came before: two findings on one place must not be taken for one. */
function numbered(violations: readonly Told[]): { violation: Told; occurrence: number }[] {
  const seen = new Map<string, number>();
  return violations.map((violation) => {
    const key = fingerprint(violation, 0);
    const occurrence = seen.get(key) ?? 0;
    seen.set(key, occurrence + 1);
    return { violation, occurrence };
  });
}
