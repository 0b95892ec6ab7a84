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
  running('up');
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true, force: true });
});

function running(operation: 'up' | 'preview'): void {
  void pulumi.runtime.setMocks(
    {
      newResource: ({ inputs }) => ({ id: 'id', state: inputs as object }),
      call: ({ inputs }) => inputs as object,
    },
    'platform',
    'dev',
    operation === 'preview',
  );
}

interface Answers {
  owner?: { project: string; stack: string };
  /** Of the live cluster, as the last update kept them. */
  settings?: object;
  version?: string;
  /** What it says to everything, as its error. */
  error?: string;
}

/** A kubectl that notes its arguments and answers as a cluster would. */
function kubectlAnswers({ owner, settings, version = 'v1.36.3', error }: Answers): void {
  const items = Object.entries({ 'platform-owner': owner, 'platform-settings': settings })
    .filter(([, data]) => data !== undefined)
    .map(([name, data]) => ({ metadata: { name }, data }));
  writeFileSync(join(folder, 'items'), items.length > 0 ? JSON.stringify({ items }) : '');
  const script = `#!/bin/sh
echo "$@" >> '${folder}/asked'
case "$*" in
*get-contexts*) printf 'blue\\ngreen\\n'; exit ;;
esac
${error ? `echo '${error}' >&2; exit 1` : ''}
case "$*" in
*/version*) echo '${JSON.stringify({ gitVersion: version })}' ;;
*) cat '${folder}/items' ;;
esac
`;
  writeFileSync(join(folder, 'kubectl'), script);
  chmodSync(join(folder, 'kubectl'), 0o755);
}

it('refuses a cluster that another stack owns, and names the owner', async () => {
  kubectlAnswers({ owner: { project: 'platform', stack: 'prod' } });
  for (const operation of ['up', 'preview'] as const) {
    running(operation);
    const refusal = refuseUnfitCluster(settingsOf('dev', { 'platform:cluster.context': 'wrong' }));
    await expect(refusal).rejects.toThrow(
      /belongs to platform\/prod.*this is platform\/dev; nothing was touched/s,
    );
  }
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toMatch(/--context wrong .*configmaps platform-owner/);
});

it('accepts the stack’s own cluster, and one that nobody owns yet', async () => {
  for (const answers of [{ owner: { project: 'platform', stack: 'dev' } }, {}]) {
    kubectlAnswers(answers);
    await expect(refuseUnfitCluster(settingsOf('dev'))).resolves.toBeUndefined();
  }
});

it('refuses a cluster that is older than the settings say', async () => {
  kubectlAnswers({ version: 'v1.35.9' });
  await expect(refuseUnfitCluster(settingsOf('dev'))).rejects.toThrow(
    /runs Kubernetes v1\.35\.9, and platform:cluster\.kubernetesVersion is "1\.36": .*nothing was touched/,
  );
  kubectlAnswers({ version: 'v1.37.0-gke.1' });
  await expect(refuseUnfitCluster(settingsOf('dev'))).resolves.toBeUndefined();
});

it('leaves a cluster that does not let this user ask to the provider', async () => {
  kubectlAnswers({ error: 'Error from server (Forbidden): configmaps is forbidden' });
  await expect(refuseUnfitCluster(settingsOf('dev'))).resolves.toBeUndefined();
});

describe('a cluster that cannot be asked', () => {
  const refused =
    'The connection to the server 127.0.0.1:9 was refused - did you specify the right host or port?';

  it('stops an update before anything is touched, and a preview goes on without it', async () => {
    kubectlAnswers({ error: refused });
    await expect(refuseUnfitCluster(settingsOf('dev'))).rejects.toThrow(
      /^the cluster cannot be reached: .*127\.0\.0\.1:9 was refused.*; nothing was touched\.\nSee .*KUBECONFIG/,
    );
    running('preview');
    const warn = jest.spyOn(console, 'warn').mockImplementation();
    await expect(refuseUnfitCluster(settingsOf('dev'))).resolves.toBeUndefined();
    expect(warn.mock.calls.join()).toContain('127.0.0.1:9 was refused');
    warn.mockRestore();
  });

  it('because its context is not in the kubeconfig is told with those that are', async () => {
    kubectlAnswers({ error: 'error: context "grene" does not exist' });
    const refusal = refuseUnfitCluster(settingsOf('dev', { 'platform:cluster.context': 'grene' }));
    await expect(refusal).rejects.toThrow(
      /^platform:cluster\.context "grene" is not in the kubeconfig, which has blue, green; .*\nSet it: pulumi config set --stack dev --path 'platform:cluster\.context'/,
    );
  });

  it('because there is no kubectl is told as that', async () => {
    process.env.PATH = folder;
    await expect(refuseUnfitCluster(settingsOf('dev'))).rejects.toThrow(/kubectl is not on PATH/);
  });
});

it.each(['{"apiVersion":"v1"}', 'apiVersion: v1\nkind: Config'])(
  'gives kubectl a kubeconfig’s content in a file, never in its arguments: %j',
  async (content) => {
    kubectlAnswers({});
    await refuseUnfitCluster(settingsOf('dev', { 'platform:cluster.kubeconfig': content }));
    expect(readFileSync(join(folder, 'asked'), 'utf8')).not.toContain('apiVersion');
  },
);

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
    kubectlAnswers({ owner: dev, settings: live({ [name]: value }) });
    const refusal = refuseUnfitCluster(settingsOf('dev'));
    await expect(refusal).rejects.toThrow(/nothing was touched/);
    await expect(refusal).rejects.toThrow(`platform:${name} is "${value}" on the live cluster`);
    await expect(refusal).rejects.toThrow(reason);
    await expect(refusal).rejects.toThrow('platform:protection.allowChanges');
  });

  it('is let through where it is named, and only that one', async () => {
    kubectlAnswers({ owner: dev, settings: live({ 'mesh.mode': 'off', 'network.mode': 'off' }) });
    const allow = { 'platform:protection.allowChanges': ['mesh.mode'] };
    const refusal = refuseUnfitCluster(settingsOf('dev', allow));
    await expect(refusal).rejects.toThrow(/network\.mode/);
    await expect(refusal).rejects.not.toThrow(/mesh\.mode/);
    const both = { 'platform:protection.allowChanges': ['mesh.mode', 'network.mode'] };
    await expect(refuseUnfitCluster(settingsOf('dev', both))).resolves.toBeUndefined();
  });

  it('is none where nothing differs, something is new, or nothing was kept', async () => {
    for (const settings of [live(), { 'mesh.mode': 'managed' }, { gone: 'x' }, undefined]) {
      kubectlAnswers({ owner: dev, ...(settings ? { settings } : {}) });
      await expect(refuseUnfitCluster(settingsOf('dev'))).resolves.toBeUndefined();
    }
  });
});
