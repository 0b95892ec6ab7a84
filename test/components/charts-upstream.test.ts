import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { archiveName, CATALOGUE } from '../../components/catalogue';
import { sha256Of } from '../../components/charts/files';
import { recordDigests, recordMissing } from '../../components/charts/record';
import { ChartError, resolveCharts } from '../../components/charts/resolve';
import { chartArchive, failureOf, LIMITS, lockOf, setUp } from './charts-support';

const GATEWAY = archiveName('gateway');
const gateway = chartArchive('gateway');

const { host, place } = setUp();

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

  it('that cannot be reached is named for each chart', async () => {
    const repository = (chart: string): string => `http://127.0.0.1:${chart === 'cni' ? 9 : 1}/charts`;
    const error = await failureOf(resolveCharts(place.options(['gateway', 'cni'], { repository })));
    expect(error.message).toMatch(
      /^chart gateway .*127\.0\.0\.1:1 cannot.*\nchart cni .*127\.0\.0\.1:9 cannot/,
    );
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

  it('asks only for what has no digest yet, where that is all that is wanted', async () => {
    place.put(join(place.root, 'upstream'), 'gateway');
    place.put(join(place.root, 'upstream'), 'cni');
    const helm = place.fakeHelm(join(place.root, 'upstream'));
    const repository = (): string => `${host.base}/repository`;
    const options = place.options(['gateway', 'cni'], { helm: helm.path, repository });
    const lock = lockOf(sha256Of('before'));
    const recorded = await recordMissing({ ...options, lock });
    expect(recorded).toEqual({
      ...lock,
      cni: { version: CATALOGUE.cni.version, sha256: sha256Of(chartArchive('cni')) },
    });
    expect(
      helm
        .calls()
        .filter((call) => call.startsWith('pull'))
        .join(),
    ).not.toContain('gateway');
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
