import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { checkSettings } from '../../sandbox/engine/settings';
import { expectClear, refusalOf } from '../helpers/refusal';
import { changed, keys, rawOf, read } from '../stacks/files';

/** Every kind of bad stack file, through the check that each command runs first. `cli-refusals` runs the commands. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'platform-settings-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = 'Pulumi.prod.yaml';
const text = read(file);

/** The failure of a stack file with these words in it. */
function refusal(content: string | Buffer): ReturnType<typeof refusalOf> {
  writeFileSync(join(folder, file), content);
  return refusalOf(() => checkSettings('prod', folder));
}

it('takes the stack file that all the cases start from', () => {
  writeFileSync(join(folder, file), text);
  expect(checkSettings('prod', folder)).toMatchObject({ stack: 'prod', kubernetesVersion: '1.36' });
});

it('names the Helm values of the stack, and a workload of that name is none', () => {
  const content = parse(text) as { config: Record<string, object> };
  Object.assign(content.config['platform:observability']!, { values: { grafana: { replicas: 2, env: {} } } });
  Object.assign(content.config, { 'platform:mesh': { values: { istiod: { 'a.b': [1] } } } });
  Object.assign(content.config['platform:workloads']!, { values: { image } });
  writeFileSync(join(folder, file), stringify(content));
  expect(checkSettings('prod', folder).overrides.sort()).toEqual([
    'platform:mesh.values.istiod["a.b"]',
    'platform:observability.values.grafana.replicas',
  ]);
});

const image = 'registry.example.com/app:1.0.0';
const schedule = { name: 'daily', cron: '0 2 * * *', ttl: '30d' };

/** Kind, name, the setting (`platform:` left out), its value (undefined removes it), what the message must say. */
const settings: [string, string, string, unknown, ...string[]][] = [
  ['unknown key', 'an area misspelt', 'netwrok', {}, 'is not known', 'did you mean "network"?'],
  ['unknown key', 'an area like no other', 'zzz', {}, 'is not known', 'known: domain, cluster'],
  ['unknown key', 'a key misspelt', 'mesh.mlts', 'STRICT', 'has no key "mlts"', 'did you mean "mtls"?'],
  ['unknown key', 'a key in capitals', 'mesh.MTLS', 'STRICT', 'has no key "MTLS"', 'did you mean "mtls"?'],
  ['unknown key', 'a key of another area', 'mesh.bucket', 'x', 'has no key "bucket"', 'known: mode'],
  ['unknown key', 'a key in a nested group', 'namespaces.quota.pod', 1, 'has no key "pod"', 'mean "pods"?'],
  ['unknown key', 'a key in a list', 'backup.schedules[0].cron_', 1, 'has no key "cron_"', 'mean "cron"?'],
  ['unknown key', "a workload's key", 'workloads.app.replica', 1, 'has no key "replica"', 'mean "replicas"?'],
  ['unknown key', 'a chart that the mesh has not', 'mesh.values', { ztunnel: {} }, 'has no key "ztunnel"'],

  ['wrong type', 'a text for an area', 'mesh', 'off', '"off" is not a group of settings'],
  ['wrong type', 'a list for an area', 'mesh', [], 'a list is not a group of settings'],
  [
    'wrong type',
    'a text for a number',
    'availability.replicas',
    '3',
    '"3" is not a whole number from 1 to 9',
  ],
  ['wrong type', 'a number for a text', 'domain', 7, '7 is not a host name such as "platform.example.com"'],
  ['wrong type', 'a number for an amount', 'observability.storage', 10, '10 is not an amount of bytes'],
  ['wrong type', 'a text for a flag', 'protection.enabled', 'yes', '"yes" is not true or false'],
  ['wrong type', 'a number for a flag', 'protection.enabled', 1, '1 is not true or false'],
  ['wrong type', 'nothing for a value', 'backup.bucket', null, 'null is not a bucket name'],
  ['wrong type', 'a text for a list', 'delivery.admins', 'me', '"me" is not a list of at most 100 entries'],
  ['wrong type', 'a list for a map', 'workloads', [], 'a list is not a map of names to settings'],
  ['wrong type', 'a map for a text', 'backup.region', {}, 'a group of settings is not a region'],
  ['wrong type', 'a number in env', 'workloads.app.env.A', 1, '1 is not a text (put numbers in quotes)'],
  ['wrong type', 'true for autoscaling', 'workloads.app.autoscaling', true, 'true is not false or a group'],

  ['out of range', 'no replicas', 'availability.replicas', 0, '0 is not a whole number from 1 to 9'],
  ['out of range', 'too many replicas', 'availability.replicas', 10, '10 is not a whole number from 1 to 9'],
  ['out of range', 'half a pod', 'namespaces.quota.pods', 1.5, '1.5 is not a whole number from 1 to 10000'],
  ['out of range', 'a huge number', 'namespaces.quota.pods', 1e308, '1e+308 is not a whole number'],
  ['out of range', 'a negative number', 'namespaces.quota.claims', -1, '-1 is not a whole number from 0'],
  ['out of range', 'an MTU too small', 'network.mtu', 3, '3 is not a whole number from 1280 to 9216'],
  ['out of range', 'port 0', 'workloads.app.port', 0, '0 is not a whole number from 1 to 65535'],
  [
    'out of range',
    'a port too high',
    'workloads.app.port',
    65536,
    '65536 is not a whole number from 1 to 65535',
  ],
  ['out of range', 'more than all', 'mesh.tracingSampling', '101%', '"101%" is not a percentage'],
  ['out of range', 'Kubernetes 1.29', 'cluster.kubernetesVersion', '1.29', '"1.29" is not', '1.30 or later'],
  [
    'out of range',
    'a maximum below the minimum',
    'mesh.gateway.maxReplicas',
    1,
    '1 is less than the fewest, 3',
  ],
  ['out of range', 'a network too small', 'cluster.podCidr', '10.244.0.0/28', 'is too small', 'use a /24'],
  ['out of range', 'networks that overlap', 'cluster.serviceCidr', '10.244.0.0/20', 'overlaps the podCidr'],

  ['bad duration', 'no unit', 'observability.retention', '30', '"30" is not a duration such as "30d"'],
  ['bad duration', 'two units', 'observability.retention', '1h30m', '"1h30m" is not a duration'],
  ['bad duration', 'negative', 'observability.retention', '-1d', '"-1d" is not a duration'],
  ['bad duration', 'an unknown unit', 'observability.retention', '1y', '"1y" is not a duration'],
  ['bad duration', 'too short to alert on', 'observability.retention', '12h', '"12h" is less than 1d'],
  ['bad duration', 'too rare scrapes', 'observability.scrapeInterval', '2m', '"2m" is not from 5s to 60s'],
  ['bad duration', 'gone within the hour', 'backup.schedules[0].ttl', '5m', '"5m" is less than 1h'],

  ['bad quantity', 'bytes without a unit', 'observability.storage', '10', '"10" is not an amount of bytes'],
  ['bad quantity', 'an unknown unit', 'observability.storage', '10GB', '"10GB" is not an amount of bytes'],
  ['bad quantity', 'nothing', 'observability.storage', '0Gi', '"0Gi" is not an amount', 'such as "10Gi"'],
  ['bad quantity', 'CPU in bytes', 'namespaces.quota.cpu', '1Gi', '"1Gi" is not an amount of CPU'],
  ['bad quantity', 'part of a millicore', 'namespaces.quota.cpu', '1.5m', '"1.5m" is not an amount of CPU'],
  [
    'bad quantity',
    'a limit below its request',
    'namespaces.limits.limits',
    { cpu: '1m' },
    '"1m" is less than',
  ],

  ['bad word', 'no choice', 'security.enforcement', 'off', '"off" is not one of "advisory", "mandatory"'],
  ['bad word', 'a host name in capitals', 'domain', 'Example.com', '"Example.com" is not a host name'],
  [
    'bad word',
    'a network with host bits',
    'cluster.podCidr',
    '10.1.2.3/16',
    '"10.1.2.3/16" is not a network',
  ],
  ['bad word', 'minute 60', 'backup.schedules[0].cron', '60 2 * * *', '"60 2 * * *" is not a cron schedule'],
  ['bad word', 'the latest image', 'workloads.app.image', 'app:latest', '"app:latest" is not an image'],
  ['bad word', 'an address without @', 'certificates.acme.email', 'ops', '"ops" is not an e-mail address'],
  ['bad word', 'a name of a workload', 'workloads.My', { image }, '"My" is not a name of lower-case'],
  [
    'bad word',
    'a mirror that is no place',
    'charts.mirror',
    'ftp://a',
    '"ftp://a" is not a folder or an https',
  ],
  [
    'bad word',
    'two of one name',
    'backup.schedules',
    [schedule, schedule],
    'schedules[1].name "daily" is taken',
  ],

  [
    'missing',
    'what every stack must say',
    'domain',
    undefined,
    'domain is missing',
    'config set --stack prod',
  ],
  [
    'missing',
    'a number',
    'availability.replicas',
    undefined,
    'replicas is missing',
    'set it: pulumi config set',
  ],
  ['missing', 'what another setting needs', 'certificates.acme', undefined, 'acme.email is missing'],
  ['missing', 'a kind', 'observability.alerts.receivers[0].kind', undefined, 'kind is missing among name'],
  ['missing', 'a kind among odd keys', 'observability.alerts.receivers[0]', { '\n': 0 }, 'among "\\n";'],

  ['secret', 'in plain text', 'backup.credentials', 'hunter2-hunter2', 'is in plain text', '--secret'],
  ['secret', 'of the wrong type', 'backup.credentials', 7, 'is not a text', 'the value is not shown'],
  ['secret', 'that is empty', 'delivery.oidc.clientSecret', '', 'is not a text of 1 to 65536 characters'],
];

it.each(settings)(
  '%s: %s is refused by name, with what was found and is expected',
  (_, __, path, value, ...words) => {
    const raw = changed(rawOf('prod'), keys(`platform:${path}`), value);
    const failure = refusal(stringify({ config: raw }));
    expectClear(failure);
    for (const word of words) expect(failure.message).toContain(word);
    // One problem, and no other that follows from it; it names the setting, or the group that lacks it.
    const [head, problem, ...others] = failure.message.split('\n');
    expect(others).toEqual([]);
    expect(head).toBe('the settings of stack prod are refused, and nothing was touched:');
    const above = path.replace(/\.[^.]+$/, '').replace(/\[1\].*/, '');
    expect(problem).toMatch(/^ {2}prod: platform:/);
    expect(problem).toContain(`platform:${above}`);
    expect(failure.message).not.toContain('hunter2');
    expect(failure.cure).toContain('docs/settings.md');
  },
);

it('shows no text of an area that holds an encrypted value: it may be a secret that is misplaced', () => {
  const secret = changed(rawOf('prod'), keys('platform:backup.credentials'), { secure: 'v1:x' });
  const raw = changed(secret, keys('platform:backup.region'), 'hunter2 hunter2');
  const { message } = refusal(stringify({ config: raw }));
  expect(message).toContain(
    'platform:backup.region the value (not shown) is not a region such as "eu-west-1"',
  );
  expect(message).not.toContain('hunter2');
});

it('tells of all problems of a file at once', () => {
  const wrong = ['network.mtu', 'mesh.mtls', 'backup.region'].reduce(
    (raw, path) => changed(raw, keys(`platform:${path}`), 7),
    rawOf('prod'),
  );
  expect(refusal(stringify({ config: wrong })).message.split('\n')).toHaveLength(4);
});

const bomb =
  'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nconfig: [*c,*c,*c]\n';

const files: [string, string | Buffer, string][] = [
  ['with a tab', text.replace('    replicas', '\treplicas'), 'is not valid YAML: Tabs are not allowed'],
  [
    'with a key twice',
    text.replace('    replicas', '    replicas: 1\n    replicas'),
    'must be unique at line 7',
  ],
  ['with a bracket open', `${text}  platform:mesh: {mode: \n`, 'is not valid YAML: Flow map'],
  ['with the marks of a merge', `<<<<<<< HEAD\n${text}=======\n${text}`, 'is not valid YAML'],
  ['with two documents', `${text}---\n${text}`, 'multiple documents'],
  ['with an alias of nothing', text.replace('replicas: 3', 'replicas: *x'), 'Unresolved alias'],
  ['that unfolds without end', bomb, 'Excessive alias count'],
  ['that holds itself', 'config: &a\n  platform:tenants: *a\n', 'nested too deeply, or within itself'],
  ['that is nested too deeply', `config: ${'['.repeat(20_000)}`, 'nested too deeply, or within itself'],
  ['that is a list', '- a\n- b\n', 'holds a list, expected a map with "config"'],
  ['that is a text', 'hunter2', 'holds a string, expected a map with "config"'],
  ['in UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le'), 'expected a map with "config"'],
  ['of no text', Buffer.from([0, 1, 2, 254, 255]), 'expected a map with "config"'],
  [
    'with config as a list',
    'config: []\n',
    'config in Pulumi.prod.yaml is a list, expected a map of settings',
  ],
  ['with config misspelt', text.replace('config:', 'confg:'), 'has no key "confg", did you mean "config"?'],
  [
    'with a key of no namespace',
    text.replace('platform:domain', 'domain'),
    '"domain" in Pulumi.prod.yaml is no',
  ],
];

it.each(files)('a stack file %s is refused by name', (_, content, words) => {
  const failure = refusal(content);
  expectClear(failure);
  expect(failure.message).toContain(file);
  expect(failure.message).toContain(words);
  expect(failure.message).not.toContain('hunter2');
});

it('a stack file that says nothing lacks what every stack must say', () => {
  for (const content of ['', 'config:\n', 'config: {}\n']) {
    expect(refusal(content).message).toMatch(/domain is missing.*replicas is missing.*bucket is missing/s);
  }
});

it('a stack file that is a folder is refused by name', () => {
  mkdirSync(join(folder, 'Pulumi.odd.yaml'));
  const failure = refusalOf(() => checkSettings('odd', folder));
  expectClear(failure);
  expect(failure.message).toContain('Pulumi.odd.yaml cannot be read');
});

it.each(['nope', '../prod', 'PROD', 'prod.yaml', 'a b', '', '-', 'x'.repeat(300), 'prod\n'])(
  'a stack named %j is refused, with those there are',
  (name) => {
    writeFileSync(join(folder, file), text);
    const failure = refusalOf(() => checkSettings(name, folder));
    expectClear(failure);
    expect(failure.message).toContain(`there is no stack "${name}"`);
    expect(failure.cure).toMatch(/^use STACK=(odd\|)?prod$/);
  },
);
