import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TYPESCRIPT } from '../../sandbox/paths';
import { cacheFolder, obtainToolchain, placePlugin, type ToolName } from '../../sandbox/toolchain/obtain';
import { askPluginVersion } from '../../sandbox/toolchain/plugin';
import { HELM, HELM_SCRIPT, KUBE_SCRIPT, providerScript, setUp, textWith } from './toolchain-support';

const { host, scene } = setUp();

describe('two runs', () => {
  test('at once download once: the second waits and finds it', async () => {
    scene.publishHelm();
    const [first, second] = await Promise.all([scene.obtain('helm'), scene.obtain('helm')]);
    expect(first).toEqual(second);
    expect(host.asked.filter((path) => path === HELM)).toHaveLength(1);
    expect(scene.told('waiting')).toEqual([`helm: process ${process.pid} is obtaining helm`]);
  });

  test('the second of which follows a killed one find nothing half-made, and take its lock over', async () => {
    const archive = scene.publishHelm();
    const started = new Promise<void>((resolve) => {
      host.routes.set(HELM, (_, response) => void response.write(archive.subarray(0, 20), () => resolve()));
    });
    const module = join(__dirname, '../../sandbox/toolchain/obtain.ts');
    const options = { ...scene.options, names: ['helm'], onEvent: undefined, timeouts: { stall: 60_000 } };
    const code = `require(${JSON.stringify(module)}).obtainToolchain(${JSON.stringify(options)})`;
    const child = spawn(process.execPath, ['--require', TYPESCRIPT, '-e', code], {
      cwd: join(__dirname, '../..'),
    });
    await started;
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(scene.installed('helm', '3.22.0'))).toBe(false);
    expect(readdirSync(join(scene.cache, 'toolchain', '.locks'))).toEqual(['linux-amd64-helm']);
    scene.publishHelm();
    expect((await scene.obtain('helm')).origin).toBe('release');
    // What the killed run left is swept, and its lock gone.
    expect(scene.halfMade()).toEqual(['helm']);
  });
});

describe('the cache', () => {
  test('that cannot be written to gives one clear error', async () => {
    scene.publishHelm();
    const asRoot = process.getuid?.() === 0;
    // To root every folder is writable, except in a file system that takes none.
    const cache = asRoot ? '/sys/platform-cache' : join(scene.folder, 'sealed');
    if (!asRoot) {
      mkdirSync(cache);
      chmodSync(cache, 0o555);
    }
    await expect(scene.obtain('helm', { cache })).rejects.toMatchObject({
      name: 'ToolchainError',
      message: textWith(`the cache folder ${cache} cannot be written to`),
      cure: textWith('PLATFORM_CACHE'),
    });
  });

  test('is where the user or the system says', () => {
    expect(cacheFolder({ PLATFORM_CACHE: '/a/b', XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe('/a/b');
    expect(cacheFolder({ XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe('/x/kubernetes-platform');
    const system = process.platform === 'darwin' ? '/h/Library/Caches' : '/h/.cache';
    expect(cacheFolder({ XDG_CACHE_HOME: 'relative', HOME: '/h' })).toBe(`${system}/kubernetes-platform`);
  });
});

describe('a tool on PATH', () => {
  test.each<[ToolName, string]>([
    ['helm', HELM_SCRIPT],
    ['kubectl', '#!/bin/sh\necho "Client Version: v1.35.2-gke.1"\necho "Kustomize Version: v5.5.0"\n'],
    ['pulumi-resource-kubernetes', providerScript('v4.25.0')],
  ])('at a fitting version is used: %s', async (name, script) => {
    const path = scene.onPath(name, script);
    expect(await scene.obtain(name)).toMatchObject({ path, origin: 'path' });
    expect(existsSync(scene.cache)).toBe(false);
  });

  test.each<[string, ToolName, string]>([
    ['has version 4.0.0', 'helm', '#!/bin/sh\necho v4.0.0\n'],
    ['does not tell its version', 'helm', '#!/bin/sh\nexit 1\n'],
    ['does not tell its version', 'helm', '#!/bin/sh\nsleep 60\n'],
    ['has version 4.24.0', 'pulumi-resource-kubernetes', providerScript('4.24.0')],
  ])('that %s is passed over with a word', async (reason, name, script) => {
    const path = scene.onPath(name, script);
    scene.fakeGo({ helm: HELM_SCRIPT, 'pulumi-resource-kubernetes': providerScript('4.25.0') });
    expect(
      (await scene.obtain(name, { timeouts: script.includes('sleep') ? { version: 500 } : {} })).origin,
    ).toBe('build');
    expect(scene.told('fallback')[0]).toContain(`${path} ${reason}`);
  });
});

describe('a build', () => {
  test('makes all missing tools of a part in one go, from pinned sources', async () => {
    scene.fakeGo({ 'kube-apiserver': KUBE_SCRIPT, 'kube-scheduler': KUBE_SCRIPT });
    const tools = await obtainToolchain({ ...scene.options, names: ['kube-apiserver', 'kube-scheduler'] });
    expect([...tools.values()].map((tool) => tool.origin)).toEqual(['build', 'build']);
    const [, build, ...others] = scene.goCalls();
    expect(others).toEqual([]);
    expect(build).toMatch(
      /^build -mod=readonly -trimpath -buildvcs=false -ldflags -s -w -X \S+gitVersion=v1\.36\.3 /,
    );
    expect(build).toMatch(
      / k8s.io\/kubernetes\/cmd\/kube-apiserver k8s.io\/kubernetes\/cmd\/kube-scheduler \| /,
    );
    // Of the user's flags only the harmless one is left.
    expect(build).toMatch(/\| -mod=readonly -p=1 \| CGO_ENABLED=0 GOOS=linux GOARCH=amd64 GOWORK=off$/);
    expect(scene.told('building')[0]).toContain('part 1 of 1: kubernetes 1.36.3, 0 s so far');
  });

  test('of the provider embeds its module’s own files and keeps the pinned sums', async () => {
    scene.fakeGo({ 'pulumi-resource-kubernetes': providerScript('4.25.0') });
    const tool = await scene.obtain('pulumi-resource-kubernetes');
    expect(tool).toMatchObject({ version: '4.25.0', origin: 'build' });
    const sources = readFileSync(join(scene.folder, 'sources'), 'utf8');
    expect(sources.startsWith('schema.jsonterraform-mapping.json')).toBe(true);
    expect(sources).not.toContain('changed');
    const home = join(scene.folder, 'pulumi');
    const folder = placePlugin(tool, home);
    expect(placePlugin(tool, home)).toBe(folder);
    expect(readdirSync(folder)).toEqual(['pulumi-resource-kubernetes']);
    const placed = join(folder, 'pulumi-resource-kubernetes');
    expect(await askPluginVersion(placed, process.env, 20_000)).toBe('4.25.0');
  });

  test('that fails says why and leaves nothing', async () => {
    scene.fakeGo({ helm: HELM_SCRIPT }, 'echo "main.go:1: no such luck" >&2; exit 1');
    await expect(scene.obtain('helm')).rejects.toMatchObject({
      name: 'ToolchainError',
      message: textWith(/building helm 3\.22\.0 failed: .*exit code 1\n.*no such luck/),
      cure: textWith('GOPROXY'),
    });
    expect(scene.halfMade()).toEqual([]);
  });

  test('that is interrupted ends and leaves nothing', async () => {
    scene.fakeGo({ helm: HELM_SCRIPT }, 'exec sleep 60');
    const stop = new AbortController();
    const onEvent = ({ phase }: { phase: string }): void => {
      if (phase === 'building') setTimeout(() => stop.abort(), 50);
    };
    const obtaining = scene.obtain('helm', { signal: stop.signal, onEvent });
    await expect(obtaining).rejects.toMatchObject({ name: 'ToolchainError', cure: 'Run it again.' });
    expect(scene.halfMade()).toEqual([]);
  });

  test('without Go names every tool, every reason and the cure', async () => {
    await expect(obtainToolchain({ ...scene.options, names: ['helm', 'kwok'] })).rejects.toMatchObject({
      name: 'ToolchainError',
      message: textWith(/^helm, kwok: none on PATH.*HTTP 404.*kwok.*HTTP 404.*Go is not on PATH$/),
      cure: textWith('Install Go 1.26 or later'),
    });
  });

  test('with a Go that is too old says so', async () => {
    writeFileSync(scene.onPath('go', ''), '#!/bin/sh\necho go1.20.3\n');
    await expect(scene.obtain('helm')).rejects.toThrow(/go1\.20\.3, older than 1\.26/);
  });
});
