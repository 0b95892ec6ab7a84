import fc from 'fast-check';
import { inParallel } from '../helpers/parallel';
import { PLANE_TIMEOUT } from '../helpers/plane';
import {
  ADMITTED,
  AdmissionPlane,
  reachesPolicies,
  deniedBy,
  isDebugged,
  isolated,
  leftTo,
  VARIANTS,
  variantOf,
  verdictOf,
  warnings,
} from './admission-support';
import { corpus } from './corpus';
import type { KubernetesObject } from '../../policy/objects';

/** The pack against kube-apiserver, which enforces the same controls as ValidatingAdmissionPolicies. */

/** ADMISSION_SEED repeats a run. */
const SEED = Number(process.env.ADMISSION_SEED ?? Date.now() % 2 ** 31);
const COUNT = 5000;

jest.setTimeout(4 * PLANE_TIMEOUT);

/** What the API server refuses by itself: fields of ephemeral containers, and a name that no account can have. */
const REFUSED = [
  'no-binding-to-everyone, allowed: a ServiceAccount of the anonymous user’s name',
  ...['no-host-ports', 'no-host-process', 'no-probe-host'].map(
    (id) => `${id}, denied: an ephemeral container`,
  ),
];

/** Every sample with the label of its variant; a debugged pod by a name of its own, since it has to be there before. */
const samples = ADMITTED.flatMap((control) =>
  (['allowed', 'denied'] as const).flatMap((expected) =>
    control.samples[expected]
      .filter(({ object }) => reachesPolicies(object))
      .map((sample) => ({ control, expected, sample, variant: variantOf(control, sample.parameters) })),
  ),
).map(({ control, expected, sample, variant }, index) => ({
  name: `${control.id}, ${expected}: ${sample.title}`,
  variant,
  plain: sample.object,
  object: leftTo(variant, isDebugged(sample.object) ? renamed(sample.object, index) : sample.object),
}));
/** Every sample as it is, and what is made up of them. */
const objects = [
  ...samples.filter(({ object }) => !isDebugged(object)).map(({ plain }) => plain),
  ...fc.sample(corpus, { numRuns: COUNT, seed: SEED }),
];

let plane: AdmissionPlane;

beforeAll(async () => {
  process.stderr.write(`ADMISSION_SEED=${SEED}\n`);
  plane = await AdmissionPlane.start([...samples.map(({ object }) => object), ...objects]);
}, PLANE_TIMEOUT);
afterAll(() => plane.delete());

it('judges every sample as the pack does, and in the same words', async () => {
  const stored = new Map<object, KubernetesObject>();
  await inParallel(samples, async (each) => {
    const answer = await plane.judge(each.object);
    if (answer.kind === 'taken') stored.set(each, answer.stored);
  });
  await plane.install(VARIANTS.flatMap(isolated));
  const differences: string[] = [];
  const refused: string[] = [];
  await inParallel(samples, async (each) => {
    const { name, object, variant } = each;
    const verdict = verdictOf(variant, object);
    const answer = await plane.judge(object);
    if (answer.kind === 'refused') {
      refused.push(name);
      return;
    }
    if (answer.kind === (verdict.kind === 'denied' ? 'denied' : 'taken')) {
      if (answer.kind !== 'denied') return;
      // Of what the API server has filled in, too.
      const words = verdictOf(variant, stored.get(each) ?? object);
      if (
        answer.policy === variant.key &&
        words.kind === 'denied' &&
        answer.message === `${variant.control.id}: ${words.message}`
      )
        return;
    }
    differences.push(`${name}: ${JSON.stringify(answer)} and ${JSON.stringify(verdict)}`);
  });
  expect(differences).toEqual([]);
  expect(refused.sort()).toEqual(REFUSED);
});

it(`judges more than ${COUNT} objects as the pack does, as they are sent and as they are stored`, async () => {
  await plane.install(warnings());
  const differences: string[] = [];
  const denials = new Map<string, number>();
  let comparable = 0;
  await inParallel(objects, async (object) => {
    const answer = await plane.judge(object);
    if (answer.kind === 'refused') return;
    if (answer.kind === 'denied') throw new Error(answer.message);
    comparable += 1;
    const told = answer.warned.sort();
    for (const id of told) denials.set(id, (denials.get(id) ?? 0) + 1);
    for (const [form, judged] of [['sent', object] as const, ['stored', answer.stored] as const]) {
      const found = deniedBy(judged).sort();
      const only = [
        ...found.filter((id) => !told.includes(id)).map((id) => `the pack alone denies ${id}`),
        ...told.filter((id) => !found.includes(id)).map((id) => `the API server alone denies ${id}`),
      ];
      if (only.length > 0) differences.push(`as ${form}: ${only.join(', ')}: ${JSON.stringify(judged)}`);
    }
  });
  expect({ SEED, found: differences.length, first: differences.slice(0, 5) }).toEqual({
    SEED,
    found: 0,
    first: [],
  });
  expect(comparable / objects.length).toBeGreaterThanOrEqual(0.95);
  const deniable = new Set(objects.flatMap(deniedBy));
  expect([...denials.keys()].sort()).toEqual([...deniable].sort());
  expect(deniable.size).toBeGreaterThan(0.9 * ADMITTED.length);
});

function renamed(object: KubernetesObject, index: number): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, name: `debugged-${index}` } };
}
