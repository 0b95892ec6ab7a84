import { rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { archiveName, CATALOGUE } from '../../components/catalogue';
import { packArchive } from '../../policy/archive';
import { sha256Of } from '../../components/charts/files';
import { ChartError, resolveCharts } from '../../components/charts/resolve';
import { chartArchive, failureOf, LIMITS, lockOf, setUp } from './charts-support';

const GATEWAY = archiveName('gateway');
const gateway = chartArchive('gateway');

const { host, place } = setUp();

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

  it('that does not exist, or is a file, is named once', async () => {
    const file = place.put(place.root, 'gateway');
    for (const mirror of [place.mirror, file]) {
      const error = await failureOf(resolveCharts(place.options(['gateway', 'cni'], { mirror })));
      expect(error.message).toMatch(/^chart mirror .*: expected a folder .*, found no such folder$/);
      expect(error.message).toContain(mirror);
      expect(error.cure).toContain('platform:charts.mirror');
    }
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
    expect(error.cure).toContain('platform:charts.requireLocked');
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
