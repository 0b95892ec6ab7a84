import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { refuseForeignCluster } from '../../components/operations/owner';
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

/** A kubectl that notes its arguments and answers with a marker, or fails. */
function kubectlAnswers(owner: { project: string; stack: string } | undefined): void {
  const answer = owner
    ? `echo '${JSON.stringify({ data: owner })}'`
    : 'echo "connection refused" >&2; exit 1';
  writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\necho "$@" > '${folder}/asked'\n${answer}\n`);
  chmodSync(join(folder, 'kubectl'), 0o755);
}

it('refuses a cluster that another stack owns, and names the owner', async () => {
  kubectlAnswers({ project: 'platform', stack: 'prod' });
  const refusal = refuseForeignCluster(settingsOf('dev', { 'platform:cluster.context': 'wrong' }));
  await expect(refusal).rejects.toThrow(
    /belongs to platform\/prod.*this is platform\/dev; nothing was touched/s,
  );
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toMatch(/--context wrong .*configmaps\/platform-owner/);
});

it('accepts the stack’s own cluster', async () => {
  kubectlAnswers({ project: 'platform', stack: 'dev' });
  await expect(refuseForeignCluster(settingsOf('dev'))).resolves.toBeUndefined();
});

it('leaves a cluster that does not answer, or has no marker yet, to the provider', async () => {
  kubectlAnswers(undefined);
  await expect(refuseForeignCluster(settingsOf('dev'))).resolves.toBeUndefined();
});
