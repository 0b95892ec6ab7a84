import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packArchive } from '../../policy/archive';
import { CONTROLS } from '../../policy/catalogue';
import type { KubernetesObject } from '../../policy/objects';
import { RELEASE_TYPE } from '../../policy/release';
import { container, labelled, workload } from '../../policy/samples';
import { analyzerEnvironment, POLICY_PACK } from '../../sandbox/policy/analyzer';
import { obtainToolchain } from '../../sandbox/toolchain/obtain';

// The CLI may have to be built first.
jest.setTimeout(900_000);

interface Violation {
  policyName: string;
  enforcementLevel: string;
  severity: string;
  message: string;
  resourceUrn: string;
}

/** A resource of a state: its Pulumi type and its inputs. */
interface Resource {
  type: string;
  inputs: object;
}

interface Result {
  status: number | null;
  violations: Violation[];
  stderr: string;
}

const GOOD = workload('Deployment', {
  securityContext: { runAsNonRoot: true },
  containers: [
    container({
      securityContext: { readOnlyRootFilesystem: true },
      resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '64Mi' } },
    }),
  ],
});
const BAD = labelled(
  workload('CronJob', {
    hostPID: true,
    containers: [container({ image: 'registry.example.com/app:1', securityContext: { privileged: true } })],
  }),
);

let folder: string;
let pulumi: string;
let helm: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'platform-policy-'));
  const tools = await obtainToolchain({ names: ['pulumi', 'helm'] });
  pulumi = tools.get('pulumi')!.path;
  helm = tools.get('helm')!.path;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the real pack in the real engine over a state that holds these resources or typed objects. */
function analyze(items: (KubernetesObject | Resource)[], config: object = {}): Result {
  const objects = items.map((item) =>
    'inputs' in item
      ? (item as Resource)
      : { type: `kubernetes:${item.apiVersion}:${item.kind}`, inputs: item },
  );
  const state = join(folder, 'state.json');
  const configFile = join(folder, 'config.json');
  writeFileSync(state, JSON.stringify(stateOf(objects)));
  writeFileSync(configFile, JSON.stringify(config));
  const env = {
    ...process.env,
    ...analyzerEnvironment(join(folder, 'bin')),
    PULUMI_HOME: join(folder, 'home'),
    POLICY_PROJECT: folder,
    POLICY_HELM: helm,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
  };
  const pack = ['--policy-pack', POLICY_PACK, '--policy-pack-config', configFile];
  const args = ['policy', 'analyze', '--file', state, ...pack, '--json', '--non-interactive'];
  const { status, stdout, stderr } = spawnSync(pulumi, args, { cwd: folder, encoding: 'utf8', env });
  return { status, violations: violationsIn(stdout), stderr };
}

function stateOf(objects: Resource[]): object {
  const parent = 'urn:pulumi:test::platform::pulumi:pulumi:Stack::platform-test';
  const provider = 'urn:pulumi:test::platform::pulumi:providers:kubernetes::default';
  const resources = objects.map(({ type, inputs }, index) => {
    const urn = `urn:pulumi:test::platform::${type}::sample-${index}`;
    return {
      urn,
      custom: true,
      id: `sample-${index}`,
      type,
      inputs,
      outputs: inputs,
      parent,
      provider: `${provider}::id`,
    };
  });
  const head = [
    { urn: parent, custom: false, type: 'pulumi:pulumi:Stack' },
    { urn: provider, custom: true, id: 'id', type: 'pulumi:providers:kubernetes', inputs: {}, outputs: {} },
  ];
  const manifest = { time: '2026-01-01T00:00:00Z', magic: '', version: '' };
  return { version: 3, deployment: { manifest, resources: [...head, ...resources] } };
}

/** The violations among the events, which come one a line. */
function violationsIn(events: string): Violation[] {
  return events
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => {
      const { policyEvent } = JSON.parse(line) as { policyEvent?: Violation };
      return policyEvent ? [policyEvent] : [];
    });
}

/** Of every scope one or more; the rest of the catalogue has its samples. */
const SOME = [
  'allowed-registries',
  'bounded-history',
  'disruption-budget',
  'no-host-namespaces',
  'no-privileged',
  'non-root',
  'read-only-root-filesystem',
  'required-labels',
  'resource-limits',
];
const LEVELS = { all: 'disabled', ...Object.fromEntries(SOME.map((id) => [id, 'mandatory'])) };
const OF_OBJECTS = SOME.filter((id) => !['bounded-history', 'disruption-budget'].includes(id));

it('the pack starts in the engine without a language host, and every control judges what is in a state', () => {
  const { status, violations, stderr } = analyze([GOOD, BAD], LEVELS);
  expect(stderr).toContain('mandatory policy violations');
  expect(status).not.toBe(0);
  expect(violations.map(({ policyName }) => policyName)).toEqual(OF_OBJECTS);
  for (const { policyName, severity, enforcementLevel, message, resourceUrn } of violations) {
    expect(severity).toBe(CONTROLS.find(({ id }) => id === policyName)?.severity);
    expect(enforcementLevel).toBe('mandatory');
    expect(message).toMatch(/^CronJob samples\/sample: /);
    expect(resourceUrn).toMatch(/CronJob::sample-1$/);
  }
});

it('every control of the catalogue starts and judges, and none breaks', () => {
  const { violations } = analyze([GOOD, BAD], { all: 'advisory' });
  expect(violations.map(({ policyName }) => policyName)).toEqual(expect.arrayContaining(OF_OBJECTS));
  expect(violations.filter(({ message }) => message.includes('could not be evaluated'))).toEqual([]);
});

it('levels and parameters come from the pack’s configuration', () => {
  const { status, violations } = analyze([GOOD, BAD], {
    ...Object.fromEntries(Object.keys(LEVELS).map((id) => [id, 'advisory'])),
    all: 'disabled',
    'no-privileged': 'disabled',
    'required-labels': { enforcementLevel: 'advisory', labels: ['team'] },
  });
  expect(status).toBe(0);
  expect(new Set(violations.map(({ enforcementLevel }) => enforcementLevel))).toEqual(new Set(['advisory']));
  expect(violations.map(({ policyName }) => policyName)).not.toContain('no-privileged');
  const labels = violations.filter(({ policyName }) => policyName === 'required-labels');
  expect(labels.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^Deployment samples\/sample: it lacks the labels team\./),
    expect.stringMatching(/^CronJob samples\/sample: it lacks the labels team\./),
  ]);
});

it('a parameter of the wrong type stops the run', () => {
  const { status, stderr } = analyze([GOOD], { 'required-labels': { labels: 'team' } });
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/labels.*[Ee]xpected.*array/s);
});

it('what a Helm release renders is judged', () => {
  const chart = { apiVersion: 'v2', name: 'sample', version: '1.0.0' };
  const files = [
    ['Chart.yaml', JSON.stringify(chart)],
    [
      'templates/all.yaml',
      `${JSON.stringify({ ...GOOD, spec: { ...(GOOD.spec as object), replicas: 2 } })}\n---\n${JSON.stringify(BAD)}`,
    ],
  ] as const;
  writeFileSync(join(folder, 'sample.tgz'), packArchive('sample', new Map(files)));
  const inputs = { chart: './sample.tgz', name: 'shop', namespace: 'samples', values: {} };
  const { status, violations } = analyze([{ type: RELEASE_TYPE, inputs }], LEVELS);
  expect(status).not.toBe(0);
  expect(violations.map(({ policyName }) => policyName).sort()).toEqual([...SOME]);
  const messages = (id: string): string[] =>
    violations.filter(({ policyName }) => policyName === id).map(({ message }) => message);
  for (const id of OF_OBJECTS)
    expect(messages(id)).toEqual([expect.stringMatching(/^CronJob samples\/sample: /)]);
  expect(messages('bounded-history')).toEqual([
    expect.stringMatching(/^Release sample-0: its history has no bound\. /),
  ]);
  expect(messages('disruption-budget')).toEqual([
    expect.stringMatching(/^Deployment samples\/sample: no PodDisruptionBudget selects its pods\. /),
  ]);
});

it('at the level remediate, what has no cure, and what is in a release, is refused as at mandatory', () => {
  const bad = labelled(workload('Deployment', { hostPID: true, containers: [container()] }), {});
  const files = [
    ['Chart.yaml', JSON.stringify({ apiVersion: 'v2', name: 'cured', version: '1.0.0' })],
    ['templates/all.yaml', JSON.stringify(bad)],
  ] as const;
  writeFileSync(join(folder, 'cured.tgz'), packArchive('cured', new Map(files)));
  const inputs = { chart: './cured.tgz', name: 'shop', namespace: 'samples', values: {} };
  const remediated = ['no-host-namespaces', 'required-labels'];
  const { status, violations } = analyze([bad, { type: RELEASE_TYPE, inputs }], {
    all: 'disabled',
    ...Object.fromEntries(remediated.map((id) => [id, 'remediate'])),
  });
  expect(status).not.toBe(0);
  const told = violations.map(
    ({ policyName, enforcementLevel, resourceUrn }) =>
      `${enforcementLevel} ${policyName} ${resourceUrn.split('::').at(-1)!}`,
  );
  // What a state holds is made already: only a preview and an update mend.
  expect(told.sort()).toEqual(
    remediated.flatMap((id) => [0, 1].map((index) => `mandatory ${id} sample-${index}`)),
  );
});
