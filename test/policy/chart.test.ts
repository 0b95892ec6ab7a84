import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  ReportViolation,
  ResourceValidation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
} from '@pulumi/policy';
import { packArchive } from '../../policy/archive';
import { RESOURCE_CONTROLS } from '../../policy/catalogue';
import { ChartArchive, readChart } from '../../policy/chart';
import { crossGuardPolicy } from '../../policy/crossguard';
import { Exemptions } from '../../policy/exemption';
import { Inventory } from '../../policy/inventory';
import { RELEASE_TYPE } from '../../policy/release';
import { obtainToolchain } from '../../sandbox/toolchain/obtain';

// Helm may have to be built first.
jest.setTimeout(900_000);

const secret = (name: string, password: string): string => `
apiVersion: v1
kind: Secret
metadata: { name: ${name} }
stringData: { password: ${password} }
`;
const RANDOM = '{{ if .Values.random }}{{ randAlphaNum 32 | quote }}{{ else }}fixed{{ end }}';
/** Templates and metadata of each chart. */
const CHARTS = {
  plain: [secret('plain', 'fixed'), {}],
  random: [`${secret('fixed', 'fixed')}---${secret('random', RANDOM)}`, {}],
  old: [secret('plain', 'fixed'), { deprecated: true }],
} as const;

let folder: string;
let helm: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'platform-chart-'));
  mkdirSync(join(folder, 'charts'));
  for (const [name, [template, metadata]] of Object.entries(CHARTS)) {
    const files = [
      ['Chart.yaml', JSON.stringify({ apiVersion: 'v2', name, version: '1.0.0', ...metadata })],
      ['values.yaml', '{ below: { random: true } }'],
      ['charts/below/Chart.yaml', JSON.stringify({ apiVersion: 'v2', name: 'below', version: '1.0.0' })],
      ['charts/below/templates/secret.yaml', template],
    ] as const;
    writeFileSync(join(folder, `charts/${name}-1.0.0.tgz`), packArchive(name, new Map(files)));
  }
  helm = (await obtainToolchain({ names: ['helm'] })).get('helm')!.path;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What every control on releases says of a release of a chart. */
async function judge(
  chart: string,
  inputs: object = {},
  more: Partial<ResourceValidationArgs> = {},
): Promise<Record<string, string[]>> {
  const inventory = new Inventory({ helm, project: folder, kubernetesVersion: '1.36' });
  const found: Record<string, string[]> = {};
  for (const control of RESOURCE_CONTROLS) {
    const policy = crossGuardPolicy(control, inventory, new Exemptions([])) as ResourceValidationPolicy;
    const args = {
      type: RELEASE_TYPE,
      urn: `urn:pulumi:prod::platform::${RELEASE_TYPE}::shop`,
      name: 'shop',
      props: { chart, name: 'shop', namespace: 'shops', ...inputs },
      opts: { protect: false, ignoreChanges: [] },
      getConfig: () => ({}),
      ...more,
    } as unknown as ResourceValidationArgs;
    const report = (({ message }: { message: string }) =>
      (found[control.id] ??= []).push(message)) as unknown;
    await (policy.validateResource as ResourceValidation)(args, report as ReportViolation);
  }
  return found;
}

it('a release whose chart makes something up is named, with the objects that differ', async () => {
  const { 'reproducible-releases': found } = await judge('./charts/random-1.0.0.tgz');
  expect(found).toEqual([
    expect.stringMatching(/^Release shop: it renders anew each time: Secret shops\/random\. /),
  ]);
});

it('a release of the same chart that is given the value is not', async () => {
  const found = await judge('./charts/random-1.0.0.tgz', { values: { below: { random: false } } });
  expect(found['reproducible-releases']).toBeUndefined();
});

it('a release of a deprecated chart is named, and one of another chart is not', async () => {
  expect((await judge('./charts/old-1.0.0.tgz'))['maintained-charts']).toHaveLength(1);
  const plain = await judge('./charts/plain-1.0.0.tgz');
  expect(plain['maintained-charts']).toBeUndefined();
  expect(plain['reproducible-releases']).toBeUndefined();
});

it('controls see the options of a resource, its provider and its stack', async () => {
  const changes = {
    opts: { protect: false, ignoreChanges: ['values'] },
    provider: { type: 'kubernetes', name: 'default', urn: '', props: {} },
  } as unknown as Partial<ResourceValidationArgs>;
  const found = await judge('./charts/plain-1.0.0.tgz', {}, changes);
  expect(found['no-ignored-security']).toEqual([expect.stringContaining('it ignores changes of values')]);
  expect(found['explicit-provider']).toHaveLength(1);
  const namespace = { type: 'kubernetes:core/v1:Namespace', props: {} } as Partial<ResourceValidationArgs>;
  const { 'protected-state': unprotected } = await judge('', {}, namespace);
  expect(unprotected).toEqual([expect.stringMatching(/^Namespace shop: the stack prod does not protect it/)]);
});

it('a chart whose file Helm reads less strictly is read too', async () => {
  const file = 'apiVersion: v2\nname: twice\nname: twice\nversion: 1.0.0\n';
  const bytes = packArchive('twice', new Map([['Chart.yaml', file]]));
  expect(await new ChartArchive(bytes).metadata()).toMatchObject({ deprecated: false });
});

it('a chart that is no archive on disk is not read', async () => {
  expect(await readChart({ chart: './charts/plain-1.0.0.tgz' }, folder)?.metadata()).toEqual({
    deprecated: false,
    hasRandom: false,
    asksForApis: false,
  });
  writeFileSync(join(folder, 'charts/broken-1.0.0.tgz'), 'no archive');
  expect(await readChart({ chart: './charts/broken-1.0.0.tgz' }, folder)?.metadata()).toBeUndefined();
  const remote = { chart: './charts/plain-1.0.0.tgz', repositoryOpts: { repo: 'https://example.com' } };
  for (const inputs of [remote, { chart: './charts/missing-1.0.0.tgz' }, { chart: './charts' }, {}]) {
    expect(readChart(inputs, folder)).toBeUndefined();
  }
});
