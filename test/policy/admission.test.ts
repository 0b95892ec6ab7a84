import fc from 'fast-check';
import { inParallel } from '../helpers/parallel';
import { eventually, PLANE_TIMEOUT } from '../helpers/plane';
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
import { admissionPolicies } from '../../policy/admission';
import type { Exemption } from '../../policy/exemption';
import type { KubernetesObject } from '../../policy/objects';

/** The pack against kube-apiserver, which enforces the same controls as ValidatingAdmissionPolicies. */

/** ADMISSION_SEED repeats a run. */
const SEED = Number(process.env.ADMISSION_SEED ?? Date.now() % 2 ** 31);
const COUNT = 5000;
const EXEMPT = 'exempt';

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

it('leaves alone what is exempt, and the pods that controllers make out of it, and nobody else’s', async () => {
  const control = ADMITTED.find(({ id }) => id === 'no-host-namespaces')!;
  const of = (kind: string, name: string): Exemption => ({
    controls: [control.id],
    object: { kind, namespace: EXEMPT, name },
    component: 'network',
    reason: 'a sample',
    owner: 'platform',
    expires: '2999-12-31',
  });
  const exemptions = [of('Deployment', 'agent'), of('Job', 'once')];
  const [policy] = admissionPolicies([{ control, action: 'deny' }], { exemptions });
  const only = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': EXEMPT } } };
  const binding = { ...policy!.binding, spec: { ...(policy!.binding.spec as object), matchResources: only } };
  const { api } = plane.cluster.plane;
  await api.call('POST', '/api/v1/namespaces', { metadata: { name: EXEMPT } });
  await plane.install([policy!.policy, binding]);
  const spec = { hostPID: true, containers: [{ name: 'app', image: 'ghcr.io/example/app:1' }] };
  const template = { metadata: { labels: { app: 'agent' } }, spec };
  const workloads = (kind: string): string =>
    kind === 'Job'
      ? `/apis/batch/v1/namespaces/${EXEMPT}/jobs`
      : `/apis/apps/v1/namespaces/${EXEMPT}/deployments`;
  const make = (kind: string, name: string): Promise<{ status: number; text: string }> =>
    api.send('POST', workloads(kind), {
      metadata: { name },
      spec:
        kind === 'Job'
          ? { template: { spec: { ...spec, restartPolicy: 'Never' } } }
          : { replicas: 1, selector: { matchLabels: { app: 'agent' } }, template },
    });
  expect((await make('Deployment', 'agent')).status).toBe(201);
  expect((await make('Job', 'once')).status).toBe(201);
  for (const [kind, name] of [
    ['Deployment', 'agent-2'],
    ['Job', 'agent'],
  ] as const)
    expect(await make(kind, name)).toMatchObject({
      status: 403,
      text: expect.stringContaining(control.id) as string,
    });
  const pods = `/api/v1/namespaces/${EXEMPT}/pods`;
  const made = async (prefix: string): Promise<boolean> =>
    (await api.list(pods)).some(({ metadata }) => metadata.name.startsWith(prefix));
  await eventually(() => made('agent-'), 'the pod of an exempt Deployment');
  await eventually(() => made('once-'), 'the pod of an exempt Job');
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'agent-abc', uid: 'none' }];
  const claims = await api.send('POST', pods, { metadata: { name: 'claims', ownerReferences }, spec });
  expect(claims).toMatchObject({ status: 403, text: expect.stringContaining(control.id) as string });
});

function renamed(object: KubernetesObject, index: number): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, name: `debugged-${index}` } };
}
