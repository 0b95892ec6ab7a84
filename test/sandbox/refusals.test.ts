import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { archiveName, CATALOGUE, CHART_NAMES } from '../../components/catalogue';
import type { Failure } from '../../sandbox/engine/errors';
import { NO_CHANGES, type JsonReport } from '../../sandbox/engine/print';
import { stackPaths } from '../../sandbox/paths';
import { planePaths, type Ports } from '../../sandbox/plane/config';
import { deletePlane, inspectPlane } from '../../sandbox/plane/plane';
import { startTime } from '../../sandbox/plane/processes';
import { chartArchive } from '../components/charts-support';
import { Checkout } from '../helpers/checkout';
import { type CliResult, ROOT, run, runCli, runJson } from '../helpers/cli';
import { Host } from '../helpers/host';
import { eventually } from '../helpers/plane';
import { expectClear, STACK_TRACE } from '../helpers/refusal';

/**
 * Each kind of bad input, through the command that people run: one clear message, for people and as JSON, an exit code
 * that says so, and nothing touched. What can be wrong within a stack file is in `bad-settings.test.ts`.
 */

jest.setTimeout(120_000);

const host = new Host();
let checkout: Checkout;
let folder: string;

beforeAll(async () => {
  checkout = new Checkout();
  await host.start();
});
afterAll(async () => {
  await host.stop();
  checkout.delete();
});
beforeEach(() => {
  host.clear();
  folder = mkdtempSync(join(tmpdir(), 'platform-refusals-'));
});
afterEach(async () => {
  // A command that is not refused as it should starts one.
  for (const state of ['.', 'people', 'json'])
    await deletePlane(stackPaths('prod', { PLATFORM_STATE: join(folder, state) }).plane);
  rmSync(folder, { recursive: true, force: true });
});

interface Case {
  command?: string;
  env?: Record<string, string>;
  /** Files of the checkout that the case spoils. */
  spoils?: string[];
  /** Where state is wanted, when not in a new folder. */
  state?: string;
}

/** Runs a command in both ways of telling, and requires that both tell the same failure and touch nothing. */
async function refusal({ command = 'up', env = {}, spoils = [], state }: Case): Promise<Failure> {
  const before = spoils.map((file) => checkout.read(file));
  const states = ['people', 'json'].map((name) => state ?? join(folder, name));
  const run = (index: number, OUTPUT: string): Promise<CliResult> =>
    runCli(command, { STACK: 'prod', PLATFORM_STATE: states[index] ?? '', ...env, OUTPUT }, checkout.root);
  try {
    const [people, json] = await Promise.all([run(0, ''), run(1, 'json')]);
    expectUntouched(states);
    expect(spoils.map((file) => checkout.read(file))).toEqual(before);
    return expectSame(command, people, json);
  } finally {
    spoils.forEach((file) => checkout.restore(file));
  }
}

function expectSame(command: string, people: CliResult, json: CliResult): Failure {
  expect([people.code, json.code]).toEqual([1, 1]);
  expect(json.stdout).toMatch(/^\{.*\}\n$/);
  const report = JSON.parse(json.stdout) as JsonReport;
  expect(report).toMatchObject({ command, result: 'failed', changes: NO_CHANGES, components: [] });
  const failure = report.error!;
  expectClear(failure);
  expect(people.stderr.match(/ failed: /g)).toHaveLength(1);
  expect(people.stderr.match(/^To do: /gm)).toHaveLength(1);
  // Paths of the state differ between the two.
  const told = (text: string): string => text.replaceAll(/\/(people|json)\b/g, '/state');
  expect(told(people.stderr)).toContain(told(` failed: ${failure.message}\nTo do: ${failure.cure}\n`));
  for (const text of [people.stdout, people.stderr, json.stderr]) expect(text).not.toMatch(STACK_TRACE);
  return failure;
}

/** No plane was started, and nothing is held for the next command. */
function expectUntouched(states: string[]): void {
  for (const state of states) {
    const { backend, folder: own, lock, plane } = stackPaths('prod', { PLATFORM_STATE: state });
    expect([backend, lock, plane].filter((path) => existsSync(path))).toEqual([]);
    const left = existsSync(own) ? readdirSync(own) : [];
    expect(left.filter((name) => !['last-run.json', 'project'].includes(name))).toEqual([]);
  }
}

const stackFile = ['Pulumi.prod.yaml'];

it.each<[string, string, unknown, RegExp]>([
  ['an unknown key', 'mesh.mlts', 'STRICT', /platform:mesh has no key "mlts", did you mean "mtls"\?/],
  ['a wrong type', 'availability.replicas', '3', /platform:availability\.replicas "3" is not a whole number/],
  ['a number out of range', 'availability.replicas', 10, /availability\.replicas 10 is not .* from 1 to 9/],
  ['a bad duration', 'observability.retention', '30', /retention "30" is not a duration such as "30d"/],
  ['a bad quantity', 'observability.storage', '10GB', /storage "10GB" is not an amount of bytes .*"10Gi"/],
  ['a setting missing', 'domain', undefined, /domain is missing; set it: pulumi config set --stack prod/],
  ['a secret in plain text', 'backup.credentials', 'x', /backup\.credentials is in plain text; encrypt it/],
  [
    'a Kubernetes newer than the plane',
    'cluster.kubernetesVersion',
    '1.99',
    /runs Kubernetes 1\.\d+\.\d+, and .*"1\.99"/,
  ],
])('%s', async (_, path, value, message) => {
  checkout.set('prod', path, value);
  const failure = await refusal({ spoils: stackFile });
  expect(failure.message).toMatch(message);
  expect(failure.cure).toMatch(/docs\/settings\.md|platform:cluster\.kubernetesVersion/);
});

it('a stack file that is no YAML', async () => {
  checkout.write('Pulumi.prod.yaml', 'config: [');
  expect((await refusal({ spoils: stackFile })).message).toMatch(/^Pulumi\.prod\.yaml is not valid YAML: /);
});

it.each<[string, Case, RegExp]>([
  ['a stack that does not exist', { env: { STACK: 'prd' } }, /^there is no stack "prd": no file Pulumi\.prd/],
  ['a command that does not exist', { command: 'upp' }, /^unknown command "upp"/],
  [
    'a chart mirror that is not there',
    { env: { CHARTS: '/no/such' } },
    /^chart mirror \/no\/such: .*found no such/,
  ],
  [
    'a state folder that is a file',
    { state: join(__filename, 'x') },
    /^the state folder .* cannot be used: ENOTDIR/,
  ],
])('%s', async (_, situation, message) => {
  expect((await refusal(situation)).message).toMatch(message);
});

it('an OUTPUT that is neither', async () => {
  const { code, stderr } = await runCli('up', { OUTPUT: 'yaml' }, checkout.root);
  expect(code).toBe(1);
  expect(stderr).toMatch(/failed: OUTPUT is "yaml", expected json\nTo do: set OUTPUT=json, or nothing/);
});

describe('charts', () => {
  /** A mirror that holds every chart, none of them more than a name. */
  function mirror(metadata: Record<string, string> = {}): string {
    for (const chart of CHART_NAMES)
      writeFileSync(join(folder, archiveName(chart)), chartArchive(chart, {}, metadata));
    return folder;
  }

  it('that are not in the mirror', async () => {
    const { message, cure } = await refusal({ env: { CHARTS: folder } });
    for (const chart of CHART_NAMES) {
      const file = join(folder, archiveName(chart));
      expect(message).toContain(`expected ${file} in the chart mirror, found no archive of that chart`);
      expect(cure).toContain(`Put ${archiveName(chart)} into ${folder}`);
    }
  });

  it('of another digest than the one recorded', async () => {
    const lock = CHART_NAMES.map((chart) => [
      chart,
      { version: CATALOGUE[chart].version, sha256: '0'.repeat(64) },
    ]);
    checkout.write('charts.lock.json', JSON.stringify(Object.fromEntries(lock)));
    const { message, cure } = await refusal({ env: { CHARTS: mirror() }, spoils: ['charts.lock.json'] });
    expect(message).toMatch(
      /chart gateway 1\.\S+ from mirror \(.*\): expected sha256 0{64} as in charts\.lock\.json, found [0-9a-f]{64}/,
    );
    expect(cure).toMatch(/Replace or remove .*gateway/);
  });

  it("that refuse the cluster's version", async () => {
    const { message, cure } = await refusal({ env: { CHARTS: mirror({ kubeVersion: '>=1.99.0-0' }) } });
    expect(message).toMatch(
      /chart gateway .*: expected a kubeVersion that takes Kubernetes 1\.36, found ">=1\.99\.0-0"/,
    );
    expect(cure).toContain('platform:cluster.kubernetesVersion');
  });

  it('whose lock file is broken', async () => {
    checkout.write('charts.lock.json', '{ "gateway": ');
    const { message, cure } = await refusal({ env: { CHARTS: folder }, spoils: ['charts.lock.json'] });
    expect(message).toMatch(/charts\.lock\.json cannot be used: .*JSON/);
    expect(cure).toContain('git checkout -- charts.lock.json');
  });
});

describe('a toolchain', () => {
  const lock = 'sandbox/toolchain/toolchain.lock.json';

  it('that can neither be downloaded nor built: no network, no Go', async () => {
    // Whatever this machine can reach: a port of its own that nothing listens on.
    checkout.write(lock, checkout.read(lock).replaceAll(/"https:\/\/[^/"]+\//g, '"https://127.0.0.1:9/'));
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    symlinkSync('/bin/sh', join(bin, 'sh'));
    const env = { PATH: bin, HOME: folder, PLATFORM_CACHE: join(folder, 'cache'), XDG_CACHE_HOME: '' };
    const { message, cure } = await refusal({ env, spoils: [lock] });
    expect(message).toMatch(
      /^pulumi, .*helm.*: none on PATH .*127\.0\.0\.1:9 cannot be reached .*no Go to build with: Go is not on PATH$/,
    );
    expect(cure).toContain('Install Go');
  });

  it('whose lock file is broken', async () => {
    checkout.write(lock, '{');
    expect((await refusal({ spoils: [lock] })).message).toMatch(
      /toolchain\.lock\.json cannot be used: .*JSON/,
    );
  });
});

describe('two commands on one stack', () => {
  it('at once: the second is refused, and the first goes on', async () => {
    const held: ServerResponse[] = [];
    for (const chart of CHART_NAMES)
      host.routes.set(`/${archiveName(chart)}`, (_, response) => held.push(response));
    const env = { STACK: 'prod', PLATFORM_STATE: folder, CHARTS: host.base };
    const first = runJson('up', env);
    await eventually(() => Promise.resolve(held.length > 0), 'the first command at work');
    const second = await runJson('up', env);
    expect(second.error?.message).toMatch(/^stack prod is in use by process \d+$/);
    expect(second.error?.cure).toContain('wait for that command to end');
    const answer = (response: ServerResponse): unknown => response.writeHead(404).end();
    for (const chart of CHART_NAMES)
      host.routes.set(`/${archiveName(chart)}`, (_, response) => answer(response));
    held.forEach(answer);
    expect((await first).error?.message).toMatch(/in the chart mirror, found nothing \(HTTP 404\)/);
    expectUntouched([folder]);
  });

  it('one after the other that was killed: its lock is taken over', async () => {
    const { lock } = stackPaths('prod', { PLATFORM_STATE: folder });
    mkdirSync(dirname(lock), { recursive: true });
    for (const owner of [
      { pid: 2 ** 22 - 1, started: 'never' },
      { pid: process.pid, started: 'before' },
      '',
    ]) {
      writeFileSync(lock, owner === '' ? '' : JSON.stringify(owner));
      const { error } = await runJson('up', { STACK: 'prod', PLATFORM_STATE: folder, CHARTS: '/no/such' });
      expect(error?.message).toContain('chart mirror /no/such');
      expect(existsSync(lock)).toBe(false);
    }
  });

  it('of which one lives on: it is named, and its lock stays', async () => {
    const { lock } = stackPaths('prod', { PLATFORM_STATE: folder });
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, JSON.stringify({ pid: process.pid, started: startTime(process.pid) }));
    for (const command of ['up', 'clean']) {
      const { error } = await runJson(command, { STACK: 'prod', PLATFORM_STATE: folder });
      expect(error?.message).toBe(`stack prod is in use by process ${process.pid}`);
    }
    expect(readdirSync(dirname(lock))).toEqual(['stack.lock']);
  });
});

describe('a disk that is full', () => {
  /** Runs a command that can write no file longer than so many blocks of 512 bytes: the way that needs no rights. */
  function withLimit(blocks: number, command: string): Promise<CliResult> {
    const cli = `"${process.execPath}" --require ./policy/typescript.js sandbox/cli.ts ${command}`;
    const env = { STACK: 'prod', OUTPUT: 'json', PLATFORM_STATE: folder };
    return run(['sh', '-c', `ulimit -f ${blocks}; exec ${cli}`], env, ROOT);
  }
  const errorOf = ({ code, stdout }: CliResult): Failure => {
    expect(code).toBe(1);
    const { error } = JSON.parse(stdout) as JsonReport;
    expectClear(error!);
    return error!;
  };

  it('at the first byte stops the command before anything', async () => {
    const { message, cure } = errorOf(await withLimit(0, 'up'));
    expect(message).toMatch(/^the disk is full: EFBIG/);
    expect(cure).toContain(`free some space (state is in ${folder}`);
    expect(readdirSync(join(folder, 'prod'))).toEqual([]);
  });

  it('half-way stops the plane, and the next command goes on from there, on another port where one is taken', async () => {
    const { message, cure } = errorOf(await withLimit(2000, 'plane'));
    const { plane } = stackPaths('prod', { PLATFORM_STATE: folder });
    expect(message).toMatch(/^the embedded control plane did not start: .*file too large/s);
    expect(cure).toBe(
      `free some space for ${plane}, then run the command again: the plane goes on from its state`,
    );
    expect(inspectPlane(plane)?.running).toEqual([]);
    // Meanwhile another program has taken one of its ports.
    const { ports } = JSON.parse(readFileSync(planePaths(plane).record, 'utf8')) as { ports: Ports };
    const other = createServer().listen(ports.apiserver, '127.0.0.1');
    try {
      const next = await runCli('plane', { STACK: 'prod', OUTPUT: 'json', PLATFORM_STATE: folder });
      expect(JSON.parse(next.stdout)).toMatchObject({ result: 'succeeded', error: null });
      expect(next.stderr).toMatch(
        new RegExp(`port ${ports.apiserver} of apiserver is taken by another program: \\d+ is used instead`),
      );
    } finally {
      other.close();
      await deletePlane(plane);
    }
  });
});

describe('make', () => {
  /** A checkout without its packages, and a PATH on which these programs come first. */
  async function make(env: Record<string, string>, programs: Record<string, string>): Promise<CliResult> {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    for (const file of ['Makefile', 'package-lock.json', 'policy/package.json', 'sandbox/install.sh']) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      symlinkSync(join(ROOT, file), join(folder, file));
    }
    const path = [bin, process.env.PATH].join(delimiter);
    return run(
      ['make', '--no-print-directory', 'up'],
      { OUTPUT: '', MAKEFLAGS: '', ...env, PATH: path },
      folder,
    );
  }
  const npm = 'echo "npm error code ENOTFOUND" >&2; echo "npm error \\"registry\\" not found" >&2; exit 1';
  const nodeMessage = /Node 20 or later is needed, found (v18\.20\.1|none on PATH)/;
  const npmMessage = /npm ci ended with exit code 1: npm error code ENOTFOUND npm error "registry" not found/;

  it.each<[string, Record<string, string>, RegExp]>([
    ['a Node that is too old', { node: 'echo v18.20.1' }, nodeMessage],
    ['no Node', { node: 'exit 127' }, nodeMessage],
    ['packages that cannot be had', { npm }, npmMessage],
  ])('with %s says so as JSON, too', async (_, programs, message) => {
    const { code, stdout } = await make({ OUTPUT: 'json', STACK: 'prod' }, programs);
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/^\{.*\}\n$/);
    const report = JSON.parse(stdout) as JsonReport;
    expect(report).toMatchObject({ command: 'up', stack: 'prod', result: 'failed', changes: NO_CHANGES });
    expectClear(report.error!);
    expect(report.error?.message).toMatch(message);
  });

  it('with packages that cannot be had says so to people', async () => {
    const { code, stderr } = await make({}, { npm });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(
      /^up failed: npm ci ended with exit code 1: .*\nTo do: see that the npm registry/ms,
    );
    expect(existsSync(join(folder, 'node_modules'))).toBe(false);
  });
});
