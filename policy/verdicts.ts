import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, type Verdict } from './cel';
import type { ObjectControl } from './control';
import { matcher } from './objects';
import { dependencies } from './package.json';
import { keep, recall, type RenderCache } from './render-cache';
import { type Subject, UNKNOWN } from './subject';

/** What is not allowed of some objects: verdicts by control, and by the object's place among them. */
export type Found = Readonly<Record<string, Readonly<Record<number, Verdict>>>>;

/** What makes a verdict of an object and a rule. */
export const JUDGES = [
  'cel.ts',
  'control.ts',
  'inventory.ts',
  'kinds.ts',
  'objects.ts',
  'quantity.ts',
  'subject.ts',
  'verdicts.ts',
];

/**
 * Judges objects by all object controls at once, those that were judged in the run before not again: a verdict hangs on
 * nothing but object, rule and parameters. To judge is slow where it is done once, with each rule to be read first.
 */
export class Verdicts {
  private readonly deciding: readonly string[];
  private readonly known: Promise<Readonly<Record<string, Found>>>;
  private readonly used: Record<string, Found> = {};
  private isNew = false;

  /** @param cache where verdicts are kept, beside what releases render to */
  constructor(
    private readonly controls: readonly ObjectControl[],
    private readonly cache: RenderCache,
  ) {
    this.deciding = ['verdicts', identify(controls)];
    this.known = recall<Record<string, Found>>(cache, this.deciding).then((known) => known ?? {});
  }

  /**
   * What is found of these objects; undefined where one has a value that is not known yet.
   * @param deciding all that decides what the objects are; by default the objects themselves
   */
  async of(subjects: readonly Subject[], deciding = textOf(subjects)): Promise<Found | undefined> {
    if (deciding === undefined) return undefined;
    const key = createHash('sha256').update(deciding).digest('hex');
    const known = (await this.known)[key];
    this.isNew ||= known === undefined;
    return (this.used[key] = known ?? this.judge(subjects));
  }

  /** Keeps the verdicts of this run for the next one. */
  async keep(): Promise<void> {
    if (this.isNew) await keep(this.cache, this.deciding, this.used);
  }

  private judge(subjects: readonly Subject[]): Found {
    const found = this.controls.map((control) => [control.id, foundBy(control, subjects)] as const);
    return Object.fromEntries(found.filter(([, verdicts]) => Object.keys(verdicts).length > 0));
  }
}

function foundBy(control: ObjectControl, subjects: readonly Subject[]): Record<number, Verdict> {
  const judge = compile(control);
  const judges = matcher(control.match);
  const verdicts = subjects.map((subject, index) => {
    const verdict = judges(subject.object, subject.key) ? judge(subject) : undefined;
    return verdict && verdict.kind !== 'allowed' ? [[index, verdict] as const] : [];
  });
  return Object.fromEntries(verdicts.flat());
}

/** Of the rules with their parameters, and of the code that judges by them. */
function identify(controls: readonly ObjectControl[]): string {
  const hash = createHash('sha256').update(dependencies['@marcbachmann/cel-js']);
  for (const { id, title, match, parameters, expression, message, remediation } of controls)
    hash.update(JSON.stringify([id, title, match, parameters, expression, message, remediation]));
  for (const name of JUDGES) hash.update(readFileSync(join(__dirname, name)));
  return hash.digest('hex');
}

/** Undefined where something in them is not known yet. */
function textOf(subjects: readonly Subject[]): string | undefined {
  let unknown = 0;
  const text = JSON.stringify(
    subjects.map(({ source }) => source),
    (_, value: unknown) => {
      if (value === UNKNOWN) unknown += 1;
      return value;
    },
  );
  return unknown === 0 ? text : undefined;
}
