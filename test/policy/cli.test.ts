import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { CONTROLS, OBJECT_CONTROLS } from '../../policy/catalogue';
import type { Told } from '../../policy/cli/outcome';
import { container, pod, workload } from '../../policy/samples';
import { TYPESCRIPT } from '../../sandbox/paths';
import { ROOT } from '../helpers/cli';

jest.setTimeout(120_000);

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Json {
  objects: number;
  controls: number;
  violations: Told[];
  errors: { file?: string; line?: number; message: string }[];
  skipped: { file: string; line: number }[];
  generalOnly: string[];
  exempted: number;
  fixed?: { folder: string; objects: number; violations: number };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platform-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command as npm does, in the folder of the test. */
function judge(args: string[], input = ''): Promise<Result> {
  const main = join(ROOT, 'policy', 'cli', 'main.ts');
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, ['--require', TYPESCRIPT, main, ...args], {
      cwd: folder,
    });
    const result = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (result.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (result.stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => done({ code, ...result }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

async function judgeJson(args: string[], input?: string): Promise<Json & { code: number | null }> {
  const { code, stdout } = await judge(['--format', 'json', ...args], input);
  return { code, ...(JSON.parse(stdout) as Json) };
}

function write(name: string, content: unknown): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return name;
}

const ids = ({ violations }: Json): string[] => violations.map(({ control }) => control);

const GOOD = pod();
const BAD = `# Why it is here.
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop } # of the shop
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      hostPID: true
      containers:
        - name: web
          image: 'ghcr.io/example/web:1.0.0'
          securityContext:
            runAsUser: 10001 # nobody
            privileged: true
        - name: log
          image: ghcr.io/example/log:1.0.0
`;
/** Each line ten times the one before. */
const ALIASES = [1, 2, 3, 4, 5, 6]
  .map(
    (index) =>
      `a${index}: &a${index} [${Array<string>(9)
        .fill(`*a${index - 1}`)
        .join(', ')}]`,
  )
  .reduce((text, line) => `${text}${line}\n`, 'a0: &a0 [1, 1]\n');
const ONE = ['--controls', 'no-privileged'];

describe('a run', () => {
  it('names file, line, object, container and path of a violation, and ends with 1', async () => {
    write('api.yaml', `\n---\n${BAD}`);
    const report = await judgeJson(['--profile', 'pss-baseline', 'api.yaml']);
    expect(report).toMatchObject({ code: 1, objects: 1, errors: [] });
    const where = {
      file: 'api.yaml',
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'shop',
      name: 'api',
    };
    expect(report.violations).toEqual([
      {
        ...where,
        control: 'no-host-namespaces',
        severity: 'high',
        level: 'mandatory',
        line: 12,
        path: 'spec.template.spec.hostPID',
        message: expect.stringMatching(/^Deployment shop\/api: the pod has hostPID\. /) as string,
      },
      {
        ...where,
        control: 'no-privileged',
        severity: 'critical',
        level: 'mandatory',
        line: 18,
        container: 'web',
        path: 'spec.template.spec.containers[0].securityContext.privileged',
        message: expect.stringMatching(/^Deployment shop\/api: container web is privileged\. /) as string,
      },
    ]);
  });

  it('finds the place of what has no container: what an object would pass without', async () => {
    write(
      'rbac.yaml',
      `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: app }
rules:
  - { apiGroups: [''], resources: [pods], verbs: [get] }
  - { apiGroups: [''], resources: [pods], verbs: [get, '*'] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: app }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: User, name: eve }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: app, namespace: shop }
spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }, {}] }
---
apiVersion: batch/v1
kind: Job
metadata: { name: app, namespace: shop }
spec: { template: { spec: { restartPolicy: Never, containers: [{ name: app, image: 'ghcr.io/a/b:1' }] } } }
`,
    );
    const ids = ['no-role-wildcards', 'no-cluster-admin-binding', 'no-open-network-policy', 'job-limits'];
    const { violations } = await judgeJson(['--controls', ids.join(','), 'rbac.yaml']);
    expect(violations.map(({ control, line, path }) => [control, path, line])).toEqual([
      ['no-role-wildcards', 'rules[1].verbs[1]', 6],
      ['no-cluster-admin-binding', 'roleRef', 11],
      ['no-open-network-policy', 'spec.ingress[1]', 17],
      // What is not there has no place.
      ['job-limits', undefined, expect.any(Number)],
    ]);
  });

  it('tells of each container by itself, on its own line', async () => {
    write('api.yaml', BAD);
    const { violations } = await judgeJson(['--controls', 'resource-limits', 'api.yaml']);
    expect(violations.map(({ container: name, line }) => [name, line])).toEqual([
      ['web', 12],
      ['log', 17],
    ]);
  });

  it('passes what is clean, with 0', async () => {
    expect(await judgeJson([...ONE, write('a.json', GOOD)])).toMatchObject({
      code: 0,
      objects: 1,
      violations: [],
    });
  });

  it('does not fail for what only warns', async () => {
    const { code, violations } = await judgeJson(['--controls', 'pull-always', write('a.json', GOOD)]);
    expect(code).toBe(0);
    expect(violations).toMatchObject([{ control: 'pull-always', level: 'advisory' }]);
  });

  it('reads standard input, folders and files together, each once', async () => {
    write('deploy/b.yml', BAD);
    write('deploy/sub/a.json', GOOD);
    write('deploy/notes.txt', 'no manifest');
    write('deploy/.hidden/a.yaml', BAD);
    write('deploy/node_modules/a.yaml', BAD);
    symlinkSync('.', join(folder, 'deploy', 'circle'));
    const report = await judgeJson([...ONE, 'deploy', 'deploy/b.yml', '-'], BAD);
    expect(report).toMatchObject({ code: 1, objects: 3, errors: [] });
    expect(report.violations.map(({ file }) => file)).toEqual(['deploy/b.yml', 'stdin']);
  });

  it('leaves alone what is exempt, and says how often', async () => {
    const agent = workload('DaemonSet', { containers: [container()] });
    const metadata = { ...agent.metadata, name: 'node-agent', namespace: 'velero' };
    const report = await judgeJson(['--controls', 'non-root', write('a.json', { ...agent, metadata })]);
    expect(report).toMatchObject({ code: 0, violations: [], exempted: 1 });
  });
});

describe('the choice of controls', () => {
  it.each([
    ['pss-baseline', OBJECT_CONTROLS.filter(({ pss }) => pss === 'baseline')],
    ['pss-restricted', OBJECT_CONTROLS.filter(({ pss }) => pss)],
    ['cis', CONTROLS.filter(({ cis, scope }) => scope !== 'resource' && cis.length > 0)],
    ['all', CONTROLS.filter(({ scope }) => scope !== 'resource')],
  ])('of %s is what the catalogue says', async (profile, controls) => {
    const report = await judgeJson(['--profile', profile, write('a.json', GOOD)]);
    expect(report.controls).toBe(controls.length);
  });

  it('asks for a NetworkPolicy only of what is said to be a whole stack, or by name', async () => {
    const a = write('a.json', workload('Deployment'));
    expect((await judgeJson([a])).controls).toBe(OBJECT_CONTROLS.length);
    expect(ids(await judgeJson([a]))).not.toContain('default-deny-ingress');
    for (const profile of ['all', 'cis'])
      expect(ids(await judgeJson(['--profile', profile, a]))).toContain('default-deny-ingress');
    expect(ids(await judgeJson(['--profile', 'pss-restricted', a]))).not.toContain('default-deny-ingress');
    const report = await judgeJson(['--controls', 'default-deny-ingress', a]);
    expect(report).toMatchObject({ code: 1, controls: 1 });
  });

  it('finds the file and line of what a rule on all objects names', async () => {
    const pair = BAD.replace('spec:\n', 'spec:\n  replicas: 2\n');
    write('a.yaml', `${pair}---\n${pair.replace('name: api,', 'name: other,')}`);
    const { violations } = await judgeJson(['--controls', 'disruption-budget', 'a.yaml']);
    const budgets = violations.map(({ file, line, name }) => [file, line, name]);
    expect(budgets).toEqual([
      ['a.yaml', 2, 'api'],
      ['a.yaml', 22, 'other'],
    ]);
  });

  it('adds controls by name to those of a profile', async () => {
    const args = [
      '--profile',
      'pss-baseline',
      '--controls',
      'resource-limits,pull-always',
      write('a.json', GOOD),
    ];
    const baseline = OBJECT_CONTROLS.filter(({ pss }) => pss === 'baseline').length;
    expect((await judgeJson(args)).controls).toBe(baseline + 2);
  });
});

describe('--config', () => {
  it('sets levels and parameters as the pack’s configuration does', async () => {
    write('api.yaml', BAD);
    const config = {
      all: 'advisory',
      'no-host-namespaces': 'disabled',
      'allowed-registries': { registries: ['registry.example.com'] },
      'no-privileged': { enforcementLevel: 'mandatory' },
    };
    const controls = [...Object.keys(config).slice(1), 'resource-limits'].join(',');
    const report = await judgeJson([
      '--config',
      write('config.json', config),
      '--controls',
      controls,
      'api.yaml',
    ]);
    expect(report).toMatchObject({ code: 1, controls: 3 });
    expect(new Set(report.violations.map(({ control, level }) => `${level} ${control}`))).toEqual(
      new Set(['advisory allowed-registries', 'mandatory no-privileged', 'advisory resource-limits']),
    );
  });

  it('takes remediate for mandatory where nothing is mended', async () => {
    write('api.yaml', BAD);
    const config = write('config.json', { 'no-privileged': 'remediate' });
    expect(await judgeJson(['--config', config, ...ONE, 'api.yaml'])).toMatchObject({
      code: 1,
      violations: [{ level: 'mandatory' }],
    });
  });

  it('tells every fault in it by itself', async () => {
    const config = {
      all: 'loud',
      'no-privilegd': 'advisory',
      'required-labels': { labels: 'team', colour: 'red' },
      'non-root': { users: [] },
      'short-lived-tokens': { max: 1 },
      'pod-security-labels': { minimum: 'none' },
      'allowed-registries': 7,
    };
    const { code, errors, objects } = await judgeJson([
      '--config',
      write('c.json', config),
      write('a.json', GOOD),
    ]);
    expect({ code, objects }).toEqual({ code: 2, objects: 0 });
    expect(new Set(errors.map(({ file }) => file))).toEqual(new Set(['c.json']));
    expect(errors.map(({ message }) => message)).toEqual([
      'found the level "loud" of "all"; expected one of advisory, mandatory, remediate, disabled. Correct it.',
      'found the control "no-privilegd"; expected "all" or the id of a control, did you mean "no-privileged"? policy/controls has them.',
      expect.stringMatching(/^found required-labels.labels "team"; expected a list of texts/),
      expect.stringMatching(/^found the parameter "colour" of required-labels; expected a parameter of it/),
      'found the parameter "users" of non-root; expected none: it has none. Leave it out, or correct its name.',
      expect.stringMatching(/^found short-lived-tokens.max 1; expected a whole number, at least 3607\./),
      expect.stringMatching(/^found pod-security-labels.minimum "none"; expected a text that matches/),
      'found the level 7 of "allowed-registries"; expected one of advisory, mandatory, remediate, disabled. Correct it.',
    ]);
  });

  it.each([
    ['no JSON', '{"all": }', 'no JSON'],
    ['a list', '[]', 'found a list; expected an object'],
  ])('that is %s ends the run', async (_title, text, message) => {
    const { code, errors } = await judgeJson(['--config', write('c.json', text), write('a.json', GOOD)]);
    expect(code).toBe(2);
    expect(errors).toMatchObject([{ file: 'c.json', message: expect.stringContaining(message) as string }]);
  });

  it('that is not there ends the run', async () => {
    const { code, errors } = await judgeJson(['--config', 'none.json', write('a.json', GOOD)]);
    expect({ code, errors }).toMatchObject({ code: 2, errors: [{ file: 'none.json' }] });
  });
});

describe('arguments that make no sense', () => {
  it.each([
    [
      ['--profil', 'cis', '.'],
      'found the option "--profil"; expected one that there is, did you mean "--profile"?',
    ],
    [
      ['--profile', 'strict', '.'],
      'found --profile "strict"; expected one of pss-baseline, pss-restricted, cis, all',
    ],
    [['--format', 'xml', '.'], 'found --format "xml"; expected one of text, json, sarif, junit'],
    [['--controls', 'no-privileged,nonroot', '.'], 'did you mean "non-root"?'],
    [['--controls', 'bounded-history', '.'], 'which judges resources of the program'],
    [['--config'], 'found --config without a value'],
    [['--config', '--fix', 'out', '.'], 'found --config without a value before --fix'],
    [['--fix', 'a', '--fix', 'b', '.'], 'found --fix 2 times; expected it once'],
    [[], 'found no path; expected files, folders, or - for standard input'],
  ])('%j: one message each, and 2', async (args, message) => {
    const { code, stdout, stderr } = await judge(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('are told in the format that is asked for, and several at once', async () => {
    const { code, errors } = await judgeJson(['--profile', 'strict', '--colour', '--controls', 'a', '.']);
    expect(code).toBe(2);
    expect(errors).toHaveLength(2);
  });

  it('--help says what there is, with 0', async () => {
    const { code, stdout } = await judge(['--help']);
    expect(code).toBe(0);
    for (const word of ['--profile', '--controls', '--format', '--config', '--fix', 'Exit code'])
      expect(stdout).toContain(word);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });
});

describe('what was given', () => {
  it.each([
    ['no YAML', 'a: b\nc: {d: hidden', 'no YAML', 2],
    ['a key twice', 'apiVersion: v1\nkind: Pod\nkind: Pod\n', 'DUPLICATE_KEY', 3],
    [
      'a template of Helm',
      '{{- if .Values.a }}\nkind: Pod\n{{- end }}\n',
      'Templates of Helm must be rendered first',
      1,
    ],
    ['a list', '\n# first\n- a\n', 'found a list; expected an object of Kubernetes', 3],
    ['a text', 'hello\n', 'found a string', 1],
    ['a map without a kind', 'apiVersion: v1\n', 'a document without kind', 1],
    ['a kind that is no text', 'apiVersion: v1\nkind: 1\n', 'a document without kind', 1],
    ['a List with what is no object', 'apiVersion: v1\nkind: List\nitems: [{a: 1}]', 'at items.0', 1],
    ['more than a separator', 'a: 1\n--- {b: 1}\n', 'more than a separator', 2],
    ['too many aliases', ALIASES, 'no YAML', 1],
  ])('that is %s is named, with its line, and nothing of it shown', async (_title, text, message, line) => {
    const { code, errors, objects } = await judgeJson([
      ...ONE,
      write('bad.yaml', text),
      write('good.json', GOOD),
    ]);
    expect({ code, objects }).toEqual({ code: 2, objects: 1 });
    expect(errors.find((each) => each.message.includes(message))).toMatchObject({ file: 'bad.yaml', line });
    expect(JSON.stringify(errors)).not.toContain('hidden');
  });

  it.each([
    ['that is not there', 'none.yaml', 'nothing there'],
    ['that holds no manifests', 'empty', 'no file to judge'],
    ['that is no text', 'bytes.yaml', 'bytes that are no text'],
  ])('at a path %s is named', async (_title, path, message) => {
    mkdirSync(join(folder, 'empty'));
    writeFileSync(join(folder, 'bytes.yaml'), Buffer.from([0xff, 0xfe, 0x00, 0xd8]));
    const { code, errors } = await judgeJson([...ONE, path]);
    expect(code).toBe(2);
    expect(errors).toMatchObject([{ file: path, message: expect.stringContaining(message) as string }]);
  });

  it('hides nothing of what else is in the file', async () => {
    const text = `${BAD}---\na: {\n---\n${BAD.replace('name: api', 'name: other')}`;
    const report = await judgeJson([...ONE, write('a.yaml', text)]);
    expect(report).toMatchObject({ code: 2, objects: 2, errors: [{ file: 'a.yaml', line: 21 }] });
    expect(report.violations.map(({ name }) => name)).toEqual(['api', 'other']);
  });

  it('nothing at all, as from a pipe that broke, is not passed', async () => {
    const { code, errors } = await judgeJson([...ONE, '-'], '---\n# nothing\n---\n');
    expect(code).toBe(2);
    expect(errors).toMatchObject([{ message: expect.stringContaining('found no object') as string }]);
  });

  it('in a folder may hold what is no manifest: it is left out, and named', async () => {
    write('chart/values.yaml', 'replicas: 2\n');
    write('chart/a.json', GOOD);
    const report = await judgeJson([...ONE, 'chart']);
    expect(report).toMatchObject({ code: 0, objects: 1, skipped: [{ file: 'chart/values.yaml', line: 1 }] });
    const { stdout } = await judge([...ONE, 'chart']);
    expect(stdout).toContain('left out, no manifests: chart/values.yaml:1');
    expect((await judgeJson([...ONE, 'chart/values.yaml'])).code).toBe(2);
  });

  it('takes Lists apart, those of one kind and those in Lists too', async () => {
    const item = {
      metadata: { name: 'a' },
      spec: { containers: [container({ securityContext: { privileged: true } })] },
    };
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [GOOD, { apiVersion: 'v1', kind: 'PodList', items: [item] }],
    };
    const report = await judgeJson([...ONE, write('a.json', list)]);
    expect(report).toMatchObject({ objects: 2, violations: [{ kind: 'Pod', name: 'a', container: 'app' }] });
  });

  it('of a kind that no control judges in particular is judged by the others, and named', async () => {
    const widget = {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'a', namespace: 'default' },
    };
    const report = await judgeJson([write('a.json', widget)]);
    expect(report.generalOnly).toEqual(['Widget.example.com']);
    expect(report.objects).toBe(1);
  });

  it('that cannot be read for its rights is named', async () => {
    write('a.yaml', BAD);
    chmodSync(join(folder, 'a.yaml'), 0);
    const { code, errors } = await judgeJson([...ONE, 'a.yaml']);
    // To root everything is open.
    if (process.getuid?.() === 0) expect(code).toBe(1);
    else
      expect(errors).toMatchObject([{ message: expect.stringContaining('no right to read it') as string }]);
  });
});

describe('the report', () => {
  it('as text groups by object, and tells of the cure', async () => {
    write('api.yaml', BAD);
    const { code, stdout } = await judge(['--profile', 'pss-baseline', 'api.yaml']);
    expect(code).toBe(1);
    expect(stdout).toBe(`Deployment shop/api  in api.yaml
  ✗ no-privileged (critical)  line 16, spec.template.spec.containers[0].securityContext.privileged
    container web is privileged.
    To do: Leave securityContext.privileged out and add only the capabilities that are needed.
  ✗ no-host-namespaces (high)  line 10, spec.template.spec.hostPID
    the pod has hostPID.
    To do: Leave hostPID and hostIPC out.

1 object judged by 13 controls: 2 violations, 0 warnings
`);
  });

  it('as text lets no name speak to the terminal', async () => {
    const { stdout } = await judge([
      ...ONE,
      write(
        'a.json',
        pod({ containers: [container({ name: '\u001b[2J', securityContext: { privileged: true } })] }),
      ),
    ]);
    expect(stdout).not.toContain('\u001b');
  });

  it('as SARIF has rules, results with places, and fingerprints that outlive a move', async () => {
    write('my folder/api.yaml', BAD);
    interface Sarif {
      version: string;
      runs: {
        tool: { driver: { rules: { id: string; properties: object }[] } };
        invocations: { executionSuccessful: boolean; toolExecutionNotifications: object[] }[];
        results: { ruleId: string; ruleIndex: number; level: string; partialFingerprints: object }[];
      }[];
    }
    const run = async (): Promise<Sarif['runs'][0]> => {
      const { stdout } = await judge(['--format', 'sarif', '--profile', 'pss-restricted', 'my folder']);
      const log = JSON.parse(stdout) as Sarif;
      expect(log).toMatchObject({
        version: '2.1.0',
        $schema: expect.stringContaining('sarif-schema-2.1.0') as string,
      });
      return log.runs[0]!;
    };
    const { tool, results, invocations } = await run();
    expect(invocations[0]).toMatchObject({ executionSuccessful: true, toolExecutionNotifications: [] });
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(results.find(({ ruleId }) => ruleId === 'no-privileged')).toMatchObject({
      level: 'error',
      message: { text: expect.stringContaining('container web is privileged') as string },
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: 'my%20folder/api.yaml' }, region: { startLine: 16 } },
          logicalLocations: [
            { fullyQualifiedName: expect.stringContaining('Deployment/shop/api') as string },
          ],
        },
      ],
    });
    const prints = results.map(({ partialFingerprints }) => JSON.stringify(partialFingerprints));
    expect(new Set(prints).size).toBe(results.length);
    write('my folder/api.yaml', `# moved\n\n${BAD}`);
    const moved = (await run()).results.map(({ partialFingerprints }) => JSON.stringify(partialFingerprints));
    expect(moved).toEqual(prints);
  });

  it('as SARIF tells of errors as notifications', async () => {
    const { code, stdout } = await judge(['--format', 'sarif', ...ONE, write('a.yaml', 'a: {')]);
    expect(code).toBe(2);
    expect((JSON.parse(stdout) as { runs: object[] }).runs[0]).toMatchObject({
      invocations: [
        {
          executionSuccessful: false,
          toolExecutionNotifications: [
            { level: 'error', locations: [{ physicalLocation: { artifactLocation: { uri: 'a.yaml' } } }] },
          ],
        },
      ],
    });
  });

  it('as JUnit has a case for each control, and fails for what is mandatory alone', async () => {
    const odd = pod({
      containers: [container({ name: 'a"<&\u0001', securityContext: { privileged: true } })],
    });
    const args = [
      '--format',
      'junit',
      '--controls',
      'no-privileged,pull-always,non-root',
      write('a.json', odd),
    ];
    const { stdout } = await judge(args);
    expect(stdout).toContain('<testsuites name="policy" tests="3" failures="2" errors="0">');
    expect(stdout.match(/<testcase /g)).toHaveLength(3);
    expect(stdout.match(/<failure /g)).toHaveLength(2);
    expect(stdout).toContain('container a"&lt;&amp;\uFFFD is privileged.');
    expect(stdout).toMatch(/name="pull-always: [^>]*>\s*<system-out>/);
  });

  it('as JUnit has one more case for what cannot be used', async () => {
    const { stdout } = await judge([
      '--format',
      'junit',
      ...ONE,
      write('a.yaml', 'a: {'),
      write('b.json', GOOD),
    ]);
    expect(stdout).toContain('tests="2" failures="0" errors="1"');
    expect(stdout).toContain('<error message="1 of what was given can\'t be used">a.yaml:1: found no YAML');
  });
});

describe('--fix', () => {
  const FIX = ['--profile', 'pss-restricted', '--fix', 'out'];

  it('writes what is mended, and nothing else of it changed', async () => {
    write('deploy/api.yaml', `${BAD}---\n${JSON.stringify(GOOD)}\n`);
    chmodSync(join(folder, 'deploy', 'api.yaml'), 0o640);
    const report = await judgeJson([
      '--controls',
      'no-privileged,no-host-namespaces',
      '--fix',
      'out',
      'deploy',
    ]);
    expect(report).toMatchObject({
      code: 0,
      violations: [],
      fixed: { folder: 'out', objects: 1, violations: 2 },
    });
    const written = readFileSync(join(folder, 'out', 'deploy', 'api.yaml'), 'utf8');
    const expected = BAD.replace('hostPID: true', 'hostPID: false').replace(
      'privileged: true',
      'privileged: false',
    );
    expect(written).toBe(`${expected}---\n${JSON.stringify(GOOD)}\n`);
    expect(statSync(join(folder, 'out', 'deploy', 'api.yaml')).mode & 0o777).toBe(0o640);
    expect(readFileSync(join(folder, 'deploy', 'api.yaml'), 'utf8')).toBe(
      `${BAD}---\n${JSON.stringify(GOOD)}\n`,
    );
  });

  it('judges what it has written: what no cure is for is still violated', async () => {
    write('api.yaml', BAD);
    const report = await judgeJson([...FIX, 'api.yaml']);
    expect(report.code).toBe(1);
    expect(new Set(ids(report))).toEqual(new Set(['non-root']));
    expect(report.violations[0]?.file).toBe('out/api.yaml');
    const again = await judgeJson(['--profile', 'pss-restricted', 'out']);
    expect(ids(again)).toEqual(ids(report));
  });

  it('changes nothing the second time, also where it has written into what is given', async () => {
    write('api.yaml', BAD);
    await judgeJson([...FIX, '.']);
    const first = readFileSync(join(folder, 'out', 'api.yaml'), 'utf8');
    const report = await judgeJson([...FIX, '.']);
    expect(report.objects).toBe(1);
    expect(readdirSync(join(folder, 'out'))).toEqual(['api.yaml']);
    expect(await judgeJson(['--profile', 'pss-restricted', '--fix', 'out2', 'out'])).toMatchObject({
      fixed: { objects: 0, violations: 0 },
    });
    expect(readFileSync(join(folder, 'out2', 'out', 'api.yaml'), 'utf8')).toBe(first);
  });

  it('mends JSON, Lists, anchors and flow collections to the same content', async () => {
    const bad = pod({ hostIPC: true, containers: [container()] });
    write('list.json', { apiVersion: 'v1', kind: 'List', items: [GOOD, bad] });
    write(
      'anchors.yaml',
      `x: &c { securityContext: { privileged: true } }\napiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n    - { <<: *c, name: a }\n    - { <<: *c, name: b }\n`,
    );
    const report = await judgeJson(['--controls', 'no-privileged,no-host-namespaces', '--fix', 'out', '.']);
    expect(report).toMatchObject({ code: 0, errors: [], fixed: { objects: 2 } });
    expect(JSON.parse(readFileSync(join(folder, 'out', 'list.json'), 'utf8'))).toEqual({
      apiVersion: 'v1',
      kind: 'List',
      items: [GOOD, { ...bad, spec: { hostIPC: false, containers: [container()] } }],
    });
    const anchors = readFileSync(join(folder, 'out', 'anchors.yaml'), 'utf8');
    expect(parseAllDocuments(anchors, { merge: true }).map((each) => each.toJS() as unknown)).toMatchObject([
      { spec: { containers: ['a', 'b'].map((name) => ({ name, securityContext: { privileged: false } })) } },
    ]);
  });

  it('writes standard input for its owner only', async () => {
    await judge([...FIX, '-'], BAD);
    expect(statSync(join(folder, 'out', 'stdin.yaml')).mode & 0o777).toBe(0o600);
  });

  it('leaves alone what is exempt, and controls that are disabled', async () => {
    write('api.yaml', BAD);
    const config = write('../config.json', { 'no-privileged': 'disabled' });
    const args = [
      '--config',
      config,
      '--controls',
      'no-privileged,no-host-namespaces',
      '--fix',
      'out',
      'api.yaml',
    ];
    await judge(args);
    expect(readFileSync(join(folder, 'out', 'api.yaml'), 'utf8')).toBe(
      BAD.replace('hostPID: true', 'hostPID: false'),
    );
    rmSync(join(folder, config));
  });

  it.each([
    ['.', 'api.yaml would be written over'],
    ['api.yaml', 'api.yaml'],
  ])('to %s is refused, with nothing written', async (target, message) => {
    write('api.yaml', BAD);
    const { code, stderr } = await judge([...ONE, '--fix', target, 'api.yaml']);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(readFileSync(join(folder, 'api.yaml'), 'utf8')).toBe(BAD);
  });

  it('writes nothing of what cannot be read', async () => {
    write('a.yaml', 'a: {');
    expect((await judgeJson([...ONE, '--fix', 'out', 'a.yaml'])).code).toBe(2);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });
});
