import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { download, LIMITS } from '../../components/charts/download';
import { proxyOf } from '../../components/charts/proxy';
import { Upstream } from '../../components/charts/upstream';
import { Helm } from '../../components/charts/helm';
import { TYPESCRIPT } from '../../sandbox/paths';
import { Authority } from '../../sandbox/plane/pki';
import { Network } from '../../sandbox/toolchain/network';
import { ROOT } from '../helpers/cli';
import { failureOf } from './charts-support';

jest.setTimeout(60_000);

describe('the proxy of a URL', () => {
  const env = { HTTPS_PROXY: 'http://proxy.example:3128', NO_PROXY: '' };
  const chosen = (url: string, more: NodeJS.ProcessEnv = {}): string | undefined =>
    proxyOf(new URL(url), { ...env, ...more })?.href;

  it.each([
    ['named in capitals', {}, 'http://proxy.example:3128/'],
    ['named in small letters', { HTTPS_PROXY: '', https_proxy: 'http://small:1' }, 'http://small:1/'],
    ['named without a scheme', { HTTPS_PROXY: 'proxy.example:3128' }, 'http://proxy.example:3128/'],
    ['reached over TLS', { HTTPS_PROXY: 'https://proxy.example' }, 'https://proxy.example/'],
    ['not named', { HTTPS_PROXY: '' }, undefined],
    ['of plain http only', { HTTPS_PROXY: '', HTTP_PROXY: 'http://proxy.example' }, undefined],
  ])('is the one %s', (_, more, expected) => {
    expect(chosen('https://charts.example.com/x', more)).toBe(expected);
  });

  it.each(['https://localhost/x', 'https://127.0.0.1:8443/x', 'https://[::1]/x'])(
    'is none for %s, this machine',
    (url) => expect(chosen(url)).toBeUndefined(),
  );

  it.each([
    ['*', 'https://charts.example.com', true],
    ['other.org, example.com', 'https://charts.example.com', true],
    ['example.com', 'https://example.com', true],
    ['Example.COM', 'https://example.com', true],
    ['example.com', 'https://badexample.com', false],
    ['.example.com', 'https://charts.example.com', true],
    ['*.example.com', 'https://charts.example.com', true],
    ['.example.com', 'https://example.com', false],
    ['example.com:8443', 'https://example.com:8443', true],
    ['example.com:8443', 'https://example.com', false],
    ['example.com:443', 'https://example.com', true],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/99', 'https://10.1.2.3', false],
    ['[fd00::1]:443', 'https://[fd00::1]', true],
    ['fd00::/8', 'https://[fd00::1]', true],
    [',,', 'https://example.com.', false],
  ])('with NO_PROXY=%s for %s: none is %p', (NO_PROXY, url, exempt) => {
    expect(chosen(url, { NO_PROXY }) === undefined).toBe(exempt);
    expect(chosen(url, { NO_PROXY: '', no_proxy: NO_PROXY }) === undefined).toBe(exempt);
  });

  it('must be one that is spoken to over http or https; what is wrong is told without its password', () => {
    const wrong = (): unknown => chosen('https://example.com', { HTTPS_PROXY: 'socks5://me:hidden@proxy:1' });
    expect(wrong).toThrow('expected http://host:port or https://host:port');
    expect(wrong).not.toThrow('hidden');
  });
});

describe('through a proxy', () => {
  /** No name server knows it: only the proxy can reach it. */
  const HOST = 'charts.invalid';
  const sockets = new Set<Socket>();
  let folder: string;
  let origin: Server;
  let proxy: Server;
  /** The hosts that the proxy was asked for, and with which login. */
  let asked: string[];
  let logins: (string | undefined)[];
  /** What the proxy answers. */
  let answer: (socket: Socket) => void;

  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  const proxyUrl = (login = ''): string => `http://${login}127.0.0.1:${portOf(proxy)}`;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'platform-proxy-'));
    const authority = await Authority.create('test');
    writeFileSync(join(folder, 'ca.crt'), authority.pair.cert);
    const { cert, key } = await authority.issue({ commonName: HOST, names: [HOST, '127.0.0.1'] });
    origin = createTlsServer({ cert, key }, ({ url }, response) => response.end(`content of ${url}`));
    proxy = createServer().on('connect', ({ url = '', headers }: IncomingMessage, socket: Socket) => {
      asked.push(url);
      logins.push(headers['proxy-authorization']);
      answer(socket);
    });
    for (const server of [origin, proxy]) {
      server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
      await once(server.listen(0, '127.0.0.1'), 'listening');
    }
  });
  afterAll(async () => {
    sockets.forEach((socket) => socket.destroy());
    await Promise.all([origin, proxy].map((server) => new Promise((done) => server.close(done))));
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    asked = [];
    logins = [];
    answer = (socket) => {
      const onward = connect(portOf(origin), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      onward.on('error', () => undefined).pipe(socket);
      socket.pipe(onward);
    };
    process.env.HTTPS_PROXY = proxyUrl();
    delete process.env.NO_PROXY;
    delete process.env.no_proxy;
  });

  /** What each of our ways to fetch says of a URL, in a process of its own, which trusts the origin's certificate. */
  async function fetched(url: string, env: NodeJS.ProcessEnv): Promise<unknown> {
    const program = `
      const { download, LIMITS } = require('./components/charts/download');
      const { Upstream } = require('./components/charts/upstream');
      const { Network } = require('./sandbox/toolchain/network');
      const url = process.argv[1];
      const limits = { ...LIMITS, attempts: 1 };
      const upstream = new Upstream({ limits }, () => url);
      Promise.all([
        download(new URL(url), limits).then(String),
        new Network({ connect: 5000, stall: 5000 }).text(url),
        upstream.unreachable('gateway', ['gateway']),
      ]).then((all) => console.log(JSON.stringify(all)));`;
    const args = ['--require', TYPESCRIPT, '--eval', program, url];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.crt'), ...env },
    });
    return JSON.parse(stdout);
  }

  it('charts, releases and the probe of upstream come from a host that nothing else reaches', async () => {
    const content = 'content of /x';
    expect(await fetched(`https://${HOST}/x`, {})).toEqual([content, content, '']);
    expect(new Set(asked)).toEqual(new Set([`${HOST}:443`]));
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(new Set(logins)).toEqual(new Set([undefined]));
  });

  it('goes the login that its URL holds', async () => {
    await fetched(`https://${HOST}:8443/x`, { HTTPS_PROXY: proxyUrl('me:s%40cret@') });
    expect(new Set(asked)).toEqual(new Set([`${HOST}:8443`]));
    expect(new Set(logins)).toEqual(new Set([`Basic ${Buffer.from('me:s@cret').toString('base64')}`]));
  });

  it('goes nothing to this machine', async () => {
    const content = 'content of /x';
    expect(await fetched(`https://127.0.0.1:${portOf(origin)}/x`, {})).toEqual([content, content, '']);
    expect(asked).toEqual([]);
  });

  it('comes nothing of a host whose certificate names another', async () => {
    await expect(fetched('https://other.invalid/x', {})).rejects.toThrow(/altnames/);
    expect(new Set(asked)).toEqual(new Set(['other.invalid:443']));
  });

  /** Why each of our ways to fetch fails. */
  async function failures(): Promise<string[]> {
    const limits = { ...LIMITS, attempts: 2, backoff: 1, stall: 200, probe: 200 };
    const url = new URL(`https://${HOST}/x`);
    const network = new Network({ connect: 200, stall: 200 });
    return [
      (await failureOf(download(url, limits))).message,
      (await failureOf(network.text(url.href))).message,
      await new Upstream(new Helm('helm', folder, limits), () => url.href).unreachable('gateway', [
        'gateway',
      ]),
    ];
  }

  it('goes nothing that NO_PROXY names', async () => {
    process.env.NO_PROXY = 'invalid';
    const reasons = await failures();
    expect(asked).toEqual([]);
    expect(reasons.join()).not.toContain('proxy');
  });

  it.each<[string, (socket: Socket) => void, string]>([
    [
      'refuses',
      (socket) => socket.write('HTTP/1.1 403 Forbidden\r\n\r\n'),
      'refuses to reach charts.invalid: HTTP 403',
    ],
    [
      'wants a login',
      (socket) => socket.end('HTTP/1.1 407 Login\r\n\r\n'),
      'refuses to reach charts.invalid: HTTP 407',
    ],
    ['hangs up', (socket) => socket.destroy(), 'cannot be reached: socket hang up'],
    ['says nothing', () => undefined, 'gives no answer within 0.2 s'],
  ])('that %s: the message names it, and not its password', async (_, behaviour, reason) => {
    answer = behaviour;
    process.env.HTTPS_PROXY = proxyUrl('me:hidden@');
    const message = `the proxy ${proxyUrl()} (HTTPS_PROXY) ${reason}`;
    expect(await failures()).toEqual([
      `${message} (tried 2 times)`,
      `${HOST} cannot be reached (${message})`,
      `${HOST} cannot be reached (${message})`,
    ]);
  });

  it('that is not there: the message names it', async () => {
    process.env.HTTPS_PROXY = 'http://127.0.0.1:9';
    for (const reason of await failures()) {
      expect(reason).toContain(
        'the proxy http://127.0.0.1:9 (HTTPS_PROXY) cannot be reached: connect ECONNREFUSED',
      );
    }
  });
});
