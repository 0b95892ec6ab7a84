import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pod, workload } from '../../policy/samples';
import { ROOT } from '../helpers/cli';

/** `npm run policy`, as its users call it. */

jest.setTimeout(120_000);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'platform-policy-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function policy(args: string[], input = ''): { code: number | null; out: string; err: string } {
  const main = ['--require', 'tsx/cjs', join(ROOT, 'policy', 'cli', 'main.ts')];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...main, ...args], {
    cwd: ROOT,
    input,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

const text = (...objects: object[]): string => objects.map((each) => JSON.stringify(each)).join('\n---\n');
const escalating = workload('Deployment', {
  containers: [{ name: 'app', image: 'ghcr.io/example/app:1.0.0' }],
});

it('passes what keeps to the controls, with 0; fails on a violation, with 1, naming container and path', () => {
  const controls = ['--controls', 'no-privilege-escalation'];
  expect(policy([...controls, '-'], text(pod({ containers: [] })))).toMatchObject({
    code: 0,
  });
  const { code, out } = policy([...controls, '--format', 'json', '-'], text(escalating, pod()));
  expect(code).toBe(1);
  const report = JSON.parse(out) as {
    objects: number;
    violations: Record<string, unknown>[];
    errors: unknown[];
  };
  expect(report).toMatchObject({ objects: 2, errors: [] });
  expect(report.violations).toHaveLength(2);
  expect(report.violations[0]).toMatchObject({
    control: 'no-privilege-escalation',
    severity: 'high',
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'samples',
    name: 'sample',
    container: 'app',
  });
});

it.each([
  ['a control that there is not', ['--controls', 'nowhere', '-'], /nowhere/],
  ['a profile that there is not', ['--profile', 'nowhere', '-'], /nowhere/],
  ['a format that there is not', ['--format', 'nowhere', '-'], /nowhere/],
  ['a path where nothing is', [join(tmpdir(), 'platform-nowhere')], /platform-nowhere/],
])('refuses %s with 2 and one message', (_title, args, message) => {
  const { code, err, out } = policy(args, text(pod()));
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
  expect(err).not.toMatch(/^\s+at /m);
});

it('names what does not parse, and judges the rest', () => {
  const { code, out } = policy(['--format', 'json', '-'], `a: [\n---\n${text(pod())}`);
  const { errors, objects } = JSON.parse(out) as { errors: unknown[]; objects: number };
  expect(code).toBe(2);
  expect(errors).toHaveLength(1);
  expect(objects).toBe(1);
});

it('reads lists, several documents and empty ones, and writes what it can mend to a folder', () => {
  const file = join(folder, 'in.yaml');
  const list = { apiVersion: 'v1', kind: 'List', items: [escalating] };
  writeFileSync(file, `---\n${text(list, pod())}\n---\n`);
  const mended = join(folder, 'mended');
  policy(['--controls', 'no-privilege-escalation', '--fix', mended, file]);
  expect(readdirSync(mended)).toEqual(['in.yaml']);
  expect(readFileSync(join(mended, 'in.yaml'), 'utf8')).toContain('allowPrivilegeEscalation');
  expect(policy(['--controls', 'no-privilege-escalation', mended]).code).toBe(0);
});

it.each(['sarif', 'junit'])('speaks %s', (format) => {
  const { code, out } = policy(
    ['--controls', 'no-privilege-escalation', '--format', format, '-'],
    text(pod()),
  );
  expect(code).toBe(1);
  if (format === 'junit') expect(out).toMatch(/^<\?xml .*<testsuite.*<failure/s);
  else expect(JSON.parse(out)).toMatchObject({ version: '2.1.0', runs: [{ results: [{ level: 'error' }] }] });
});
