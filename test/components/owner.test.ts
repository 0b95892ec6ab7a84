import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { refuseUnfitCluster } from '../../components/operations/owner';
import { liveSettings } from '../../components/operations/transitions';
import { settingsOf } from './settings';

let folder: string;
const path = process.env.PATH ?? '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platform-owner-'));
  process.env.PATH = `${folder}${delimiter}${path}`;
  void pulumi.runtime.setMocks(
    {
      newResource: ({ inputs }) => ({ id: 'id', state: inputs as object }),
      call: ({ inputs }) => inputs as object,
    },
    'platform',
    'dev',
  );
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true, force: true });
});

/** A kubectl that notes its arguments and answers with a marker and the live settings, or fails. */
function kubectlAnswers(owner: { project: string; stack: string } | undefined, settings?: object): void {
  const items = [
    { metadata: { name: 'platform-owner' }, data: owner },
    ...(settings ? [{ metadata: { name: 'platform-settings' }, data: settings }] : []),
  ];
  writeFileSync(join(folder, 'answer'), JSON.stringify({ items }));
  const answer = owner ? `cat '${folder}/answer'` : 'echo "connection refused" >&2; exit 1';
  writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\necho "$@" > '${folder}/asked'\n${answer}\n`);
  chmodSync(join(folder, 'kubectl'), 0o755);
}

it('refuses a cluster that another stack owns, and names the owner', async () => {
  kubectlAnswers({ project: 'platform', stack: 'prod' });
  const refusal = refuseUnfitCluster(settingsOf('dev', { 'platform:cluster.context': 'wrong' }));
  await expect(refusal).rejects.toThrow(
    /belongs to platform\/prod.*this is platform\/dev; nothing was touched/s,
  );
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toMatch(/--context wrong .*configmaps platform-owner/);
});

it('accepts the stack’s own cluster', async () => {
  kubectlAnswers({ project: 'platform', stack: 'dev' });
  await expect(refuseUnfitCluster(settingsOf('dev'))).resolves.toBeUndefined();
});

it('leaves a cluster that does not answer, or has no marker yet, to the provider', async () => {
  kubectlAnswers(undefined);
  await expect(refuseUnfitCluster(settingsOf('dev'))).resolves.toBeUndefined();
});

describe('a change of settings that the live cluster can’t follow', () => {
  const dev = { project: 'platform', stack: 'dev' };
  const live = (changes: object = {}): object => ({ ...liveSettings(settingsOf('dev')), ...changes });

  it.each([
    ['cluster.podCidr', '10.1.0.0/16', /lose their routes.*IPPool/],
    ['cluster.serviceCidr', '10.2.0.0/16', /new cluster/],
    ['cluster.dnsDomain', 'other.local', /new cluster/],
    ['cluster.storageClass', 'fast', /immutable.*velero/],
    ['network.mode', 'existing', /Drain/],
    ['mesh.mode', 'existing', /sidecars/],
    ['charts.velero.namespace', 'backup', /everything in the old namespace/],
    ['workloads.app.namespace', 'elsewhere', /everything in the old namespace/],
  ])('is refused: %s', async (name, value, reason) => {
    kubectlAnswers(dev, live({ [name]: value }));
    const refusal = refuseUnfitCluster(settingsOf('dev'));
    await expect(refusal).rejects.toThrow(/nothing was touched/);
    await expect(refusal).rejects.toThrow(`platform:${name} is "${value}" on the live cluster`);
    await expect(refusal).rejects.toThrow(reason);
    await expect(refusal).rejects.toThrow('platform:protection.allowChanges');
  });

  it('is let through where it is named, and only that one', async () => {
    kubectlAnswers(dev, live({ 'mesh.mode': 'off', 'network.mode': 'off' }));
    const allow = { 'platform:protection.allowChanges': ['mesh.mode'] };
    const refusal = refuseUnfitCluster(settingsOf('dev', allow));
    await expect(refusal).rejects.toThrow(/network\.mode/);
    await expect(refusal).rejects.not.toThrow(/mesh\.mode/);
    const both = { 'platform:protection.allowChanges': ['mesh.mode', 'network.mode'] };
    await expect(refuseUnfitCluster(settingsOf('dev', both))).resolves.toBeUndefined();
  });

  it('is none where nothing differs, something is new, or nothing was kept', async () => {
    for (const settings of [live(), { 'mesh.mode': 'managed' }, { gone: 'x' }, undefined]) {
      kubectlAnswers(dev, settings);
      await expect(refuseUnfitCluster(settingsOf('dev'))).resolves.toBeUndefined();
    }
  });
});
