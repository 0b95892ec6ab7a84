import { ChartError } from '../../components/charts/resolve';
import { describeFailure, SandboxError } from '../../sandbox/engine/errors';
import { componentOf, countChanges, EventLog, isUnchanged } from '../../sandbox/engine/events';
import { NO_CHANGES } from '../../sandbox/engine/print';
import { summarise } from '../../sandbox/engine/summary';
import { PlaneError } from '../../sandbox/plane/plane';
import { ToolchainError } from '../../sandbox/toolchain/obtain';
import { SettingsError } from '../../stacks/validate';
import {
  APP,
  begin,
  diagnostic,
  end,
  fail,
  ISTIOD,
  logOf,
  RELEASE,
  step,
  summary,
  urn,
} from './engine-events';

describe('the log of an update', () => {
  test('follows each resource from its start to its end, and tells of both', () => {
    const told: string[] = [];
    const log = new EventLog(({ endedAt, name, op }) =>
      told.push(`${name} ${op} ${endedAt ? 'ended' : 'began'}`),
    );
    [begin(ISTIOD, 'create'), begin(APP, 'update', ['spec']), end(ISTIOD), end(ISTIOD)].forEach(log.handle);
    expect(told).toEqual(['istiod create began', 'app update began', 'istiod create ended']);
    expect(log.steps.get(APP)).toMatchObject({
      component: 'workload',
      diffs: ['spec'],
      type: 'kubernetes:apps/v1:Deployment',
    });
  });

  test('knows what is under way: begun, not ended, and not left as it is', () => {
    const same = urn('same', RELEASE);
    const log = logOf(begin(ISTIOD, 'create'), begin(APP, 'create'), begin(same, 'same'), end(ISTIOD));
    expect(log.active().map(({ name }) => name)).toEqual(['app']);
    log.handle(fail(APP));
    expect(log.active()).toEqual([]);
    expect(log.steps.get(APP)).toMatchObject({ failed: true });
  });

  test('keeps errors without colours and mark-up, and nothing that is less than an error', () => {
    const red = '\u001b[31merror:\u001b[0m <{%reset%}>no such host<{%reset%}>\n';
    const log = logOf(
      diagnostic('error', red),
      diagnostic('warning', 'careful'),
      diagnostic('info#err', 'well'),
    );
    expect(log.errors).toEqual(['error: no such host']);
  });

  test('counts changes as the engine sums them up; a replacement is one', () => {
    const log = logOf(summary({ same: 3, create: 2, replace: 1, delete: 4, update: 5, read: 7 }));
    expect(log.changes).toEqual({ same: 3, create: 2, update: 5, replace: 1, delete: 4 });
    expect(countChanges({})).toEqual(NO_CHANGES);
    expect([isUnchanged(log.changes), isUnchanged(countChanges({ same: 9 }))]).toEqual([false, true]);
  });

  test('says which component a resource is of, by its parents', () => {
    expect(componentOf(ISTIOD)).toBe('mesh');
    expect(
      componentOf(urn('app', 'platform:foundation:Foundation', 'platform:foundation:Namespace', 'x')),
    ).toBe('foundation');
    expect(componentOf(urn('platform-owner', 'kubernetes:core/v1:ConfigMap'))).toBe('platform');
    expect(componentOf('urn:pulumi:local::platform::pulumi:pulumi:Stack::platform-local')).toBe('platform');
  });
});

describe('the summary of a stack', () => {
  const release = (name: string, namespace: string, resourceNames: object, area = 'mesh'): object => ({
    urn: urn(name, `platform:${area}:Component`, RELEASE),
    type: RELEASE,
    outputs: { name, namespace, resourceNames },
  });
  const object = (name: string, type: string): object => ({
    urn: urn(name, 'platform:mesh:Component', type),
    type,
  });
  const deployment = {
    version: 3,
    deployment: {
      resources: [
        { urn: urn('mesh', 'platform:mesh:Component'), type: 'platform:mesh:Component' },
        object('gateway', 'kubernetes:networking.istio.io/v1:Gateway'),
        object('telemetry', 'kubernetes:telemetry.istio.io/v1:Telemetry'),
        {
          urn: urn('password', 'random:index/randomPassword:RandomPassword'),
          type: 'random:index/randomPassword:RandomPassword',
        },
        release('own-chart', 'elsewhere', { 'Service/v1': ['a'] }),
        release('istiod', 'istio-system', { 'Deployment.apps/v1': ['a'], 'Service/v1': ['b', 'c'] }),
        release(
          'istio-base-crds',
          'kube-system',
          { 'CustomResourceDefinition/v1': ['a', 'b'] },
          'foundation',
        ),
      ],
    },
  };
  const archive = {
    chart: 'istiod',
    version: '0.0.0',
    source: 'stand-in',
    sha256: '',
    path: '',
    locked: false,
  } as const;
  const lines = summarise(
    deployment,
    [archive],
    [
      step(ISTIOD, 'create', 1000, 12.34),
      step(
        urn('gateway', 'platform:mesh:Component', 'kubernetes:networking.istio.io/v1:Gateway'),
        'create',
        0,
        1,
      ),
      step(
        urn('telemetry', 'platform:mesh:Component', 'kubernetes:telemetry.istio.io/v1:Telemetry'),
        'create',
        2000,
        1.5,
      ),
      step(urn('istio-base-crds', 'platform:foundation:Component', RELEASE), 'same', 0, 99),
    ],
  );

  test('has a line for each chart: what, from where, where, how many objects, how long', () => {
    expect(lines.find(({ chart }) => chart === 'istiod')).toEqual({
      name: 'mesh',
      chart: 'istiod',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as unknown,
      source: 'stand-in',
      namespace: 'istio-system',
      objects: 3,
      seconds: 12.3,
    });
  });

  test('has a line for each component’s own objects, from the first to the last of them', () => {
    expect(lines.find(({ chart, name }) => chart === null && name === 'mesh')).toMatchObject({
      objects: 2,
      seconds: 3.5,
    });
  });

  test('names CRDs as such, takes no time for what stayed, and shows a chart that it does not know', () => {
    expect(lines.find(({ name }) => name === 'foundation')).toMatchObject({
      chart: 'base (CRDs)',
      objects: 2,
      seconds: 0,
    });
    expect(lines.find(({ chart }) => chart === 'own-chart')).toMatchObject({
      version: null,
      source: null,
      objects: 1,
    });
  });

  test('is in the order in which the platform is built, charts first', () => {
    expect(lines.map(({ chart, name }) => `${name} ${chart ?? '-'}`)).toEqual([
      'foundation base (CRDs)',
      'mesh istiod',
      'mesh own-chart',
      'mesh -',
    ]);
  });

  test('of an empty stack is empty', () => {
    expect(summarise({ version: 3, deployment: {} }, [], [])).toEqual([]);
  });
});

describe('a failure is told', () => {
  test.each<[string, Error]>([
    ['of charts', new ChartError('no archive', 'give a mirror')],
    ['of the control plane', new PlaneError('no archive', 'give a mirror')],
    ['of the toolchain', new ToolchainError('no archive', 'give a mirror')],
    ['of the sandbox', new SandboxError('no archive', 'give a mirror')],
  ])('%s, in its own words, whatever the engine said', (_, error) => {
    expect(describeFailure(error, logOf(diagnostic('error', 'other')))).toEqual({
      message: 'no archive',
      cure: 'give a mirror',
    });
  });

  test('of settings, problem by problem', () => {
    const { cure, message } = describeFailure(
      new SettingsError('prod', ['prod: platform:a is wrong', 'prod: platform:b is']),
    );
    expect(message).toContain('  prod: platform:a is wrong\n  prod: platform:b is');
    expect(cure).toContain('docs/settings.md');
  });

  test('of the engine, with the resource that failed and each message once', () => {
    const log = logOf(
      begin(ISTIOD, 'create'),
      begin(APP, 'create'),
      fail(ISTIOD),
      diagnostic('error', 'timed out'),
      diagnostic('error', 'timed out'),
      diagnostic('error', 'update failed'),
    );
    const { cure, message } = describeFailure(
      new Error('code: 255\n stdout: …\n    at x (file.js:1:1)'),
      log,
    );
    expect(message).toBe('istiod: timed out');
    expect(cure).toContain('run the command again');
  });

  test('of the engine, even where it only says that it failed', () => {
    expect(describeFailure(new Error('x'), logOf(diagnostic('error', 'update failed'))).message).toBe(
      'update failed',
    );
  });

  test.each([
    'ConfigMap "platform-owner" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    'resource kube-system/platform-owner was not created:\nApply failed with 1 conflict: conflict with "pulumi"',
  ])('of another stack’s cluster as what it is: %s', (text) => {
    const { cure, message } = describeFailure(new Error('x'), logOf(diagnostic('error', text)));
    expect(message).toContain('belongs to another stack');
    expect(cure).toContain('context');
  });

  test('of the marker for any other reason, as that', () => {
    const text = 'resource kube-system/platform-owner was not created: connection refused';
    expect(describeFailure(new Error('x'), logOf(diagnostic('error', text))).message).toBe(text);
  });

  test('of what is protected, with the setting that lifts it', () => {
    const text = 'unable to delete resource "istio-system", it is protected: unprotect it first';
    expect(describeFailure(new Error('x'), logOf(diagnostic('error', text))).cure).toContain(
      'platform:protection.enabled',
    );
  });

  test('of an API server that went away, with each reason once and what is not finished', () => {
    const url = 'Patch "https://127.0.0.1:6443/api/v1/namespaces/a/secrets/b?force=true"';
    const log = logOf(
      begin(ISTIOD, 'create'),
      begin(APP, 'create'),
      fail(ISTIOD),
      fail(APP),
      diagnostic('error', `resource "a" was not created: ${url}: EOF`),
      diagnostic(
        'error',
        `1 error occurred:\n\t* ${url}: EOF\n\t* ${url}: read tcp 1.2.3.4:1->1.2.3.4:6443: reset`,
      ),
      diagnostic('error', 'failed to run policy: context canceled'),
    );
    expect(describeFailure(new Error('x'), log)).toEqual({
      message: 'the API server did not answer (EOF; reset); not finished: istiod, app',
      cure: expect.stringContaining('goes on from where it stopped') as unknown,
    });
  });

  test('of an API server that is not there for who asks what is wrong, where the engine knows no reason', () => {
    const log = logOf(begin(ISTIOD, 'delete'), fail(ISTIOD), diagnostic('error', 'failed to delete release'));
    log.reasons.push(
      'The connection to the server 127.0.0.1:6443 was refused - did you specify the right port?',
    );
    expect(describeFailure(new Error('x'), log).message).toBe(
      'the API server did not answer (was refused); not finished: istiod',
    );
  });

  test('of a cluster that the provider can’t reach, without its way to forget what is there', () => {
    const text =
      'failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this resource';
    expect(describeFailure(new Error('x'), logOf(diagnostic('error', text))).message).toBe(
      'the API server did not answer (unreachable cluster)',
    );
  });

  test('of a cluster that the program itself could not reach, in its own words', () => {
    const text = 'the cluster cannot be reached: Unable to connect to the server: EOF; nothing was touched.';
    const log = logOf(diagnostic('error', text));
    log.reasons.push('Unable to connect to the server: EOF');
    expect(describeFailure(new Error('x'), log).message).toContain(text);
  });

  test('of a webhook that the API server can’t reach, as that', () => {
    const text =
      'failed calling webhook "a.b": failed to call webhook: Post "https://a.b.svc:443/x": no endpoints';
    expect(describeFailure(new Error('x'), logOf(diagnostic('error', text))).message).toBe(text);
  });

  test('of an interruption, with what was under way', () => {
    const log = logOf(begin(ISTIOD, 'create'), fail(ISTIOD), diagnostic('error', 'update canceled'));
    expect(describeFailure(new Error('x'), log)).toMatchObject({
      message: expect.stringContaining('istiod') as unknown,
    });
  });

  test.each<[string, unknown]>([
    [
      'an error with a stack trace in its message',
      new Error('no space left\n\n    at write (node:fs:1:1)\n    at main (a.ts:2:2)'),
    ],
    ['what is no error', 'no space left'],
  ])('of %s, without a stack trace', (_, error) => {
    expect(describeFailure(error).message).toBe('no space left');
    expect(describeFailure(error, logOf()).cure).toContain('make status');
  });
});
