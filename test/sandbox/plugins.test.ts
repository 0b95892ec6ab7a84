import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPlugins, type PluginOptions, PLUGINS } from '../../sandbox/engine/plugins';
import { generatePassword } from '../../sandbox/providers/random';
import { ROOT, TYPESCRIPT } from '../../sandbox/paths';
import { obtainToolchain } from '../../sandbox/toolchain/obtain';
import { askPluginVersion } from '../../sandbox/toolchain/plugin';

jest.setTimeout(120_000);

let folder: string;
let pulumi: string;
let server: Server;
let asked: string[];
let archives: Record<string, Buffer>;

beforeAll(async () => {
  pulumi = (await obtainToolchain({ names: ['pulumi'] })).get('pulumi')?.path ?? '';
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'platform-plugins-'));
  asked = [];
  archives = {};
  server = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push(`${request.method ?? ''} ${url}`);
    const archive = archives[/resource-(\w+)-v/.exec(url)?.[1] ?? ''];
    if (request.method === 'HEAD') response.end();
    else response.writeHead(archive ? 200 : 404, { 'content-length': archive?.length ?? 0 }).end(archive);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

function options(home = 'home'): PluginOptions {
  const { port } = server.address() as AddressInfo;
  return {
    home: join(folder, home),
    cache: join(folder, 'cache'),
    pulumi,
    server: `http://127.0.0.1:${port}`,
  };
}

/** An archive as the publisher makes it: the plug-in's binary. */
function archiveOf(name: string): Buffer {
  const work = join(folder, `pack-${name}`);
  mkdirSync(work);
  writeFileSync(join(work, `pulumi-resource-${name}`), '#!/bin/sh\necho official\n', { mode: 0o755 });
  return execFileSync('tar', ['-czf', '-', '-C', work, `pulumi-resource-${name}`]);
}

function binary(home: string, name: keyof typeof PLUGINS): string {
  const path = join(folder, home, 'plugins', `resource-${name}-v${PLUGINS[name]}`, `pulumi-resource-${name}`);
  return readFileSync(path, 'utf8');
}

it('takes the official plug-ins where they can be had, once for all stacks', async () => {
  archives = { random: archiveOf('random'), command: archiveOf('command') };
  expect(await installPlugins(options())).toEqual([]);
  expect(binary('home', 'random')).toContain('official');
  asked = [];
  expect(await installPlugins(options('other'))).toEqual([]);
  expect(binary('other', 'command')).toContain('official');
  expect(asked).toEqual([]);
});

it('takes its own where one is missing, and says which', async () => {
  archives = { random: archiveOf('random') };
  expect(await installPlugins(options())).toEqual(['command']);
  expect(binary('home', 'command')).toContain('sandbox/providers/command.ts');
});

it('takes its own where nobody answers, and a stack keeps them', async () => {
  const nobody = { ...options(), server: 'http://127.0.0.1:9' };
  expect(await installPlugins(nobody)).toEqual(['random', 'command']);
  archives = { random: archiveOf('random'), command: archiveOf('command') };
  asked = [];
  expect(await installPlugins(options())).toEqual(['random', 'command']);
  expect(asked).toEqual([]);
  expect(existsSync(join(folder, 'cache'))).toBe(false);
});

it('makes providers that start, wherever the checkout is', async () => {
  const checkout = join(folder, "it's a $HOME");
  for (const name of ['sandbox', 'components', 'stacks', 'policy'])
    cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  const home = join(checkout, '.sandbox');
  const program = "void require('./sandbox/engine/plugins').installPlugins(JSON.parse(process.argv[1]))";
  const nobody = { ...options(), home, server: 'http://127.0.0.1:9' };
  const loader = TYPESCRIPT;
  execFileSync(process.execPath, ['--require', loader, '--eval', program, JSON.stringify(nobody)], {
    cwd: checkout,
  });
  for (const [name, version] of Object.entries(PLUGINS)) {
    const path = join(home, 'plugins', `resource-${name}-v${version}`, `pulumi-resource-${name}`);
    expect(await askPluginVersion(path, process.env, 20_000)).toBe(version);
  }
});

it('waits only so long for a server that stalls', async () => {
  server.removeAllListeners('request');
  server.on('request', () => undefined);
  expect(await installPlugins({ ...options(), patience: { probe: 100, download: 100 } })).toEqual([
    'random',
    'command',
  ]);
  server.closeAllConnections();
});

it('makes passwords of the asked length with every asked class in them', () => {
  for (const length of [3, 8, 32]) {
    const plain = generatePassword({ length, special: false });
    expect(plain).toMatch(new RegExp(`^[A-Za-z0-9]{${length}}$`));
    expect(plain).toMatch(/\d/);
    expect(generatePassword({ length, overrideSpecial: '-' })).toMatch(/-/);
  }
  const many = new Set(Array.from({ length: 50 }, () => generatePassword({ length: 16 })));
  expect(many.size).toBe(50);
});
