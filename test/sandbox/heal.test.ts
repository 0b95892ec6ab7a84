import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { healReleases, withoutPendingCreates } from '../../sandbox/engine/heal';
import { remindOfCrds } from '../../sandbox/engine/stuck';
import type { Api, KubeObject } from '../../sandbox/plane/api';
import type { Tool, ToolName } from '../../sandbox/toolchain/obtain';

const RELEASE = 'kubernetes:helm.sh/v3:Release';
let folder: string;
let tools: Map<ToolName, Tool>;
let deleted: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platform-heal-'));
  deleted = [];
  const path = join(folder, 'helm');
  writeFileSync(path, `#!/bin/sh\necho "$@" >> '${folder}/asked'\n`);
  chmodSync(path, 0o755);
  writeFileSync(join(folder, 'asked'), '');
  tools = new Map([['helm', { name: 'helm', version: '3', path, origin: 'path' }]]);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** One of Helm's records of a release, as the API lists it. */
function record(name: string, status: string, version = '1'): KubeObject {
  const labels = { owner: 'helm', name, status, version };
  return { metadata: { name: `sh.helm.release.v1.${name}.v${version}`, namespace: 'ns', labels } };
}

function heal(records: KubeObject[], state: object = {}): Promise<string[]> {
  const api = {
    list: () => Promise.resolve(records),
    call: (method: string, path: string) => {
      deleted.push(`${method} ${path}`);
      return Promise.resolve({});
    },
  } as unknown as Api;
  return healReleases(api, { version: 3, deployment: state }, '/kubeconfig', tools);
}

const asked = (): string => readFileSync(join(folder, 'asked'), 'utf8');
const creating = (name: string, urn = `urn::${name}`): object => ({
  type: 'creating',
  resource: { urn, type: RELEASE, inputs: { name, namespace: 'ns' } },
});

it('uninstalls a first install that never ended, so that it can be made anew', async () => {
  expect(await heal([record('a', 'pending-install')])).toEqual([
    'release ns/a was left pending-install by a killed run: cleared',
  ]);
  expect(asked()).toBe('--kubeconfig /kubeconfig uninstall a -n ns --no-hooks --wait\n');
});

it('removes only the record of a later operation, so that the revision before it counts', async () => {
  await heal([record('a', 'deployed', '1'), record('a', 'pending-upgrade', '2')]);
  expect(deleted).toEqual(['DELETE /api/v1/namespaces/ns/secrets/sh.helm.release.v1.a.v2']);
  expect(asked()).toBe('');
});

it('uninstalls a release that ended without the engine noting it', async () => {
  const healed = await heal([record('a', 'deployed')], {
    pending_operations: [creating('a')],
    resources: [],
  });
  expect(healed).toEqual(['release ns/a was left unrecorded by a killed run: cleared']);
  expect(asked()).toContain('uninstall a -n ns');
});

it('leaves a deployed release alone, also where a note of its creation is left over', async () => {
  const state = { pending_operations: [creating('a')], resources: [{ urn: 'urn::a' }] };
  expect(await heal([record('a', 'deployed'), record('b', 'superseded')], state)).toEqual([]);
  expect(asked()).toBe('');
  expect(deleted).toEqual([]);
});

it('reminds the API server of CRDs that it has been deleting for a while, and of no others', async () => {
  const at = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
  const items = [
    { metadata: { name: 'forgotten', deletionTimestamp: at(60) } },
    { metadata: { name: 'going', deletionTimestamp: at(0) } },
    { metadata: { name: 'staying' } },
  ];
  const patched: string[] = [];
  const call = (method: string, path: string): Promise<object> => {
    if (method === 'PATCH') patched.push(path);
    return Promise.resolve({ items });
  };
  await remindOfCrds({ call } as unknown as Api, 20);
  expect(patched).toEqual(['/apis/apiextensions.k8s.io/v1/customresourcedefinitions/forgotten']);
});

it('takes the notes of begun creations out of the state, and nothing else', () => {
  const other = { type: 'deleting', resource: { urn: 'urn::b', type: RELEASE } };
  const state = {
    version: 3,
    deployment: { resources: [{ urn: 'urn::c' }], pending_operations: [creating('a'), other] },
  };
  expect(withoutPendingCreates(state)).toEqual({
    version: 3,
    deployment: { resources: [{ urn: 'urn::c' }], pending_operations: [other] },
  });
  expect(withoutPendingCreates({ version: 3, deployment: { pending_operations: [other] } })).toBeUndefined();
});
