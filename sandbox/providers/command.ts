/**
 * Stand-in for Pulumi's command provider, for `local.Command` with `create`, `environment` and `triggers`, where
 * the official plugin can't be had. In the sandbox only.
 */
import '../lazy.js';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { main, type Provider } from '@pulumi/pulumi/provider';

const TYPE = 'command:local:Command';

interface CommandInputs {
  create?: string;
  environment?: Record<string, string>;
  triggers?: unknown[];
  [key: string]: unknown;
}

function run({ create = '', environment = {} }: CommandInputs): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    execFile(
      '/bin/sh',
      ['-c', create],
      { env: { ...process.env, ...environment }, encoding: 'utf8' },
      (error, stdout, stderr) => {
        if (error)
          reject(
            new Error(
              `exit status ${error.code ?? 1}: running ${JSON.stringify(create)}:\n${stderr}${stdout}`,
            ),
          );
        else resolve({ stdout: stdout.trimEnd(), stderr: stderr.trimEnd() });
      },
    );
  });
}

function differs(olds: CommandInputs, news: CommandInputs, key: keyof CommandInputs): boolean {
  return JSON.stringify(olds[key]) !== JSON.stringify(news[key]);
}

const provider: Provider = {
  version: '1.2.1',
  check: (_urn, _olds, news: unknown) => Promise.resolve({ inputs: news }),
  diff: (_id, _urn, olds: CommandInputs, news: CommandInputs) => {
    const replaces = differs(olds, news, 'triggers') ? ['triggers'] : [];
    const changes =
      replaces.length > 0 || differs(olds, news, 'create') || differs(olds, news, 'environment');
    return Promise.resolve({ changes, replaces });
  },
  create: async (urn, inputs: CommandInputs) => {
    if (!urn.includes(TYPE)) throw new Error(`the sandbox's command provider knows only ${TYPE}`);
    return { id: randomUUID(), outs: { ...inputs, ...(await run(inputs)) } };
  },
  update: async (_id, _urn, _olds, news: CommandInputs) => ({ outs: { ...news, ...(await run(news)) } }),
  read: (id, _urn, props: unknown) => Promise.resolve({ id, props }),
  delete: () => Promise.resolve(),
};

if (require.main === module) void main(provider, process.argv.slice(2));
