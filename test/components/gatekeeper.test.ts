import { unknownPaths } from '../../components/charts/value-keys';
import { configSpec, gatekeeperValues } from '../../components/policy/gatekeeper';
import { loadValueKeys } from '../helpers/value-keys';
import { settingsOf } from './settings';

const exempted = (stack: string, changes = {}): unknown =>
  (
    gatekeeperValues(settingsOf(stack, changes)) as {
      validatingWebhookExemptNamespacesLabels: Record<string, string[]>;
    }
  ).validatingWebhookExemptNamespacesLabels['kubernetes.io/metadata.name'];

test('gives the chart no value that it does not read', () => {
  // Documented by the chart and read by its template, though not among its defaults.
  expect(unknownPaths(gatekeeperValues(settingsOf('prod')), loadValueKeys('gatekeeper'))).toEqual([
    'emitAdmissionEvents',
    'defaultCreateVAPForTemplates',
    'defaultCreateVAPBindingForConstraints',
  ]);
});

test('runs three webhooks in prod, of which a drain leaves two', () => {
  const values = gatekeeperValues(settingsOf('prod'));
  expect(values).toMatchObject({ replicas: 3, pdb: { controllerManager: { minAvailable: 2 } } });
  expect(values).toMatchObject({
    controllerManager: {
      topologySpreadConstraints: [
        { topologyKey: 'topology.kubernetes.io/zone' },
        { topologyKey: 'kubernetes.io/hostname' },
      ],
    },
  });
});

test('runs one webhook in local, and blocks no drain even where budgets are asked for', () => {
  for (const changes of [{}, { 'platform:availability.podDisruptionBudgets': true }]) {
    expect(gatekeeperValues(settingsOf('local', changes))).toMatchObject({
      replicas: 1,
      pdb: { controllerManager: { minAvailable: 0 } },
      controllerManager: { topologySpreadConstraints: [] },
    });
  }
});

test('refuses or lets pass while it is away, as the stack says', () => {
  expect(gatekeeperValues(settingsOf('prod'))).toMatchObject({ validatingWebhookFailurePolicy: 'Fail' });
  expect(gatekeeperValues(settingsOf('dev'))).toMatchObject({ validatingWebhookFailurePolicy: 'Ignore' });
});

test('audits as often as the stack says, in seconds', () => {
  expect(gatekeeperValues(settingsOf('prod', { 'platform:policy.auditInterval': '5m' }))).toMatchObject({
    auditInterval: 300,
  });
});

test('never stands in the way of the cluster’s own namespaces, of the pod network or of pods that move volumes', () => {
  expect(exempted('prod', { 'platform:policy.exemptNamespaces': { legacy: 'moved by June' } })).toEqual([
    'kube-node-lease',
    'kube-public',
    'kube-system',
    'legacy',
    'calico-system',
    'tigera-operator',
    'velero',
  ]);
});

test('audits the pod network, which admission leaves alone', () => {
  expect(
    configSpec(settingsOf('prod', { 'platform:policy.exemptNamespaces': { legacy: 'moved by June' } })),
  ).toEqual({
    match: [
      {
        excludedNamespaces: ['kube-node-lease', 'kube-public', 'kube-system', 'gatekeeper-system', 'legacy'],
        processes: ['*'],
      },
    ],
  });
});

test('is not asked about heartbeats and kubelets', () => {
  expect(gatekeeperValues(settingsOf('prod'))).toMatchObject({
    validatingWebhookMatchConditions: [
      { expression: 'request.resource.group != "coordination.k8s.io"' },
      { expression: '!("system:nodes" in request.userInfo.groups)' },
    ],
  });
});

test('says what it denies, where it happens', () => {
  expect(gatekeeperValues(settingsOf('prod'))).toMatchObject({
    logDenies: true,
    emitAdmissionEvents: true,
    admissionEventsInvolvedNamespace: true,
  });
});

test('changes nothing and calls nobody', () => {
  expect(gatekeeperValues(settingsOf('prod'))).toMatchObject({
    disableMutation: true,
    enableExternalData: false,
  });
});

test('touches neither CRDs nor namespaces after an installation, but waits until the webhook answers', () => {
  expect(gatekeeperValues(settingsOf('prod'))).toMatchObject({
    upgradeCRDs: { enabled: false },
    postInstall: { labelNamespace: { enabled: false }, probeWebhook: { enabled: true } },
  });
});

test('takes every image from the private registry, with its pull Secret', () => {
  const settings = settingsOf('prod', {
    'platform:images.registry': 'registry.example.com/mirror',
    'platform:images.pullSecret': 'registry-pull',
  });
  const pullSecrets = [{ name: 'registry-pull' }];
  expect(gatekeeperValues(settings)).toMatchObject({
    image: { repository: 'registry.example.com/mirror/openpolicyagent/gatekeeper', pullSecrets },
    postInstall: {
      probeWebhook: {
        image: { repository: 'registry.example.com/mirror/curlimages/curl', pullSecrets },
      },
    },
  });
});
