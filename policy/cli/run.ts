import type { Control } from '../control';
import { Exemptions } from '../exemption';
import { EXEMPTIONS } from '../exemptions';
import { Judge, type Rules, type Violation } from '../judge';
import type { KubernetesObject } from '../objects';
import { Stack } from '../stack';
import { Subject } from '../subject';
import { type Level, levelIn } from '../settings';
import type { Config } from './config';
import { Lines, type ManifestDocument, type PlacedObject } from './documents';
import { generalOnly, type Outcome, tell, type Told } from './outcome';
import type { Source } from './sources';

/** Levels where no stack says any: what is rolled out still warns. */
export function rulesFor(controls: readonly Control[], { all, levels, parameters }: Config): Rules {
  const levelOf = (id: string): Level => levels.get(id) ?? all ?? levelIn({}, id);
  return {
    controls,
    levelOf,
    configured: (id) => parameters.get(id) ?? {},
    exemptions: new Exemptions(EXEMPTIONS),
  };
}

type Verdicts = Pick<Outcome, 'controls' | 'objects' | 'violations' | 'generalOnly' | 'exempted'>;

/** Judges every object of these files, each by itself and all together. */
export function judgeSources(sources: readonly Source[], rules: Rules): Verdicts {
  const judge = new Judge(rules);
  const places = new Places(sources);
  const { objects } = places;
  const violations = [
    ...objects.flatMap((object) => judge.object(new Subject(object))),
    ...judge.stack(new Stack(objects)),
  ];
  const controls = rules.controls.filter(({ id }) => rules.levelOf(id) !== 'disabled');
  return {
    controls,
    objects: objects.length,
    violations: violations.map((each) => places.tell(each)).sort(byPlace(sources)),
    generalOnly: generalOnly(objects, controls),
    exempted: judge.exempted,
  };
}

/** Knows the file and the line of every object. */
class Places {
  private readonly byObject = new Map<
    KubernetesObject,
    { document: ManifestDocument; placed: PlacedObject }
  >();
  private readonly lines = new Map<ManifestDocument, Lines>();

  constructor(sources: readonly Source[]) {
    for (const { documents } of sources) {
      for (const document of documents) {
        for (const placed of document.objects) this.byObject.set(placed.object, { document, placed });
      }
    }
  }

  get objects(): KubernetesObject[] {
    return [...this.byObject.keys()];
  }

  tell(violation: Violation): Told {
    const { object } = violation;
    const found = object && (this.byObject.get(object) ?? this.alike(object));
    if (!found) return tell(violation);
    const { document, placed } = found;
    const path = violation.path?.();
    const whole = [...placed.path, ...(path ?? [])];
    const lines = this.lines.get(document) ?? new Lines(document);
    this.lines.set(document, lines);
    return tell({ ...violation, path: () => path }, { file: document.file, line: lines.of(whole) });
  }

  /** Some rules name an object anew instead of handing on the one that they were given. */
  private alike({ kind, metadata }: KubernetesObject): ReturnType<(typeof this.byObject)['get']> {
    const object = this.objects.find(
      (each) =>
        each.kind === kind &&
        each.metadata?.name === metadata?.name &&
        each.metadata?.namespace === metadata?.namespace,
    );
    return object && this.byObject.get(object);
  }
}

/** In the order of the files, and of the lines in them; what violates most gravely comes first on a line. */
function byPlace(sources: readonly Source[]): (one: Told, other: Told) => number {
  const order = new Map(sources.map(({ file }, index) => [file, index]));
  const rank = ({ file }: Told): number => order.get(file ?? '') ?? sources.length;
  return (one, other) => rank(one) - rank(other);
}
