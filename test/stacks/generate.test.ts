import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { read } from './files';

test.each(['stacks/generate.ts', 'policy/generate.ts'])(
  'what %s generates is committed as it is',
  (script) => {
    // A process of its own: prettier is loaded by import(), which jest's sandbox does not have.
    const run = (): string =>
      execFileSync(process.execPath, ['--require', './policy/typescript.js', script, '--check'], {
        cwd: join(__dirname, '../..'),
        encoding: 'utf8',
      });
    expect(run()).toBe('');
  },
  60_000,
);

test('docs/settings.md has a section for each area and names each secret', () => {
  const page = read('docs/settings.md');
  for (const heading of ['domain', 'mesh', 'workloads', 'tenants'])
    expect(page).toContain(`\n## platform:${heading}\n`);
  expect(page).toMatch(/\| `platform:backup\.credentials` +\| Content of the credentials file/);
  expect(page).toMatch(/\| `backup\.schedules\[\]\.ttl` +\| text like `30d` +\| \*\*required\*\*/);
});
