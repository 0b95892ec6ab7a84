import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { read } from './files';

test('the generated files are those that the schema gives', () => {
  const root = join(__dirname, '../..');
  // A process of its own: prettier is loaded by import(), which jest's sandbox does not have.
  const run = (): string =>
    execFileSync(process.execPath, ['--import', 'tsx', 'stacks/generate.ts', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });
  expect(run()).toBe('');
});

test('docs/settings.md has a section for each area and names each secret', () => {
  const page = read('docs/settings.md');
  for (const heading of ['domain', 'mesh', 'workloads', 'tenants'])
    expect(page).toContain(`\n## platform:${heading}\n`);
  expect(page).toMatch(/\| `platform:backup\.credentials` +\| Content of the credentials file/);
  expect(page).toMatch(/\| `backup\.schedules\[\]\.ttl` +\| text like `30d` +\| \*\*required\*\*/);
});
