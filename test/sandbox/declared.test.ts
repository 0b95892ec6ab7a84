import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { object } from '../../policy/samples';
import { AsDeclared } from '../../sandbox/engine/declared';
import type { KubeObject } from '../../sandbox/plane/api';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platform-declared-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Metadata = KubeObject['metadata'];

/** Helm's record of a revision of the release shops/shop. */
const record = (revision: number, changes: Partial<Metadata> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: `sh.helm.release.v1.shop.v${revision}`,
    namespace: 'shops',
    labels: { name: 'shop', owner: 'helm' },
    uid: `record-${revision}`,
    resourceVersion: '1',
    ...changes,
  },
});
/** An object of that release. */
const live = (kind: string, name: string, changes: Partial<Metadata> = {}): KubeObject => ({
  apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1',
  kind,
  metadata: {
    name,
    namespace: 'shops',
    annotations: { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': 'shops' },
    uid: name,
    resourceVersion: '1',
    ...changes,
  },
});
const RELEASE = 'shops/shop';
const CLUSTER = [record(1), live('Deployment', 'web'), live('ConfigMap', 'settings')];
const WEB = object('apps/v1', 'Deployment', { metadata: { name: 'web', namespace: 'shops' } });
/** As a chart has it that leaves the namespace to the release. */
const SETTINGS = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } };

const file = (): string => join(folder, 'declared.json');
/** What is known of a cluster after an update that left this one. */
function after(cluster: readonly KubeObject[], isSure = (): boolean => true): AsDeclared {
  new AsDeclared(file(), CLUSTER).keep(isSure);
  return new AsDeclared(file(), cluster);
}
const said = (declared: AsDeclared): boolean[] => [
  declared.holds(RELEASE),
  declared.holdsOf(RELEASE, WEB),
  declared.holdsOf(RELEASE, SETTINGS),
];

it('what was not written since is as declared', () => {
  expect(said(after(CLUSTER))).toEqual([true, true, true]);
  const other = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'other', namespace: 'shops' } };
  expect(said(after([...CLUSTER, other]))).toEqual([true, true, true]);
});

it('what was written, or is another of that name, is looked at, and nothing else of its release', () => {
  for (const changes of [{ resourceVersion: '2' }, { uid: 'another' }])
    expect(
      said(after([record(1), live('Deployment', 'web', changes), live('ConfigMap', 'settings')])),
    ).toEqual([false, false, true]);
});

it('a release of another revision, or with other objects, is looked at as a whole', () => {
  const [, web, settings] = CLUSTER as [KubeObject, KubeObject, KubeObject];
  for (const cluster of [
    [record(1, { resourceVersion: '2' }), record(2), web, settings],
    [record(1, { resourceVersion: '2' }), web, settings],
    [record(2), web, settings],
    [record(1), web],
    [record(1), web, settings, live('ConfigMap', 'more')],
    [web, settings],
  ])
    expect(said(after(cluster))).toEqual([false, false, false]);
});

it('nothing is known of what was not sure, was never kept, or makes no sense', () => {
  expect(said(after(CLUSTER, () => false))).toEqual([false, false, false]);
  rmSync(file());
  expect(said(new AsDeclared(file(), CLUSTER))).toEqual([false, false, false]);
  writeFileSync(file(), '{"shops/sh');
  expect(said(new AsDeclared(file(), CLUSTER))).toEqual([false, false, false]);
  expect(new AsDeclared(file(), []).holds(RELEASE)).toBe(false);
});
