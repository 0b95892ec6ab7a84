import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type {
  ReportViolation,
  ResourceValidation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
} from '@pulumi/policy';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import type { ObjectControl } from '../../policy/control';
import { crossGuardPolicy } from '../../policy/crossguard';
import { Exemptions } from '../../policy/exemption';
import { Inventory } from '../../policy/inventory';
import type { KubernetesObject } from '../../policy/objects';
import { MAKERS, type RenderCache } from '../../policy/render-cache';
import { container, pod } from '../../policy/samples';
import { Subject, UNKNOWN } from '../../policy/subject';
import { JUDGES, Verdicts } from '../../policy/verdicts';

let folder: string;
let cache: RenderCache;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platform-verdicts-'));
  cache = { folder: join(folder, 'kept'), key: join(folder, 'key') };
  writeFileSync(cache.key, 'k'.repeat(32));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const control = (id: string): ObjectControl => OBJECT_CONTROLS.find((each) => each.id === id)!;
const PRIVILEGED = pod({ containers: [container({ securityContext: { privileged: true } })] });

/** What policies report of an object, with verdicts or each by itself. */
async function reports(
  object: KubernetesObject,
  verdicts?: Verdicts,
  { controls = OBJECT_CONTROLS, config = {} }: { controls?: readonly ObjectControl[]; config?: object } = {},
): Promise<string[]> {
  const inventory = new Inventory(
    { helm: 'no-helm', project: '.', kubernetesVersion: undefined, cache },
    verdicts,
  );
  const found: string[] = [];
  for (const each of controls) {
    const policy = crossGuardPolicy(each, inventory, new Exemptions([])) as ResourceValidationPolicy;
    const args = {
      type: `kubernetes:${object.apiVersion}:${object.kind}`,
      urn: 'urn:pulumi:test::platform::type::name',
      name: 'name',
      props: object,
      getConfig: () => config,
    } as unknown as ResourceValidationArgs;
    const report = (({ message }: { message: string }) => found.push(`${each.id}: ${message}`)) as unknown;
    await (policy.validateResource as ResourceValidation)(args, report as ReportViolation);
  }
  return found;
}

test('are what each control says by itself, those that were kept too', async () => {
  const samples = OBJECT_CONTROLS.flatMap(({ samples: { allowed, denied } }) => [allowed[0]!, denied[0]!]);
  const alone = [];
  for (const { object } of samples) alone.push(await reports(object));
  expect(alone.flat().length).toBeGreaterThan(OBJECT_CONTROLS.length);
  for (const run of ['anew', 'kept']) {
    const verdicts = new Verdicts(OBJECT_CONTROLS, cache);
    const together = [];
    for (const { object } of samples) together.push(await reports(object, verdicts));
    expect([run, together]).toEqual([run, alone]);
    await verdicts.keep();
  }
}, 120_000);

describe('what was judged in the run before', () => {
  const controls = [control('no-privileged')];
  const of = (object: KubernetesObject, by: readonly ObjectControl[], deciding?: string): Promise<unknown> =>
    new Verdicts(by, cache).of([new Subject(object)], deciding);
  beforeEach(async () => {
    const verdicts = new Verdicts(controls, cache);
    await verdicts.of([new Subject(PRIVILEGED)], 'the same');
    await verdicts.keep();
  });

  it('is not judged again', async () => {
    expect(await of(pod(), controls, 'the same')).toMatchObject({
      'no-privileged': { 0: { kind: 'denied' } },
    });
    expect(await of(pod(), controls, 'another')).toEqual({});
  });

  it('is judged anew by another rule, other parameters and other controls', async () => {
    const [rule] = controls as [ObjectControl];
    for (const changed of [
      [{ ...rule, expression: 'true' }],
      [{ ...rule, match: [] }],
      [{ ...rule, parameters: { any: { type: 'boolean', description: 'Any.', default: true } } } as const],
      [rule, control('no-host-path')],
    ])
      expect(await of(pod(), changed, 'the same')).toEqual({});
  });

  it('is gone with the key, and can’t be read without it', async () => {
    for (const name of readdirSync(cache.folder))
      expect(readFileSync(join(cache.folder, name)).toString('latin1')).not.toMatch(/privileged|denied/);
    writeFileSync(cache.key, 'l'.repeat(32));
    expect(await of(pod(), controls, 'the same')).toEqual({});
  });
});

test('an object with a value that is not known yet is judged each time', async () => {
  const unknown = pod({ containers: [container({ image: UNKNOWN })] });
  const verdicts = new Verdicts(OBJECT_CONTROLS, cache);
  expect(await verdicts.of([new Subject(unknown)])).toBeUndefined();
  expect(await reports(unknown, verdicts)).toEqual(await reports(unknown));
});

test('parameters that the engine hands on are judged by, where they differ', async () => {
  const controls = [control('allowed-registries')];
  const object = pod({ containers: [container({ image: 'registry.example.com/app:1.0.0' })] });
  const verdicts = new Verdicts(controls, cache);
  const registries = controls[0]!.parameters!.registries!.default;
  expect(await reports(object, verdicts, { controls, config: { registries } })).toHaveLength(1);
  const config = { registries: ['registry.example.com'] };
  expect(await reports(object, verdicts, { controls, config })).toEqual([]);
});

// Code that is not among them could change, and what is kept would not be made anew.
test.each([
  ['release.ts', MAKERS],
  ['verdicts.ts', [...MAKERS, ...JUDGES]],
])('what is kept hangs on all code that %s runs', (root, files) => {
  const policy = resolve(__dirname, '../../policy');
  const imports = (file: string): string[] =>
    [
      ...readFileSync(join(policy, file), 'utf8').matchAll(
        /^(?:im|ex)port (?!type )[^;]*? from '(\.[^']+)'/gm,
      ),
    ]
      .map(([, target = '']) => `${join(dirname(file), target)}.ts`)
      .filter((each) => each !== 'package.json.ts');
  const run = new Set([root]);
  for (const file of run) for (const each of imports(file)) run.add(each);
  expect(run.size).toBeGreaterThan(5);
  expect([...run].filter((file) => !files.includes(file))).toEqual([]);
});
