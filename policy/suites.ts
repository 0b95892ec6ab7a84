/**
 * `npm run --silent suites -- FOLDER`: the controls as Gatekeeper's users test theirs: a template, its constraints and
 * its samples each, with a suite for `gator verify FOLDER/...`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { hasAdmissionTwin } from './admission';
import { OBJECT_CONTROLS } from './catalogue';
import type { ObjectControl, Parameters } from './control';
import { constraintKind, constraintOf, constraintTemplate } from './gatekeeper';
import { KIND_BY_KEY } from './kinds';
import { groupOf, type KubernetesObject } from './objects';

/** Files of one control's suite, by name. */
export function suiteOf(control: ObjectControl): Map<string, object> {
  const files = new Map<string, object>([['template.yaml', constraintTemplate(control)]]);
  const tests = parameterSets(control).map((parameters, index) => {
    const constraint = `constraint-${index}.yaml`;
    const options = { action: 'deny', admits: true, ...(parameters ? { parameters } : {}) } as const;
    files.set(constraint, constraintOf(control, options));
    const cases = (['allowed', 'denied'] as const).flatMap((expected) =>
      control.samples[expected]
        .filter((sample) => isDeepStrictEqual(sample.parameters, parameters) && isJudged(sample.object))
        .map(({ object, title }, at) => {
          const file = `${expected}-${index}-${at}.yaml`;
          files.set(file, shown(placed(object)) as object);
          const assertions = [{ violations: expected === 'denied' ? 'yes' : 'no' }];
          return { name: `${expected}: ${title}`, object: file, assertions };
        }),
    );
    return { name: `${control.id} ${index}`, template: 'template.yaml', constraint, cases };
  });
  files.set('suite.yaml', {
    apiVersion: 'test.gatekeeper.sh/v1alpha1',
    kind: 'Suite',
    metadata: { name: constraintKind(control).toLowerCase() },
    tests: tests.filter(({ cases }) => cases.length > 0),
  });
  return files;
}

/** The defaults, and each set of parameters in a sample. */
export function parameterSets({ samples }: ObjectControl): (Parameters | undefined)[] {
  const sets: (Parameters | undefined)[] = [undefined];
  for (const { parameters } of [...samples.allowed, ...samples.denied])
    if (!sets.some((known) => isDeepStrictEqual(known, parameters))) sets.push(parameters);
  return sets;
}

/** What gator takes for a constraint of its own, it does not judge. */
export function isJudged({ apiVersion }: KubernetesObject): boolean {
  return groupOf(apiVersion) !== 'constraints.gatekeeper.sh';
}

/** In the namespace that the API server gives an object that names none. */
function placed(object: KubernetesObject): KubernetesObject {
  const { apiVersion, kind, metadata } = object;
  const isNamespaced = KIND_BY_KEY.get(`${groupOf(apiVersion)}/${kind}`)?.namespaced === true;
  if (!isNamespaced || (typeof metadata?.namespace === 'string' && metadata.namespace !== '')) return object;
  return { ...object, metadata: { ...metadata, namespace: 'default' } };
}

/** An object as the API server would show it, where gator does not: without fields that are null, quantities as text. */
export function shown(value: unknown, isQuantity = false): unknown {
  if (Array.isArray(value)) return value.map((item) => shown(item));
  if (typeof value === 'number' && isQuantity) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(
    fields.map(([key, field]) => {
      const inside = isQuantity || key === 'sizeLimit' || key === 'limits' || key === 'requests';
      return [key, shown(field, inside)];
    }),
  );
}

/** Writes the suites of all controls that Gatekeeper can judge, a folder each. */
export function writeSuites(folder: string): number {
  const controls = OBJECT_CONTROLS.filter(hasAdmissionTwin);
  for (const control of controls) {
    const place = join(folder, control.id);
    mkdirSync(place, { recursive: true });
    for (const [name, content] of suiteOf(control))
      writeFileSync(join(place, name), `${JSON.stringify(content, undefined, 2)}\n`);
  }
  return controls.length;
}

if (require.main === module) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    console.error('found no folder; expected one to write to: npm run --silent suites -- FOLDER');
    process.exitCode = 2;
  } else {
    console.log(`${writeSuites(resolve(folder))} suites in ${folder}: gator verify ${folder}/...`);
  }
}
