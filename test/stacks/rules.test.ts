import { app, problems, settings } from './least';

const oidc = { issuer: 'https://id.example.com', clientId: 'x', clientSecret: 'hidden' };
const slack = { name: 'a', kind: 'slack', channel: '#a', secret: 'hidden' };

test.each<[string, Record<string, unknown>, RegExp]>([
  ['networks that overlap', { 'cluster.podCidr': '10.96.0.0/16' }, /serviceCidr "10.96.0.0\/12" overlaps/],
  [
    'a pod network too small',
    { 'cluster.podCidr': '10.244.0.0/28' },
    /podCidr "10.244.0.0\/28" is too small/,
  ],
  [
    'a Kubernetes too old',
    { 'cluster.kubernetesVersion': '1.29' },
    /kubernetesVersion "1.29" is not .* 1.30 or later/,
  ],
  [
    'a version that YAML made a number',
    { 'cluster.kubernetesVersion': 1.3 },
    /kubernetesVersion 1.3 is not .* in quotes/,
  ],
  ['IPIP without BGP', { 'network.encapsulation': 'IPIP' }, /encapsulation "IPIP" needs BGP/],
  [
    'ACME without an e-mail address',
    { 'certificates.issuer': 'acme' },
    /certificates.acme.email is missing; set it/,
  ],
  [
    'ACME for a private domain',
    { domain: 'a.internal', certificates: { issuer: 'acme', acme: { email: 'a@b' } } },
    /certificates.issuer "acme" cannot certify the private domain "a.internal"/,
  ],
  [
    'ACME without the gateway that answers its challenges',
    {
      domain: 'a.example.com',
      'mesh.mode': 'off',
      certificates: { issuer: 'acme', acme: { email: 'a@example.com' } },
    },
    /certificates.issuer "acme" proves host names through the mesh's gateway/,
  ],
  [
    'neighbours of which one is in the mesh',
    {
      'workloads.app': { ...app, namespace: 'shop' },
      'workloads.two': { ...app, namespace: 'shop', host: 'two.example.com', mesh: false },
    },
    /workloads.two.mesh false differs from workload "app" in the same namespace/,
  ],
  [
    'more gateways at least than at most',
    { 'mesh.gateway.maxReplicas': 1 },
    /maxReplicas 1 is less than the fewest, 2/,
  ],
  ['metrics gone within a day', { 'observability.retention': '12h' }, /retention "12h" is less than 1d/],
  ['scrapes too rare', { 'observability.scrapeInterval': '2m' }, /scrapeInterval "2m" is not from 5s to 60s/],
  [
    'a receiver twice',
    { 'observability.alerts': { receivers: [slack, slack] } },
    /receivers\[1\].name "a" is taken/,
  ],
  [
    'a receiver of no kind',
    { 'observability.alerts': { receivers: [{ ...slack, kind: 'slak' }] } },
    /receivers\[0\].kind is not one of "slack"/,
  ],
  ['a region missing', { 'backup.region': undefined }, /backup.region is missing; set it/],
  [
    'an S3 address for Google',
    { 'backup.s3Url': 'https://a', 'backup.provider': 'gcp' },
    /s3Url has no meaning/,
  ],
  [
    'Azure without a storage account',
    { 'backup.provider': 'azure' },
    /backup.azure.storageAccount is missing; set it/,
  ],
  [
    'a storage account for AWS',
    { 'backup.azure': { storageAccount: 'backups', resourceGroup: 'backups' } },
    /backup.azure has no meaning for the provider "aws"/,
  ],
  [
    'a storage account with capitals',
    { 'backup.azure': { storageAccount: 'Backups', resourceGroup: 'backups' }, 'backup.provider': 'azure' },
    /storageAccount "Backups" is not a storage account such as "examplebackups"/,
  ],
  [
    'backups gone within the hour',
    { 'backup.schedules': [{ name: 'a', cron: '@daily', ttl: '5m' }] },
    /schedules\[0\].ttl "5m" is less than 1h/,
  ],
  [
    'an OIDC provider in the clear',
    { 'delivery.oidc': { ...oidc, issuer: 'http://id' } },
    /oidc.issuer the value \(not shown\) is not an https URL/,
  ],
  [
    'an image without a tag',
    { 'workloads.app': { image: 'registry.example.com:5000/app' } },
    /app.image "registry.*" is not an image/,
  ],
  [
    'the latest image',
    { 'workloads.app': { image: 'app:latest' } },
    /app.image "app:latest" is not an image/,
  ],
  [
    'two workloads at one host',
    { 'workloads.app': app, 'workloads.b': { ...app, host: 'app.platform.example.com' } },
    /workloads.b.host "app.platform.example.com" is taken/,
  ],
  [
    "a workload at Grafana's host",
    { 'workloads.grafana': app },
    /workloads.grafana.host "grafana.platform.example.com" is taken/,
  ],
  [
    "a workload in the cluster's own namespace",
    { 'workloads.app': { ...app, namespace: 'kube-system' } },
    /app.namespace "kube-system" is a namespace of the cluster's own/,
  ],
  [
    "a workload in a tenant's namespace",
    { 'workloads.app': app, 'tenants.app': {} },
    /workloads.app.namespace "app" is the namespace of a tenant/,
  ],
  [
    'a variable that is both plain and secret',
    { 'workloads.app': { ...app, env: { A: '1' }, secrets: ['A'] } },
    /secrets\[0\] "A" is set already/,
  ],
  [
    'egress to everywhere and nowhere',
    { 'workloads.app': { ...app, egress: [{ ports: [443] }] } },
    /egress\[0\] must have one of "cidr" and "namespace"/,
  ],
  [
    'a limit below its request',
    { 'workloads.app': { ...app, resources: { limits: { cpu: '50m' } } } },
    /limits.cpu "50m" is less than the request, "100m"/,
  ],
  [
    'CPU in bytes',
    { 'workloads.app': { ...app, resources: { limits: { cpu: '1Gi' } } } },
    /limits.cpu "1Gi" is not an amount of CPU/,
  ],
  [
    'a workload name that is no name',
    { workloads: { 'My App': app } },
    /workloads\["My App"\] "My App" is not a name/,
  ],
  [
    'a number as a variable',
    { 'workloads.app': { ...app, env: { A: 1 } } },
    /env.A 1 is not a text \(put numbers in quotes\)/,
  ],
  [
    'admission by a Gatekeeper that gets no constraints',
    { 'policy.mode': 'existing', 'policy.admission': 'gatekeeper' },
    /policy.admission "gatekeeper" needs one of the platform's own, and policy.mode is "existing"; set that to "managed"/,
  ],
  [
    'an audit by one that gets none',
    { 'policy.mode': 'existing', 'policy.audit': true },
    /policy.audit true needs a Gatekeeper of the platform's own, and policy.mode is "existing"/,
  ],
  [
    'admission by a Gatekeeper that there is not',
    { 'policy.mode': 'off', 'policy.admission': 'gatekeeper' },
    /policy.admission "gatekeeper" needs one .* policy.mode is "off"/,
  ],
  [
    'exempt namespaces without a reason',
    { 'policy.exemptNamespaces': ['legacy'] },
    /policy.exemptNamespaces a list is not a map of namespaces, each with the reason for it/,
  ],
  [
    'an exempt namespace with an empty reason',
    { 'policy.exemptNamespaces': { legacy: '' } },
    /policy.exemptNamespaces.legacy "" is not a line of text/,
  ],
  ['an area that is no group', { mesh: 'off' }, /platform:mesh "off" is not a group of settings/],
])('%s: refused', (_, changes, line) => {
  const found = problems(() => settings(changes));
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(line);
});

test('a rule still runs when another area is wrong', () => {
  const found = problems(() => settings({ 'cluster.podCidr': '10.96.0.0/16', 'network.mtu': 1 }));
  expect(found).toHaveLength(2);
});
