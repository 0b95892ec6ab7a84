import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { archiveName, CATALOGUE, CHART_NAMES } from '../../components/catalogue';
import { packArchive, unpackArchive } from '../../components/charts/archive';
import { collectManifests, fullVersion } from '../../components/charts/crds';
import { sha256Of } from '../../components/charts/files';
import { LOCK_FILE, readLock, writeLock } from '../../components/charts/lock';
import { recordDigests } from '../../components/charts/record';
import { ChartError, resolveCharts } from '../../components/charts/resolve';
import { chartArchive, failureOf, Host, LIMITS, Place } from './charts-support';

const GATEWAY = archiveName('gateway');
const gateway = chartArchive('gateway');
const lockOf = (sha256: string): Record<string, { version: string; sha256: string }> => ({
  gateway: { version: CATALOGUE.gateway.version, sha256 },
});

const host = new Host();
let place: Place;

beforeAll(() => host.start());
afterAll(() => host.stop());
beforeEach(() => {
  host.clear();
  place = new Place();
});
afterEach(() => rmSync(place.root, { recursive: true, force: true }));

describe('charts.lock.json', () => {
  it('has one entry for every row of the catalogue, at its version', () => {
    const versions = Object.entries(readLock()).map(([chart, { version }]) => [chart, version]);
    expect(versions).toEqual(CHART_NAMES.map((chart) => [chart, CATALOGUE[chart].version]));
  });

  it('is as the program writes it', () => {
    const copy = join(place.root, 'lock.json');
    writeLock(readLock(), copy);
    expect(readFileSync(copy, 'utf8')).toBe(readFileSync(LOCK_FILE, 'utf8'));
  });

  it('loses a digest with the version that it was for', () => {
    const copy = join(place.root, 'lock.json');
    const sha256 = sha256Of('any');
    writeLock(
      { gateway: { version: '0.0.1', sha256 }, cni: { version: CATALOGUE.cni.version, sha256 } },
      copy,
    );
    expect(readLock(copy)).toMatchObject({ gateway: { sha256: '' }, cni: { sha256 } });
  });

  it('is refused when an entry is no digest', () => {
    const copy = join(place.root, 'lock.json');
    writeFileSync(copy, '{ "gateway": { "version": "1", "sha256": "abc" } }');
    expect(() => readLock(copy)).toThrow(/lock\.json: .*gateway/s);
  });
});

describe('a chart archive', () => {
  const long = `charts/crds/manifests/CustomResourceDefinition/${'a'.repeat(90)}.json`;

  it('has the same bytes whatever the order of its files, and gives them back', () => {
    const one = packArchive(
      'x',
      new Map([
        ['b', 'two'],
        [long, 'é'],
        ['a', ''],
      ]),
    );
    const other = packArchive(
      'x',
      new Map([
        ['a', ''],
        ['b', 'two'],
        [long, 'é'],
      ]),
    );
    expect(one.equals(other)).toBe(true);
    const texts = [...unpackArchive(one)].map(([path, content]) => [path, content.toString()]);
    expect(Object.fromEntries(texts)).toEqual({ a: '', b: 'two', [long]: 'é' });
  });

  it('is not written with a path that no tar header holds', () => {
    expect(() => packArchive('x', new Map([['a'.repeat(101), '']]))).toThrow(/too long/);
  });

  it('is refused when cut short', () => {
    expect(() => unpackArchive(gateway.subarray(0, gateway.length - 20))).toThrow();
  });
});

describe('a mirror folder', () => {
  it('is all that is asked, and remembered', async () => {
    place.put(place.mirror, 'gateway');
    const [archive] = await resolveCharts(place.options(['gateway'], { mirror: place.mirror }));
    expect(archive).toEqual({
      chart: 'gateway',
      version: CATALOGUE.gateway.version,
      source: 'mirror',
      path: join(place.folder, GATEWAY),
      sha256: sha256Of(gateway),
      locked: false,
    });
    expect(place.placed()).toEqual([GATEWAY, 'sources.json']);
    const [again] = await resolveCharts(place.options(['gateway']));
    expect(again).toEqual(archive);
  });

  it('takes over from what another source gave', async () => {
    const standIn = (): string => place.put(join(place.root, 'made'), 'gateway');
    await resolveCharts(place.options(['gateway'], { standIn }));
    const other = chartArchive('gateway', { 'values.yaml': 'a: 1' });
    place.put(place.mirror, 'gateway', other);
    const [archive] = await resolveCharts(place.options(['gateway'], { mirror: place.mirror }));
    expect(archive).toMatchObject({ source: 'mirror', sha256: sha256Of(other) });
  });

  it('that lacks charts stops with every file that is expected, and what is there instead', async () => {
    place.put(place.mirror, 'cni');
    writeFileSync(join(place.mirror, 'gateway-0.0.1.tgz'), gateway);
    const error = await failureOf(
      resolveCharts(place.options(['gateway', 'cni', 'istiod'], { mirror: place.mirror })),
    );
    expect(error).toBeInstanceOf(ChartError);
    expect(error.message).toContain(`expected ${join(place.mirror, GATEWAY)}`);
    expect(error.message).toContain('found gateway-0.0.1.tgz');
    expect(error.message).toContain(`expected ${join(place.mirror, archiveName('istiod'))}`);
    expect(error.cure).toContain(`Put ${GATEWAY} into`);
    expect(place.placed()).toEqual([archiveName('cni'), 'sources.json']);
  });

  it('that does not exist is named', async () => {
    const error = await failureOf(resolveCharts(place.options(['gateway'], { mirror: place.mirror })));
    expect(error.message).toContain('found no such folder');
  });

  const html = Buffer.from('<!DOCTYPE html><html><body>Sign in</body></html>');
  const noChart = packArchive('gateway', new Map([['values.yaml', '']]));
  it.each([
    ['a web page', html, /found a web page \("<!DOCTYPE html>/],
    ['an empty file', Buffer.alloc(0), /found nothing/],
    [
      'half an archive',
      gateway.subarray(0, gateway.length / 2),
      /found a damaged or incomplete archive of \d+ bytes/,
    ],
    ['no chart', noChart, /found an archive without Chart.yaml/],
    ['another chart', chartArchive('gateway', {}, { name: 'getaway' }), /found chart getaway 1/],
    ['another version', chartArchive('gateway', {}, { version: '1.10' }), /found chart gateway 1\.10$/],
  ])('that holds %s under the name stops, and nothing is placed', async (_, bytes, message) => {
    const path = place.put(place.mirror, 'gateway', bytes);
    const error = await failureOf(resolveCharts(place.options(['gateway'], { mirror: place.mirror })));
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`${path}: expected the archive of chart gateway`);
    expect(place.placed()).toEqual([]);
  });
});

describe('a mirror URL', () => {
  const mirrored = (): Promise<unknown> =>
    resolveCharts(place.options(['gateway'], { mirror: `${host.base}/charts/` }));
  const path = `/charts/${GATEWAY}`;

  it('is asked once for an archive, which is then kept', async () => {
    host.routes.set(path, gateway);
    expect(await mirrored()).toMatchObject([{ source: 'mirror', sha256: sha256Of(gateway) }]);
    expect(await mirrored()).toMatchObject([{ source: 'mirror', sha256: sha256Of(gateway) }]);
    expect(host.asked).toEqual([path]);
  });

  it('may carry a password, which is sent and not shown', async () => {
    const base = host.base.replace('://', '://reader:secret@');
    let login: string | undefined;
    host.routes.set(path, (request, response) => {
      login = request.headers.authorization;
      response.writeHead(403).end();
    });
    const error = await failureOf(resolveCharts(place.options(['gateway'], { mirror: `${base}/charts` })));
    expect(login).toBe(`Basic ${Buffer.from('reader:secret').toString('base64')}`);
    expect(error.message).toContain('HTTP 403');
    expect(`${error.message}${error.cure}${place.events.join()}`).not.toContain('secret');
  });

  it('that lacks the chart stops with the file expected', async () => {
    const error = await failureOf(mirrored());
    expect(error.message).toContain(
      `expected ${host.base}${path} in the chart mirror, found nothing (HTTP 404)`,
    );
    expect(host.asked).toHaveLength(1);
  });

  it.each([500, 503, 429])('that answers %i is asked again', async (status) => {
    let refusals = 2;
    host.routes.set(path, (_, response) =>
      refusals-- > 0 ? response.writeHead(status).end() : response.end(gateway),
    );
    expect(await mirrored()).toMatchObject([{ source: 'mirror' }]);
    expect(host.asked).toHaveLength(3);
  });

  const cut = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-length': gateway.length });
    response.write(gateway.subarray(0, 100), () => response.destroy());
  };
  it.each<[string, (response: ServerResponse) => unknown, RegExp]>([
    ['refuses', (response) => response.writeHead(500).end(), /HTTP 500 \(tried 3 times\)/],
    ['stalls', (response) => response.write('x'), /no data for 0.3 s \(tried 3 times\)/],
    ['breaks off', cut, /aborted \(tried 3 times\)/],
  ])('that %s stops after three tries, and nothing is placed', async (_, answer, message) => {
    host.routes.set(path, (_request, response) => void answer(response));
    const error = await failureOf(mirrored());
    expect(error.message).toMatch(message);
    expect(error.cure).toContain('can be reached');
    expect(host.asked).toHaveLength(3);
    expect(place.placed()).toEqual([]);
  });

  it('may redirect, to a limit', async () => {
    host.routes.set(path, (_, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    host.routes.set('/elsewhere', gateway);
    expect(await mirrored()).toMatchObject([{ source: 'mirror' }]);
    host.routes.set('/elsewhere', (_, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    rmSync(place.folder, { recursive: true });
    expect((await failureOf(mirrored())).message).toContain('more than 5 redirects');
  });

  it('may not redirect to plain http on another machine', async () => {
    host.routes.set(path, (_, response) =>
      response.writeHead(302, { location: 'http://example.com/x' }).end(),
    );
    expect((await failureOf(mirrored())).message).toContain('http://example.com/x, which is not https');
  });

  it('that calls the archive gzip-encoded content gives it as it is', async () => {
    host.routes.set(path, (_, response) => response.setHeader('content-encoding', 'gzip').end(gateway));
    expect(await mirrored()).toMatchObject([{ sha256: sha256Of(gateway) }]);
  });

  it('cannot fill the disk', async () => {
    host.routes.set(path, Buffer.alloc(2000));
    const options = place.options(['gateway'], {
      mirror: `${host.base}/charts`,
      limits: { ...LIMITS, size: 1000 },
    });
    expect((await failureOf(resolveCharts(options))).message).toContain('more than 1000 bytes');
  });

  it.each(['http://example.com/charts', 'ftp://127.0.0.1/charts'])(
    'such as %s is refused',
    async (mirror) => {
      const error = await failureOf(resolveCharts(place.options(['gateway'], { mirror })));
      expect(error).toBeInstanceOf(ChartError);
      expect(error.message).toContain('expected a folder or an https:// or oci:// URL');
    },
  );
});

describe('the digest in the lock', () => {
  const run = (sha256: string, allowUnlocked: boolean): ReturnType<typeof resolveCharts> => {
    place.put(place.mirror, 'gateway');
    return resolveCharts(
      place.options(['gateway'], { mirror: place.mirror, lock: lockOf(sha256), allowUnlocked }),
    );
  };

  it('lets the archive that has it pass', async () => {
    expect(await run(sha256Of(gateway), false)).toMatchObject([{ locked: true }]);
  });

  it('stops any other, with both digests, the chart and the source', async () => {
    const error = await failureOf(run(sha256Of('other'), true));
    expect(error.message).toContain(`expected sha256 ${sha256Of('other')}`);
    expect(error.message).toContain(`found ${sha256Of(gateway)}`);
    expect(error.message).toContain(`chart gateway ${CATALOGUE.gateway.version} from mirror`);
    expect(place.placed()).toEqual([]);
  });

  it('must have been recorded, unless that is allowed', async () => {
    const error = await failureOf(run('', false));
    expect(error.message).toContain('found none recorded');
    expect(error.cure).toContain('platform:charts.allowUnlocked');
    expect(place.placed()).toEqual([]);
    expect(await run('', true)).toMatchObject([{ locked: false }]);
    expect(place.events.join()).toContain('was never recorded');
  });

  it('vouches for a file that nothing else tells the source of', async () => {
    place.put(place.folder, 'gateway');
    const options = place.options(['gateway'], { lock: lockOf(sha256Of(gateway)), allowUnlocked: false });
    expect(await resolveCharts(options)).toMatchObject([{ source: 'cache', locked: true }]);
  });
});

describe('upstream', () => {
  const upstreamFolder = (): string => join(place.root, 'upstream');
  const reachable = { repository: () => `${host.base}/repository` };

  it('is pulled from with folders of its own, and each repository added once', async () => {
    place.put(upstreamFolder(), 'gateway');
    place.put(upstreamFolder(), 'cni');
    const helm = place.fakeHelm(upstreamFolder());
    process.env.HELM_REPOSITORY_CONFIG = '/nowhere';
    const archives = await resolveCharts(
      place.options(['gateway', 'cni'], { ...reachable, helm: helm.path }),
    ).finally(() => delete process.env.HELM_REPOSITORY_CONFIG);
    expect(archives).toMatchObject([{ source: 'upstream' }, { source: 'upstream' }]);
    expect(helm.calls().filter((call) => call.startsWith('repo add'))).toHaveLength(1);
    expect(helm.calls()).toHaveLength(3);
    expect(helm.calls().join()).not.toContain('/nowhere');
    expect(
      helm.calls().every((call) => /HELM_CACHE_HOME=.*HELM_CONFIG_HOME=.*HELM_DATA_HOME=/.test(call)),
    ).toBe(true);
    expect(existsSync(join(place.cache, 'charts', GATEWAY))).toBe(true);
  });

  it('is not asked for what the cache holds, nor a second time', async () => {
    place.put(join(place.cache, 'charts'), 'gateway');
    expect(await resolveCharts(place.options(['gateway']))).toMatchObject([{ source: 'cache' }]);
    rmSync(place.cache, { recursive: true });
    expect(await resolveCharts(place.options(['gateway']))).toMatchObject([{ source: 'cache' }]);
  });

  it('is asked where the cached file is damaged or the placed one was changed', async () => {
    place.put(upstreamFolder(), 'gateway');
    const helm = place.fakeHelm(upstreamFolder());
    place.put(join(place.cache, 'charts'), 'gateway', gateway.subarray(0, 90));
    place.put(place.folder, 'gateway', chartArchive('gateway', { 'templates/own.yaml': '' }));
    const options = place.options(['gateway'], { ...reachable, helm: helm.path });
    expect(await resolveCharts(options)).toMatchObject([{ source: 'upstream', sha256: sha256Of(gateway) }]);
    expect(place.events.filter((event) => event.includes('passed over'))).toHaveLength(2);
  });

  it('that lacks the chart stops at once; one that fails is asked again', async () => {
    const missing = place.fakeHelm(upstreamFolder());
    const lacks = await failureOf(
      resolveCharts(place.options(['gateway'], { ...reachable, helm: missing.path })),
    );
    expect(lacks.message).toContain('helm pull: upstream/gateway not found');
    expect(missing.calls()).toHaveLength(2);
    const failing = place.fakeHelm(
      upstreamFolder(),
      '[ "$1" = pull ] && { echo "Error: 502 Bad Gateway" >&2; exit 1; }',
    );
    const fails = await failureOf(
      resolveCharts(place.options(['gateway'], { ...reachable, helm: failing.path })),
    );
    expect(fails.message).toContain('502 Bad Gateway (tried 3 times)');
    expect(fails.cure).toContain('CHARTS=<folder or URL>');
  });

  it('that never ends is given up', async () => {
    const helm = place.fakeHelm(upstreamFolder(), 'exec sleep 30');
    const limits = { ...LIMITS, command: 100, attempts: 1 };
    const options = place.options(['gateway'], { ...reachable, helm: helm.path, limits });
    expect((await failureOf(resolveCharts(options))).message).toContain('no end within 0.1 s');
  });

  it('without a helm that runs stops with the reason', async () => {
    const error = await failureOf(resolveCharts(place.options(['gateway'], reachable)));
    expect(error.message).toMatch(/no-helm ENOENT$/);
  });

  it('that cannot be reached, with no stand-ins, stops with the cure', async () => {
    const error = await failureOf(resolveCharts(place.options(['gateway'])));
    expect(error).toBeInstanceOf(ChartError);
    expect(error.message).toContain('127.0.0.1:9 cannot be reached');
    expect(error.cure).toContain('CHARTS=<folder or URL> or platform:charts.mirror');
  });

  it.each([
    [200, true],
    // A registry greets so who has not logged in.
    [401, true],
    // A filter on the way refuses so.
    [403, false],
    [502, false],
  ])('that answers the probe with %i counts as reachable: %s', async (status, counts) => {
    host.status = status;
    place.put(upstreamFolder(), 'gateway');
    const helm = place.fakeHelm(upstreamFolder());
    const run = resolveCharts(place.options(['gateway'], { ...reachable, helm: helm.path }));
    if (counts) expect(await run).toMatchObject([{ source: 'upstream' }]);
    else expect((await failureOf(run)).message).toContain(`cannot be reached (HTTP ${status})`);
  });

  it('that is reached through a proxy only is reachable', async () => {
    place.put(upstreamFolder(), 'gateway');
    const helm = place.fakeHelm(upstreamFolder());
    process.env.HTTPS_PROXY = host.base;
    const run = resolveCharts(place.options(['gateway'], { helm: helm.path }));
    expect(await run.finally(() => delete process.env.HTTPS_PROXY)).toMatchObject([{ source: 'upstream' }]);
  });

  it('that says nothing is given up soon', async () => {
    host.routes.set('/repository/index.yaml', () => undefined);
    const error = await failureOf(resolveCharts(place.options(['gateway'], reachable)));
    expect(error.message).toContain('cannot be reached (no answer within 0.3 s)');
  });
});

describe('a stand-in', () => {
  const standIn = (): string => place.put(join(place.root, 'made'), 'gateway');
  const upstream = (): Partial<Parameters<typeof resolveCharts>[0]> => {
    place.put(join(place.root, 'upstream'), 'gateway');
    const { path } = place.fakeHelm(join(place.root, 'upstream'));
    return { repository: () => `${host.base}/repository`, helm: path };
  };

  it('takes the place of what nothing else gives, loudly, past the lock, and never enters the cache', async () => {
    const lock = lockOf(sha256Of('the real one'));
    const options = place.options(['gateway'], { standIn, lock, allowUnlocked: false });
    expect(await resolveCharts(options)).toMatchObject([{ source: 'stand-in', locked: false }]);
    expect(place.events).toEqual([expect.stringMatching(/^gateway: STAND-IN: not the real chart, since /)]);
    expect(existsSync(place.cache)).toBe(false);
  });

  it('stays, though upstream is back', async () => {
    await resolveCharts(place.options(['gateway'], { standIn }));
    expect(await resolveCharts(place.options(['gateway'], { standIn, ...upstream() }))).toMatchObject([
      { source: 'stand-in' },
    ]);
  });

  it('is not used where there are none', async () => {
    await resolveCharts(place.options(['gateway'], { standIn }));
    await expect(resolveCharts(place.options(['gateway']))).rejects.toThrow(/neither in/);
    expect(await resolveCharts(place.options(['gateway'], upstream()))).toMatchObject([
      { source: 'upstream' },
    ]);
  });

  it('is not made while upstream answers, whatever it lacks', async () => {
    const helm = place.fakeHelm(place.root).path;
    const options = place.options(['gateway'], {
      repository: () => `${host.base}/repository`,
      helm,
      standIn,
    });
    await expect(resolveCharts(options)).rejects.toThrow(/not found/);
  });

  it('that is another chart is refused', async () => {
    const wrong = (): string => place.put(join(place.root, 'made'), 'cni');
    await expect(resolveCharts(place.options(['gateway'], { standIn: wrong }))).rejects.toThrow(
      /found chart cni/,
    );
  });
});

describe('recording digests', () => {
  const record = (
    lock: Record<string, { version: string; sha256: string }>,
  ): ReturnType<typeof recordDigests> => {
    place.put(join(place.root, 'upstream'), 'gateway');
    const helm = place.fakeHelm(join(place.root, 'upstream')).path;
    const options = place.options(['gateway', 'cni'], { helm, repository: () => `${host.base}/repository` });
    return recordDigests({ ...options, lock });
  };

  it('takes what upstream serves, keeps the rest as it is and says so', async () => {
    const lock = lockOf('');
    expect(await record(lock)).toEqual(lockOf(sha256Of(gateway)));
    expect(lock).toEqual(lockOf(''));
    expect(place.events).toContain(`gateway: sha256 ${sha256Of(gateway)}`);
    expect(place.events.join('\n')).toMatch(/^cni: not recorded: .* not found$/m);
    expect(existsSync(join(place.cache, 'charts', GATEWAY))).toBe(true);
  });

  it('asks neither cache nor project', async () => {
    const other = chartArchive('gateway', { 'values.yaml': 'a: 1' });
    place.put(join(place.cache, 'charts'), 'gateway', other);
    place.put(place.folder, 'gateway', other);
    expect(await record({})).toEqual(lockOf(sha256Of(gateway)));
  });

  it('stops where upstream serves another archive than was recorded', async () => {
    await expect(record(lockOf(sha256Of('before')))).rejects.toThrow(
      `expected sha256 ${sha256Of('before')} as in charts.lock.json, found ${sha256Of(gateway)}`,
    );
  });

  it('records nothing where upstream cannot be reached', async () => {
    expect(await recordDigests({ ...place.options(['gateway']), lock: lockOf('') })).toEqual(lockOf(''));
    expect(place.events.join()).toContain('gateway: not recorded: 127.0.0.1:9 cannot be reached');
  });
});

describe('the CRDs in a render', () => {
  const definition = (body: string): string =>
    `# Source: x\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n${body}`;
  const collect = (...documents: string[]): unknown[] =>
    [...collectManifests(`---\n${documents.join('\n---\n')}`, [KIND]).values()].map((text) =>
      JSON.parse(text),
    );
  const KIND = 'apiextensions.k8s.io/v1 CustomResourceDefinition';
  const base = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };

  it('come without status and what Helm would take for hooks or keep', () => {
    const body = [
      'metadata:',
      '  name: things.example.com',
      '  annotations: { helm.sh/resource-policy: keep, helm.sh/hook: crd-install, own: "1" }',
      'status: { conditions: [] }',
    ].join('\n');
    const metadata = { name: 'things.example.com', annotations: { own: '1' } };
    expect(collect(definition(body))).toEqual([{ ...base, metadata }]);
  });

  it('lose an empty list of annotations', () => {
    const body = 'metadata: { name: a, annotations: { helm.sh/resource-policy: keep } }';
    expect(collect(definition(body))).toEqual([{ ...base, metadata: { name: 'a' } }]);
  });

  it('are read as Helm reads YAML', () => {
    const body =
      'metadata: { name: a }\nspec: { yes: on, when: 2020-01-01, time: 12:30:00, mode: 0644, text: "on" }';
    const spec = { true: true, when: '2020-01-01', time: '12:30:00', mode: 0o644, text: 'on' };
    expect(collect(definition(body))).toEqual([{ ...base, metadata: { name: 'a' }, spec }]);
  });

  it('are all that is taken, whatever other documents say or hold', () => {
    const config = 'apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    kind: CustomResourceDefinition';
    expect(
      collect(config, '# CustomResourceDefinition', 'broken: [', definition('metadata: { name: a }')),
    ).toHaveLength(1);
  });

  it.each([
    ['1.36', '1.36.0'],
    ['1.36.3', '1.36.3'],
  ])('are rendered for Kubernetes %s as %s', (version, full) => expect(fullVersion(version)).toBe(full));
});
