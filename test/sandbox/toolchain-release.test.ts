import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { obtainToolchain } from '../../sandbox/toolchain/obtain';
import { Host } from '../helpers/host';
import { HELM, HELM_SCRIPT, KUBE, KUBE_SCRIPT, setUp, sha256, textWith } from './toolchain-support';

const WRONG = '0'.repeat(64);
const { host, scene } = setUp();

describe('a release', () => {
  test('is installed from a good archive, once, with its origin beside it', async () => {
    const archive = scene.publishHelm();
    const path = scene.installed('helm', '3.22.0');
    expect(await scene.obtain('helm')).toEqual({ name: 'helm', version: '3.22.0', path, origin: 'release' });
    expect(JSON.parse(readFileSync(join(path, '..', 'origin.json'), 'utf8'))).toMatchObject({
      origin: 'release',
      url: 'https://get.helm.sh/helm-v3.22.0-linux-amd64.tar.gz',
      sha256: sha256(archive),
    });
    expect(scene.told('downloading')[0]).toContain('digest not recorded');
    expect(host.asked).toEqual([`${HELM}.sha256sum`, HELM]);
    expect((await scene.obtain('helm')).origin).toBe('release');
    expect(host.asked).toHaveLength(2);
  });

  test('is checked against the lock too, where a digest is recorded', async () => {
    scene.recordHelm(sha256(scene.publishHelm()));
    expect((await scene.obtain('helm')).origin).toBe('release');
    expect(scene.told('downloading')[0]).not.toContain('not recorded');
  });

  test('that is a bare binary is taken as it is', async () => {
    scene.publish(`${KUBE}/kube-apiserver`, Buffer.from(KUBE_SCRIPT), '.sha256');
    expect(await scene.obtain('kube-apiserver')).toMatchObject({ version: '1.36.3', origin: 'release' });
  });

  test.each([
    ['its publisher', () => void scene.publishHelm(WRONG), '.sha256sum'],
    [
      'the lock',
      () => {
        scene.publishHelm();
        scene.recordHelm(WRONG);
      },
      'toolchain.lock.json',
    ],
  ])('that differs from the digest of %s stops with both digests', async (_, serve, source) => {
    serve();
    scene.fakeGo({ helm: HELM_SCRIPT });
    const error = await scene.obtain('helm').catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: 'ToolchainError',
      cure: textWith('Do not use this file'),
    });
    expect((error as Error).message).toContain(source);
    expect((error as Error).message).toMatch(new RegExp(`${WRONG}.*[1-9a-f]{3}|[1-9a-f]{3}.*${WRONG}`));
    expect(scene.goCalls()).toEqual([]);
    expect(scene.halfMade()).toEqual([]);
  });

  test.each<[string, string, () => unknown]>([
    [
      'breaks off',
      'broke off',
      () => {
        const archive = scene.publishHelm();
        host.routes.set(HELM, (_, response) => {
          response.writeHead(200, { 'content-length': archive.length });
          response.write(archive.subarray(0, 20), () => response.destroy());
        });
      },
    ],
    [
      'is not there',
      'HTTP 404',
      () => {
        scene.publishHelm();
        host.routes.delete(HELM);
      },
    ],
    [
      'stalls',
      'no data',
      () => {
        const archive = scene.publishHelm();
        host.routes.set(HELM, (_, response) => void response.write(archive.subarray(0, 20)));
      },
    ],
    [
      'redirects in a circle',
      'redirects more than',
      () => {
        scene.publishHelm();
        host.routes.set(HELM, (_, response) => void response.writeHead(302, { location: HELM }).end());
      },
    ],
    [
      'lacks the binary',
      'tar cannot read',
      () => {
        scene.publish(HELM, scene.archive({ README: 'no binary' }), '.sha256sum');
      },
    ],
    [
      'holds another version',
      'answers with version 3.1.0',
      () => {
        const archive = scene.archive({ 'linux-amd64/helm': '#!/bin/sh\necho v3.1.0\n' });
        scene.publish(HELM, archive, '.sha256sum');
      },
    ],
    [
      'has checksums that do not name it',
      'holds no sha256',
      () => {
        scene.publishHelm();
        host.routes.set(`${HELM}.sha256sum`, `${WRONG}  another.tar.gz\n`);
      },
    ],
  ])('that %s gives way to a build', async (_, reason, serve) => {
    serve();
    scene.fakeGo({ helm: HELM_SCRIPT });
    const timeouts = reason === 'no data' ? { stall: 300 } : {};
    expect((await scene.obtain('helm', { timeouts })).origin).toBe('build');
    expect(scene.told('fallback').join()).toContain(reason);
  });

  test('of which GitHub alone publishes digests is checked against those', async () => {
    const binary = Buffer.from('#!/bin/sh\necho kwok version v0.8.0\n');
    const name = 'kwok-linux-amd64';
    const answer = (digest: string): string =>
      JSON.stringify({ assets: [{ name, digest: `sha256:${digest}` }] });
    const release = '/api.github.com/repos/kubernetes-sigs/kwok/releases/tags/v0.8.0';
    host.routes.set(`/github.com/kubernetes-sigs/kwok/releases/download/v0.8.0/${name}`, binary);
    host.routes.set(release, answer(WRONG));
    await expect(scene.obtain('kwok')).rejects.toThrow(`expected ${WRONG} (https://api.github.com/`);
    host.routes.set(release, answer(sha256(binary)));
    expect(await scene.obtain('kwok')).toMatchObject({ version: '0.8.0', origin: 'release' });
  });

  test('with neither checksum nor recorded digest is not even asked for', async () => {
    scene.lock.parts.kwok!.release.checksums = null;
    scene.fakeGo({ kwok: '#!/bin/sh\necho kwok version v0.8.0\n' });
    expect((await scene.obtain('kwok')).origin).toBe('build');
    expect(host.asked).toEqual([]);
  });

  test('cannot write outside its folder', async () => {
    const archive = scene.archive({ '../escaped': 'x', 'linux-amd64/helm': HELM_SCRIPT });
    scene.publish(HELM, archive, '.sha256sum');
    rmSync(scene.cache, { recursive: true, force: true });
    await scene.obtain('helm');
    const everything = readdirSync(scene.cache, { recursive: true }).join('\n');
    expect(everything).toContain('helm/3.22.0/helm');
    expect(everything).not.toContain('escaped');
  });

  test('of a host that does not answer is given up after one probe for all its tools', async () => {
    const silent = new Host();
    await silent.start();
    let connections = 0;
    silent.server.on('connection', () => (connections += 1)).removeAllListeners('request');
    scene.fakeGo({ 'kube-apiserver': KUBE_SCRIPT, 'kube-scheduler': KUBE_SCRIPT });
    try {
      const tools = await obtainToolchain({
        ...scene.options,
        names: ['kube-apiserver', 'kube-scheduler'],
        releaseBase: silent.base,
        timeouts: { connect: 100 },
      });
      expect([...tools.values()].map((tool) => tool.origin)).toEqual(['build', 'build']);
      expect(connections).toBe(1);
    } finally {
      await silent.stop();
    }
  });
});
