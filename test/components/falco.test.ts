import { parse } from 'yaml';
import { unknownPaths } from '../../components/charts/value-keys';
import { falcoValues } from '../../components/runtime-security/falco';
import { platformRules } from '../../components/runtime-security/rules';
import { construct } from '../helpers/mocks';
import { loadValueKeys } from '../helpers/value-keys';
import { settingsOf } from './settings';

interface Entry {
  list?: string;
  macro?: string;
  rule?: string;
  items?: string[];
  condition?: string;
  output?: string;
  priority?: string;
}

/** Names that the rules of Falco's image define and ours build on. */
const UPSTREAM = [
  'container',
  'never_true',
  'open_write',
  'package_mgmt_binaries',
  'proc_name_exists',
  'shell_procs',
  'spawned_process',
];
const OPERATORS = ['and', 'or', 'not', 'in', 'startswith', 'connect'];

function rulesOf(stack: string, changes = {}): Entry[] {
  return parse(platformRules(settingsOf(stack, changes))) as Entry[];
}

describe('the chart', () => {
  test('is given no value that it does not read', () => {
    for (const driver of ['modern_ebpf', 'kmod']) {
      const settings = settingsOf('prod', { 'platform:runtimeSecurity.driver': driver });
      expect(unknownPaths(falcoValues(settings), loadValueKeys('falco'))).toEqual([]);
    }
  });

  test('runs on every node, before anything less important', () => {
    expect(falcoValues(settingsOf('prod'))).toMatchObject({
      tolerations: [{ operator: 'Exists' }],
      podPriorityClassName: 'system-node-critical',
      resources: { limits: { memory: '1Gi' } },
    });
  });

  test('has the modern eBPF probe run with four capabilities and no more', () => {
    const values = falcoValues(settingsOf('prod'));
    expect(values).toMatchObject({ driver: { kind: 'modern_ebpf', modernEbpf: { leastPrivileged: true } } });
    expect(values.containerSecurityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['BPF', 'PERFMON', 'SYS_PTRACE', 'SYS_RESOURCE'] },
    });
  });

  test('leaves the privileges of a kernel module to the chart', () => {
    const values = falcoValues(settingsOf('prod', { 'platform:runtimeSecurity.driver': 'kmod' }));
    expect(values).toMatchObject({ driver: { kind: 'kmod' } });
    expect(values.containerSecurityContext).toEqual({});
  });

  test('fetches neither rules nor plugins while it runs, and loads the image’s container plugin once', () => {
    expect(falcoValues(settingsOf('prod'))).toMatchObject({
      falcoctl: { artifact: { install: { enabled: false }, follow: { enabled: false } } },
      collectors: { enabled: true, kubernetes: { enabled: false } },
      falco: { config_files: [] },
    });
  });

  test.each([
    ['is given the file that its pods mount, which it does not make itself', {}, 1],
    ['makes that file where a value of the stack has it fetch rules', { follow: { enabled: true } }, 0],
  ])('%s', async (_title, artifact, count) => {
    const settings = settingsOf('prod', { 'platform:runtimeSecurity.values': { falcoctl: { artifact } } });
    const { resources } = await construct(settings);
    expect(resources.filter(({ name }) => name === 'falco-falcoctl')).toHaveLength(count);
  });

  test('puts no other pod into its privileged namespace', () => {
    expect(falcoValues(settingsOf('prod'))).toMatchObject({
      falcosidekick: { enabled: false },
      responseActions: { enabled: false },
    });
  });

  test('reports from the asked priority on, as JSON', () => {
    const settings = settingsOf('prod', { 'platform:runtimeSecurity.minimumPriority': 'warning' });
    expect(falcoValues(settings)).toMatchObject({
      falco: { priority: 'warning', json_output: true, syslog_output: { enabled: false } },
    });
  });

  test('has metrics and a monitor where there is a Prometheus', () => {
    expect(falcoValues(settingsOf('prod'))).toMatchObject({
      metrics: { enabled: true },
      serviceMonitor: { create: true, interval: '30s', scrapeTimeout: '' },
    });
    expect(falcoValues(settingsOf('prod', { 'platform:observability.mode': 'off' }))).toMatchObject({
      metrics: { enabled: false },
      serviceMonitor: { create: false },
    });
  });

  test('takes every image from the private registry, with its pull Secret', () => {
    const settings = settingsOf('prod', {
      'platform:images.registry': 'registry.example.com/mirror',
      'platform:images.pullSecret': 'registry-pull',
    });
    expect(falcoValues(settings)).toMatchObject({
      image: { registry: 'registry.example.com/mirror' },
      driver: { loader: { initContainer: { image: { registry: 'registry.example.com/mirror' } } } },
      imagePullSecrets: [{ name: 'registry-pull' }],
    });
  });
});

describe('the rules', () => {
  test('are in the one file of the platform', () => {
    const settings = settingsOf('prod');
    expect(falcoValues(settings).customRules).toEqual({ 'platform.yaml': platformRules(settings) });
  });

  test('are the same on every run', () => {
    expect(platformRules(settingsOf('prod'))).toBe(platformRules(settingsOf('prod')));
  });

  test('use no word that neither they nor the image’s rules define before', () => {
    const known = new Set([...UPSTREAM, ...OPERATORS]);
    for (const { list, macro, condition = '' } of rulesOf('prod')) {
      // Fields have a dot in them; what is in quotes, a number or a path is no name.
      const bare = condition.replaceAll(/"[^"]*"/g, '').match(/(?<![\w./])[a-z_]+(?![\w./])/g) ?? [];
      expect(bare.filter((word) => !known.has(word))).toEqual([]);
      known.add(list ?? macro ?? '');
    }
  });

  test('have a name of their own, a cause to look at and a priority that is reported by default', () => {
    const rules = rulesOf('prod').filter(({ rule }) => rule !== undefined);
    expect(new Set(rules.map(({ rule }) => rule)).size).toBe(4);
    for (const { rule, output, priority } of rules) {
      expect(rule).toMatch(/^Platform /);
      expect(output).toContain('command=%proc.cmdline');
      expect(['CRITICAL', 'ERROR', 'WARNING', 'NOTICE']).toContain(priority);
    }
  });

  test('count a namespace as the platform’s while the stack has its component', () => {
    const namespaces = (changes = {}): string[] | undefined =>
      rulesOf('prod', changes).find(({ list }) => list === 'platform_namespaces')?.items;
    expect(namespaces()).toEqual(
      expect.arrayContaining(['argocd', 'calico-system', 'istio-system', 'kube-system', 'velero']),
    );
    expect(namespaces({ 'platform:backup.mode': 'off' })).not.toContain('velero');
    expect(namespaces()).not.toContain('app');
  });

  test('know the API server by the DNS domain of the cluster', () => {
    const rules = platformRules(settingsOf('prod', { 'platform:cluster.dnsDomain': 'k8s.internal' }));
    expect(rules).toContain('"kubernetes.default.svc.k8s.internal"');
  });

  test('take the place of the image’s rules where both would match', () => {
    const conditions: Record<string, unknown> = Object.fromEntries(
      rulesOf('prod').map(({ macro, condition }) => [macro ?? '', condition]),
    );
    expect(conditions).toMatchObject({
      user_expected_terminal_shell_in_container_conditions: '(platform_container)',
      user_known_contact_k8s_api_server_activities: '(container)',
    });
  });
});
