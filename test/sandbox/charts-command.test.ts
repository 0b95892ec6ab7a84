import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { archiveName, CATALOGUE, CHART_NAMES, type ChartName } from '../../components/catalogue';
import { sha256Of } from '../../components/charts/files';
import { packStandIn } from '../../sandbox/charts/standin';
import { cacheFolder } from '../../sandbox/toolchain/obtain';
import { Checkout } from '../helpers/checkout';
import { runCli, runJson } from '../helpers/cli';
import { Host } from '../helpers/host';

/** `make charts`: digests come from publishers, and from nobody else. Here one server stands in for all of them. */

jest.setTimeout(120_000);

const host = new Host();
let checkout: Checkout;
let folder: string;
const digests = new Map<ChartName, string>();

beforeAll(async () => {
  await host.start();
  checkout = new Checkout();
  folder = mkdtempSync(join(tmpdir(), 'platform-charts-command-'));
  // A cache of its own, for what is no publisher's; the tools are those of all.
  mkdirSync(join(folder, 'cache'));
  symlinkSync(join(cacheFolder(process.env), 'toolchain'), join(folder, 'cache', 'toolchain'));
  const file = 'components/catalogue.ts';
  checkout.write(file, checkout.read(file).replaceAll(/'https:\/\/[^']+'/g, `'${host.base}'`));
  const entries = CHART_NAMES.map((chart): [string, object[]] => {
    const { version } = CATALOGUE[chart];
    packStandIn(chart, version, folder);
    const bytes = readFileSync(join(folder, archiveName(chart)));
    digests.set(chart, sha256Of(bytes));
    host.routes.set(`/${archiveName(chart)}`, bytes);
    return [chart, [{ apiVersion: 'v2', name: chart, version, urls: [archiveName(chart)] }]];
  });
  host.routes.set(
    '/index.yaml',
    stringify({ apiVersion: 'v1', entries: Object.fromEntries<object>(entries) }),
  );
});
afterAll(async () => {
  await host.stop();
  checkout.delete();
  rmSync(folder, { recursive: true, force: true });
});

const env = (more: Record<string, string> = {}): Record<string, string> => ({
  STACK: 'dev',
  CHARTS: '',
  PLATFORM_CACHE: join(folder, 'cache'),
  PLATFORM_STATE: join(folder, 'state'),
  ...more,
});
type Lock = Record<string, { sha256: string }>;
const locked = (): Lock => JSON.parse(checkout.read('charts.lock.json')) as Lock;

it('records nothing of what a mirror has, and says so', async () => {
  const before = checkout.read('charts.lock.json');
  const { code, stdout } = await runCli('charts', env({ CHARTS: folder }), checkout.root);
  expect({ code, stdout }).toEqual({ code: 0, stdout });
  expect(stdout).toContain('Nothing is recorded of what a mirror has');
  expect(checkout.read('charts.lock.json')).toBe(before);
  expect(host.asked).toEqual([]);
});

it('records the digests that the lock lacks as their publishers serve the charts', async () => {
  const report = (await runJson('charts', env(), checkout.root)) as unknown as {
    error: unknown;
    recorded: string[];
    charts: { chart: string; locked: boolean }[];
  };
  expect(report.error).toBeNull();
  expect(report.recorded).toEqual([...CHART_NAMES]);
  for (const chart of CHART_NAMES) expect(locked()[chart]?.sha256).toBe(digests.get(chart));
});

it('changes nothing where all are recorded, and holds what it fetches to them', async () => {
  const before = checkout.read('charts.lock.json');
  const { code, stdout } = await runCli('charts', env(), checkout.root);
  expect({ code, stdout }).toEqual({ code: 0, stdout });
  expect(stdout).not.toContain('no digest recorded');
  expect(checkout.read('charts.lock.json')).toBe(before);
});
