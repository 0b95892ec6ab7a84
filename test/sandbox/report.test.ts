import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOGUE, CHART_NAMES } from '../../components/catalogue';
import { type ChartArchive, resolveCharts } from '../../components/charts/resolve';
import { CONTROLS } from '../../policy/catalogue';
import { OWN_POLICIES } from '../../policy/own-policies';
import { Exemptions } from '../../policy/exemption';
import { EXEMPTIONS } from '../../policy/exemptions';
import { CIS, NSA, PSS } from '../../policy/frameworks';
import { ROLLOUT } from '../../policy/rollout';
import { pod } from '../../policy/samples';
import { packStandIn } from '../../sandbox/charts/standin';
import { stackSettings } from '../../sandbox/engine/settings';
import { buildReport } from '../../sandbox/report/build';
import type { Report } from '../../sandbox/report/model';
import { reportPage } from '../../sandbox/report/page';
import { reportOf } from '../../sandbox/report/program';
import { obtainToolchain } from '../../sandbox/toolchain/obtain';
import { seal } from '../../stacks/secrets';
import { construct } from '../helpers/mocks';
import { stacks } from '../stacks/files';
import { ROOT } from '../helpers/cli';

// Helm may have to be built first.
jest.setTimeout(900_000);

const CANARY = 'canary-of-a-secret-setting';
const NOW = new Date('2027-05-10T12:00:00Z');

let folder: string;
let helm: string;
let archives: ChartArchive[];
const reports = new Map<string, Report>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'platform-report-'));
  helm = (await obtainToolchain({ names: ['helm'] })).get('helm')!.path;
  const mirror = join(folder, 'mirror');
  for (const chart of CHART_NAMES) packStandIn(chart, CATALOGUE[chart].version, mirror);
  archives = await resolveCharts({
    charts: CHART_NAMES,
    folder: join(folder, '.charts'),
    cache: join(folder, 'cache'),
    mirror,
    helm,
    kubernetesVersion: '1.36',
    allowUnlocked: true,
  });
  for (const stack of stacks) {
    const { settings } = stackSettings(stack, ROOT, () => CANARY);
    const cache = { folder: join(folder, 'renders'), key: join(folder, 'key') };
    const request = { stack, settings, archives, project: folder, helm, cache };
    reports.set(stack, await reportOf({ ...request, now: NOW }));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(stacks)('the report of %s', (stack) => {
  const report = (): Report => reports.get(stack)!;

  test('has every control, every section of every framework, and counts that add up', () => {
    const { controls, frameworks, kubernetesVersion, totals } = report();
    expect(controls.map(({ id }) => id).sort()).toEqual(
      [...CONTROLS, ...OWN_POLICIES].map(({ id }) => id).sort(),
    );
    const [cis, pss, nsa, others] = frameworks.map(({ sections }) => sections);
    expect(cis!.slice(0, CIS.length).map(({ section }) => section)).toEqual(
      CIS.map(({ section }) => section),
    );
    expect(pss).toHaveLength(PSS.length);
    expect(nsa).toHaveLength(NSA.length);
    const named = frameworks.flatMap(({ sections }) => sections.flatMap((section) => section.controls));
    expect(new Set(named)).toEqual(new Set(controls.map(({ id }) => id)));
    expect(others!.map(({ section }) => section)).toContain('readiness-probe');
    expect(Object.values(totals.controls).reduce((sum, count) => sum + count)).toBe(controls.length);
    expect(totals.objects).toBeGreaterThan(500);
    expect(kubernetesVersion).toBe('1.36');
  });

  test('says what passes, what is exempt and for how long, and what is warned of', () => {
    const { controls, exemptions } = report();
    const byId = new Map(controls.map((control) => [control.id, control]));
    expect(byId.get('no-privileged')).toMatchObject({ status: 'pass', findings: [] });
    expect(byId.get('no-privileged')!.judged).toBeGreaterThan(10);
    expect(byId.get('cp-audit-log-path')).toMatchObject({ status: 'no-objects', judged: 0 });
    const hostPath = byId
      .get('no-host-path')!
      .findings.find(({ object }) => object === 'DaemonSet falco/falco')!;
    // In its last thirty days it still holds, and is warned of.
    expect(hostPath).toMatchObject({ kind: 'warning', daysLeft: 21 });
    expect(hostPath.found).not.toContain(byId.get('no-host-path')!.cure);
    const exemption = exemptions.find(({ object }) => object === 'DaemonSet falco/falco')!;
    expect(exemption).toMatchObject({ owner: 'platform', expires: '2027-05-31', daysLeft: 21 });
    expect(exemption.used).toBeGreaterThan(0);
    const found = controls.filter(({ findings }) => findings.some(({ kind }) => kind === 'violation'));
    expect(found.map(({ id }) => id)).toEqual([]);
    const rolledOut = byId.get(ROLLOUT.find((id) => id === 'pinned-by-digest')!)!;
    expect(rolledOut).toMatchObject({ level: 'advisory', status: 'warnings' });
  });

  test('lists charts with version and digest, and images with their places', () => {
    const { charts, images } = report();
    expect(charts.map(({ chart }) => chart)).toEqual(CHART_NAMES);
    for (const { chart, recorded, sha256, version } of charts) {
      expect([chart, version]).toEqual([chart, CATALOGUE[chart as keyof typeof CATALOGUE].version]);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(recorded).toBeNull();
    }
    const names = images.map(({ image }) => image);
    expect(names).toEqual([...new Set(names)].sort());
    expect(names).toContainEqual(expect.stringMatching(/falcosecurity\/falco:/));
    expect(names).toContainEqual(expect.stringMatching(/prometheus\/prometheus:/));
    const proxies = images.filter(({ repository }) => repository.endsWith('/proxyv2'));
    expect(proxies.map(({ certainty }) => certainty)).toEqual(['derived']);
    expect(
      images.filter(({ certainty }) => certainty === 'derived').map(({ repository }) => repository),
    ).toContain('calico/node');
    for (const { places } of images) expect(places).not.toEqual([]);
  });

  test('holds no secret of the stack, in neither form', () => {
    const texts = [JSON.stringify(report()), reportPage(report())];
    for (const text of texts) {
      expect(text).not.toContain(CANARY);
      expect(text).not.toMatch(/generated-[a-z]/);
    }
  });

  test('is one page that refers to nothing outside of it', () => {
    const page = reportPage(report());
    expect(page).not.toMatch(
      /<(link|img|iframe|object|embed|base)\b|\bsrc=|@import|url\(|undefined|\[object /,
    );
    const targets = [...page.matchAll(/\bhref="([^"]*)"/g)].map(([, target = '']) => target);
    const ids = [...page.matchAll(/\bid="([^"]*)"/g)].map(([, id = '']) => `#${id}`);
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });
});

test('the stacks do have secrets, which reach what is judged', async () => {
  const platform = await construct(seal(stackSettings('prod', ROOT, () => CANARY).settings));
  expect(JSON.stringify(platform.resources.map(({ inputs }) => inputs))).toContain(CANARY);
});

/** A report of one control's findings on one pod. */
function reportOn(found: string, { secrets = [] as string[], level = 'mandatory' as const } = {}): Report {
  const finding = { object: 'Pod samples/sample', found, standing: { state: 'none' } as const };
  return buildReport({
    stack: 'test',
    kubernetesVersion: '1.36',
    now: NOW,
    levels: { controls: { 'no-privileged': level } },
    assessment: {
      judged: [{ id: 'no-privileged', judged: 1, findings: [finding] }],
      objects: [{ object: pod() }],
      resources: 1,
    },
    exemptions: { all: EXEMPTIONS, standing: new Exemptions(EXEMPTIONS, { now: NOW.getTime() }) },
    unjudgedNamespaces: [{ namespace: 'legacy', reason: 'Moves out by <May>.' }],
    archives: [],
    lock: {},
    secrets,
  });
}

test('a violation counts, and what a message quotes of a secret is hidden', () => {
  const report = reportOn('container app says hunter2-hunter2', { secrets: ['hunter2-hunter2'] });
  expect(report.controls[0]).toMatchObject({ status: 'violations' });
  expect(report.totals).toMatchObject({ violations: 1, warnings: 0 });
  expect(report.controls[0]!.findings[0]!.found).toBe('container app says [secret]');
});

describe('the page', () => {
  const page = reportPage(reportOn('<script>alert(1)</script> & "quoted"'));

  test('says where nothing is judged at admission, and why', () => {
    expect(page).toMatch(/leave alone[^]*legacy[^]*Moves out by &lt;May&gt;\./);
  });

  test('shows what was found as text, whatever it holds', () => {
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quoted&quot;');
    expect(page.match(/<script/g)).toHaveLength(1);
  });

  test('lets run and apply what is in it, and nothing else', () => {
    const [, policy = ''] = /Content-Security-Policy"\s+content="([^"]+)"/.exec(page) ?? [];
    for (const tag of ['style', 'script']) {
      const [, text = ''] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page) ?? [];
      expect(policy).toContain(`sha256-${createHash('sha256').update(text).digest('base64')}`);
    }
    expect(policy).toContain('default-src &#39;none&#39;');
  });

  test('has its language, landmarks, one first heading, and headers in every table', () => {
    expect(page).toMatch(/<html lang="en">/);
    for (const landmark of ['<header>', '<nav aria-label=', '<main id=', '<footer>'])
      expect(page.split(landmark)).toHaveLength(2);
    expect(page.match(/<h1[ >]/g)).toHaveLength(1);
    expect(page.match(/<th(?! scope=)[ >]/g)).toBeNull();
    const tables = page.match(/<table[^]*?<\/table>/g) ?? [];
    expect(tables.length).toBeGreaterThan(5);
    for (const table of tables) expect(table).toMatch(/<caption>[^]*<th\s+scope="col">/);
  });

  test('closes what it opens', () => {
    const body = page.replace(/<(style|script)>[^]*?<\/\1>/g, '');
    const open: string[] = [];
    for (const [, end, name = '', self] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/g)) {
      if (['meta', 'br', 'input'].includes(name) || self === '/') continue;
      if (end) expect(open.pop()).toBe(name);
      else open.push(name);
    }
    expect(open).toEqual([]);
  });
});
