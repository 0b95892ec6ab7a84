import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assetOf, fits, linkerFlags, readLock, rowsOf } from '../../sandbox/toolchain/catalogue';
import { Network } from '../../sandbox/toolchain/network';
import { diagnose, type ToolName } from '../../sandbox/toolchain/obtain';
import { recordDigests } from '../../sandbox/toolchain/record';
import { findChecksum } from '../../sandbox/toolchain/release';
import type { Platform } from '../../sandbox/toolchain/types';
import { HELM, HELM_SCRIPT, setUp, sha256, textWith } from './toolchain-support';

const lock = readLock();
const rows = [...rowsOf(lock).values()];
const { host, scene } = setUp();

describe('the toolchain lock', () => {
  test.each(rows)('names for $name one version that fits, and release files over https', (row) => {
    expect(fits(row.version, row.accepts)).toBe(true);
    for (const [key, sha256] of Object.entries(row.sha256)) {
      expect(sha256 ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
      const [os, arch] = key.split('-') as [Platform['os'], Platform['arch']];
      const asset = assetOf(row, { os, arch });
      expect(asset?.url).toMatch(/^https:\/\/[^{}]+$/);
      expect(asset?.checksums ?? 'https://none').toMatch(/^https:\/\/[^{}]+$/);
    }
    expect(linkerFlags(row)).not.toMatch(/[{}]/);
  });

  test.each(rows)('agrees for $name with the go.mod that pins it', (row) => {
    const pins = readFileSync(join(__dirname, '../../sandbox/toolchain', row.part, 'go.mod'), 'utf8');
    expect(pins).toContain(`\ngo ${lock.go}.`);
    // The provider's module has no version tags of its own.
    const version = row.part === 'kubernetes-provider' ? 'v4.0.0-' : `v${row.version} `;
    expect(pins).toContain(`${row.module} ${version}`);
  });

  test('has Helm believe in the Kubernetes of its client library, as its publisher’s build does', () => {
    const pins = readFileSync(join(__dirname, '../../sandbox/toolchain/helm/go.mod'), 'utf8');
    const minor = /k8s\.io\/client-go v0\.(\d+)\./.exec(pins)?.[1];
    const helm = rows.find((row) => row.name === 'helm');
    expect(helm?.stamps?.['helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor']).toBe(minor);
  });

  test.each([
    ['3.17.0', true],
    ['3.16.9', false],
    ['3.22.0+g1', true],
    ['4.0.0', false],
    ['3.20.0-rc.1', false],
    ['3.20.0-distro.1', true],
  ])('takes Helm %s: %s', (version, expected) => {
    expect(fits(version, { from: '3.17.0', below: '4.0.0' })).toBe(expected);
  });
});

describe('a checksum file', () => {
  const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
  const release = (...assets: object[]): string => JSON.stringify({ tag_name: 'v1.0.0', assets });
  test.each([
    ['lines of sums and names', `${a}  x.tar.gz\n${b}  y.tar.gz\n`, b],
    ['names marked as binary or with a folder', `${a} *x.tar.gz\n${b}  ./y.tar.gz\n`, b],
    ['one sum alone', `${b.toUpperCase()}\n`, b],
    [
      'a release of GitHub',
      release({ name: 'x.tar.gz', digest: `sha256:${a}` }, { name: 'y.tar.gz', digest: `sha256:${b}` }),
      b,
    ],
    ['a release from before there were digests', release({ name: 'y.tar.gz', digest: null }), undefined],
    ['a digest of another kind', release({ name: 'y.tar.gz', digest: `sha512:${a}${b}` }), undefined],
    ['a release without files', '{"assets": null}', undefined],
    ['half a release', release({ name: 'y.tar.gz', digest: `sha256:${b}` }).slice(0, -2), undefined],
    ['another file', `${a}  x.tar.gz\n`, undefined],
    ['something else', '<html>Not found</html>', undefined],
  ])('may hold %s', (_, text, expected) => {
    expect(findChecksum(text, 'y.tar.gz')).toBe(expected);
  });
});

describe('recording digests', () => {
  const network = (): Network => new Network({ base: host.base, connect: 2_000, stall: 2_000 });

  test('writes what upstream serves, and leaves null what it does not', async () => {
    const digest = sha256(scene.publishHelm());
    const lines: string[] = [];
    const recorded = await recordDigests(scene.lock, network(), (line) => lines.push(line));
    expect(recorded.parts.helm?.tools.helm?.sha256).toMatchObject({
      'linux-amd64': digest,
      'linux-arm64': null,
    });
    expect(scene.lock.parts.helm?.tools.helm?.sha256['linux-amd64']).toBeNull();
    expect(lines).toContain(`helm linux-amd64: ${digest}`);
    expect(lines.filter((line) => line.includes('not recorded'))).toHaveLength(lines.length - 1);
  });

  test('refuses a file that its publisher’s checksum does not confirm', async () => {
    scene.publishHelm('0'.repeat(64));
    await expect(recordDigests(scene.lock, network(), () => undefined)).rejects.toThrow('wrong sha256');
  });
});

describe('the doctor', () => {
  test('says of each tool what is there, what can be had and what is missing, and installs nothing', async () => {
    scene.onPath('helm', HELM_SCRIPT);
    const names: ToolName[] = ['helm', 'etcd', 'gatekeeper'];
    const found = await diagnose({ ...scene.options, names });
    const by = Object.fromEntries(found.map((each) => [each.name, each]));
    expect(by.helm).toMatchObject({
      state: 'present',
      version: '3.22.0+g0',
      detail: textWith('(path)'),
    });
    expect(by.etcd).toMatchObject({
      state: 'obtainable',
      detail: textWith(/^release: .*etcd-v3\.6\.5-linux-amd64\.tar\.gz$/),
    });
    expect(by.gatekeeper).toMatchObject({ state: 'missing', cure: textWith('Install Go 1.26') });
    expect(by.go).toMatchObject({ state: 'missing', detail: 'not on PATH' });
    expect(by.git).toMatchObject({ state: 'missing', cure: textWith('git-scm.com') });
    expect(by.tar).toMatchObject({ state: 'present' });
    expect(host.asked).not.toContain(HELM);
  });

  test('does not miss a Go that nothing needs, and names what a Go would build', async () => {
    scene.onPath('helm', HELM_SCRIPT);
    const without = await diagnose({ ...scene.options, names: ['helm'] });
    expect(without.find((each) => each.name === 'go')?.state).toBe('obtainable');
    scene.onPath('go', '#!/bin/sh\necho go version go1.26.1 linux/amd64\n');
    const [gatekeeper] = (await diagnose({ ...scene.options, names: ['gatekeeper'] })).slice(-1);
    expect(gatekeeper).toMatchObject({
      state: 'obtainable',
      detail: textWith('open-policy-agent/gatekeeper'),
    });
  });
});
