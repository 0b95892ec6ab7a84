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
const all = [WEB, SETTINGS];
/** What is known of a cluster after an update that compared all that this one has. */
function after(cluster: readonly KubeObject[], before = CLUSTER): AsDeclared {
  const compared = new AsDeclared(file(), before);
  for (const each of all) compared.holdsOf(RELEASE, each);
  compared.keep(() => undefined);
  return new AsDeclared(file(), cluster);
}
const said = (declared: AsDeclared): boolean[] => [
  declared.holds(RELEASE),
  ...all.map((each) => declared.holdsOf(RELEASE, each)),
];
const [, web, settings] = CLUSTER as [KubeObject, KubeObject, KubeObject];

it('what was not written since is as declared, and is after each update that leaves it', () => {
  expect(said(after(CLUSTER))).toEqual([true, true, true]);
  const next = new AsDeclared(file(), CLUSTER);
  expect(next.holds(RELEASE)).toBe(true);
  next.keep(() => undefined);
  expect(said(new AsDeclared(file(), CLUSTER))).toEqual([true, true, true]);
  const other = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'other', namespace: 'shops' } };
  expect(said(after([...CLUSTER, other]))).toEqual([true, true, true]);
});

it('what was written, or is another of that name, is looked at, and nothing else of its release', () => {
  for (const changes of [{ resourceVersion: '2' }, { uid: 'another' }])
    expect(said(after([record(1), live('Deployment', 'web', changes), settings]))).toEqual([
      false,
      false,
      true,
    ]);
});

it('a release of another revision, or of which something is gone, is looked at as a whole', () => {
  for (const cluster of [
    [record(1, { resourceVersion: '2' }), record(2), web, settings],
    [record(1, { resourceVersion: '2' }), web, settings],
    [record(2), web, settings],
    [record(1), web],
    [web, settings],
  ])
    expect(said(after(cluster))).toEqual([false, false, false]);
});

it('what was not live is looked for each time, however often it was made again and lost', () => {
  const lost = [record(1), web];
  expect(said(after(lost, lost))).toEqual([false, true, false]);
  const again = new AsDeclared(file(), lost);
  expect(again.holds(RELEASE)).toBe(false);
  again.keep(() => undefined);
  expect(said(new AsDeclared(file(), lost))).toEqual([false, true, false]);
});

describe('of a release that was just made', () => {
  const managed = (...managers: { manager: string; subresource?: string }[]): Partial<Metadata> => ({
    managedFields: managers,
  });
  const made = (changes: Partial<Metadata>): boolean[] => {
    const cluster = [record(1), live('Deployment', 'web', changes), settings];
    new AsDeclared(file(), cluster).keep(() => 'made');
    return said(new AsDeclared(file(), cluster));
  };
  const helm = { manager: 'pulumi-kubernetes-1' };

  it('the manifest is read, and what Helm alone has written is as declared', () => {
    expect(made(managed(helm))).toEqual([false, true, true]);
    expect(made(managed(helm, { manager: 'kubelet', subresource: 'status' }))).toEqual([false, true, true]);
  });

  it('what somebody else has written as well is looked at', () => {
    expect(made(managed(helm, { manager: 'kubectl-edit' }))).toEqual([false, false, true]);
    expect(made(managed(helm, { manager: 'autoscaler', subresource: 'scale' }))).toEqual([
      false,
      false,
      true,
    ]);
  });
});

it('nothing is known of what was changed, was never kept, or makes no sense', () => {
  after(CLUSTER).keep(() => 'changed');
  expect(said(new AsDeclared(file(), CLUSTER))).toEqual([false, false, false]);
  after(CLUSTER);
  rmSync(file());
  expect(said(new AsDeclared(file(), CLUSTER))).toEqual([false, false, false]);
  writeFileSync(file(), '{"releases":{"shops/sh');
  expect(said(new AsDeclared(file(), CLUSTER))).toEqual([false, false, false]);
  expect(new AsDeclared(file(), []).holds(RELEASE)).toBe(false);
});

it('nothing is known where there are other autoscalers: what they set is no drift', () => {
  const autoscaler = { kind: 'HorizontalPodAutoscaler', metadata: { name: 'web', uid: 'a' } };
  expect(said(after(CLUSTER, [...CLUSTER, autoscaler]))).toEqual([false, false, false]);
});
