import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOGUE, CHART_NAMES } from '../../components/catalogue';
import { CONTROLS } from '../../policy/catalogue';
import type { Told } from '../../policy/cli/outcome';
import type { KubernetesObject } from '../../policy/objects';
import { RELEASE_TYPE } from '../../policy/release';
import { container, pod, workload } from '../../policy/samples';
import { packStandIn } from '../../sandbox/charts/standin';
import { formatOf } from '../../sandbox/commands/policy';
import type { Recorded } from '../../sandbox/engine/construct';
import { judgeProgram } from '../../sandbox/policy/judge';
import { obtainToolchain } from '../../sandbox/toolchain/obtain';
import { runCli, runJson } from '../helpers/cli';

// Helm may have to be built first.
jest.setTimeout(900_000);

let folder: string;
let helm: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'platform-judge-'));
  helm = (await obtainToolchain({ names: ['helm'] })).get('helm')!.path;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function recorded(type: string, inputs: object, changes: Partial<Recorded> = {}): Recorded {
  return {
    urn: `urn:pulumi:test::platform::${type}::sample`,
    type,
    name: 'sample',
    custom: true,
    inputs: inputs as Record<string, unknown>,
    shown: {},
    parent: '',
    provider: '',
    dependencies: [],
    protect: false,
    ignoreChanges: [],
    ...changes,
  };
}

/** Judges a program by some of the controls, at these levels. */
function judge(resources: Recorded[], levels: Record<string, string>): ReturnType<typeof judgeProgram> {
  const off = Object.fromEntries(CONTROLS.map(({ id }) => [id, 'disabled']));
  const security = JSON.stringify({ controls: { ...off, ...levels } });
  const env = {
    POLICY_PROJECT: folder,
    POLICY_HELM: helm,
    PULUMI_CONFIG: JSON.stringify({ 'platform:security': security }),
  };
  return judgeProgram(resources, env, 'Pulumi.test.yaml');
}

const typed = (object: KubernetesObject): Recorded =>
  recorded(`kubernetes:${object.apiVersion}:${object.kind}`, object);
const privileged = pod({ containers: [container({ securityContext: { privileged: true } })] });

describe('a program is judged', () => {
  it('by object controls, with the level of the stack', async () => {
    const { violations, objects, controls } = await judge(
      [typed(privileged), typed(pod({ hostPID: true }))],
      {
        'no-privileged': 'mandatory',
        'no-host-namespaces': 'advisory',
      },
    );
    expect({ objects, controls: controls.length }).toEqual({ objects: 2, controls: 2 });
    expect(violations).toMatchObject([
      { control: 'no-privileged', level: 'mandatory', container: 'app', resource: 'Pod sample' },
      { control: 'no-host-namespaces', level: 'advisory', path: 'spec.hostPID', file: 'Pulumi.test.yaml' },
    ]);
  });

  it('by controls on all objects together, and by those on its resources', async () => {
    const resources = [
      typed(workload('Deployment')),
      recorded('pulumi:providers:kubernetes', {}, { urn: 'provider' }),
      recorded(
        'kubernetes:core/v1:ConfigMap',
        { apiVersion: 'v1', kind: 'ConfigMap' },
        { provider: 'provider' },
      ),
    ];
    const { violations } = await judge(resources, {
      'default-deny-ingress': 'mandatory',
      'explicit-provider': 'mandatory',
    });
    expect(new Set(violations.map(({ control }) => control))).toEqual(
      new Set(['default-deny-ingress', 'explicit-provider']),
    );
  });

  it('as it is once the level remediate has mended it', async () => {
    const levels = {
      'no-privileged': 'remediate',
      'no-host-namespaces': 'remediate',
      'non-root': 'remediate',
    };
    const { violations } = await judge([typed(privileged)], levels);
    expect(violations).toMatchObject([{ control: 'non-root', level: 'mandatory' }]);
  });

  it('without what a release that cannot be rendered holds: that is a violation', async () => {
    const release = recorded(RELEASE_TYPE, { chart: './none.tgz', name: 'sample', namespace: 'samples' });
    const { violations, objects } = await judge([release], { 'no-privileged': 'mandatory' });
    expect(objects).toBe(0);
    expect(violations).toMatchObject([
      { control: 'rendered-releases', level: 'mandatory', resource: 'Release sample' },
    ]);
  });
});

describe('make policy', () => {
  beforeAll(() => {
    for (const chart of CHART_NAMES) packStandIn(chart, CATALOGUE[chart].version, join(folder, 'charts'));
  });
  const env = (stack: string): Record<string, string> => ({
    STACK: stack,
    CHARTS: join(folder, 'charts'),
    PLATFORM_STATE: join(folder, 'state'),
    FORMAT: '',
  });

  it('judges a whole stack without a plane, what is in its releases included', async () => {
    const report = (await runJson('policy', env('prod'))) as unknown as {
      result: string;
      objects: number;
      controls: number;
      violations: Told[];
    };
    expect(report).toMatchObject({ result: 'succeeded', controls: CONTROLS.length });
    expect(report.objects).toBeGreaterThan(400);
    expect(report.violations.filter(({ level }) => level === 'mandatory')).toEqual([]);
    const resources = report.violations.map(({ resource = '' }) => resource);
    expect(resources).toEqual(expect.arrayContaining(['Release velero', 'Release istiod']));
    // Nothing is left of it but renders, and what they are encrypted with.
    expect(readdirSync(join(folder, 'state', 'prod')).sort()).toEqual(['passphrase', 'renders']);
  });

  it('tells people how much was judged, and of what warns in a line each', async () => {
    const { code, stdout } = await runCli('policy', env('local'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Controls that warn/);
    expect(stdout).toMatch(/\n\d+ objects judged by \d+ controls: 0 violations, \d+ warnings\n$/);
  });

  it('ends with 2 where there is no such stack', async () => {
    const { code, stdout, stderr } = await runCli('policy', env('nowhere'));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('there is no stack "nowhere"');
  });

  it('takes OUTPUT=json for a format, and no other beside it', () => {
    expect(formatOf('', true)).toBe('json');
    expect(formatOf(undefined, false)).toBe('text');
    expect(formatOf('sarif', false)).toBe('sarif');
    expect(() => formatOf('sarif', true)).toThrow('FORMAT is "sarif" beside OUTPUT=json');
    expect(() => formatOf('xml', false)).toThrow('FORMAT is "xml", expected text, json, sarif, junit');
  });
});
