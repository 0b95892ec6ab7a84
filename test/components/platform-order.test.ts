import { CATALOGUE, CHART_NAMES, type ChartName } from '../../components/catalogue';
import {
  chartOf,
  chartsOfGroups,
  crdsOf,
  groupOf,
  type KubeObject,
  objectsOf,
  releaseOf,
  withPods,
} from '../helpers/chart-objects';
import { type Construction, construct, type Recorded } from '../helpers/mocks';
import { isParticular, pairs } from '../helpers/webhooks';
import { stacks } from '../stacks/files';
import { settingsOf } from './settings';

/** The order of the graph: what the sandbox cannot show, since none of its webhooks answers. */

const MORE = {
  'platform:tenants': { team: { admins: ['team-leads'] }, legacy: { mesh: false } },
  'platform:workloads.plain': { image: 'registry.example.com/plain:1.0.0', mesh: false },
  'platform:workloads.shop': { image: 'registry.example.com/shop:1.0.0', config: { 'shop.yaml': 'a: 1' } },
};

describe.each(stacks)('in %s', (stack) => {
  let platform: Construction;

  beforeAll(async () => {
    platform = await construct(settingsOf(stack, MORE));
  });

  test('nothing is made before the marker says that the cluster is its own', () => {
    const marker = platform.one(':ConfigMap', 'platform-owner');
    const provider = platform.one('pulumi:providers:kubernetes', 'cluster');
    const commands = platform.one('pulumi:providers:command', 'commands');
    const early = platform.custom().filter((resource) => !platform.waits(resource, marker));
    expect(names(early)).toEqual(names([marker, provider, commands]));
  });

  test('every object of the cluster is made through the one provider, and no other', () => {
    const provider = platform.one('pulumi:providers:kubernetes', 'cluster');
    const others = platform
      .custom()
      .filter((resource) => resource.type.startsWith('kubernetes:') && resource.provider !== provider.urn);
    expect(names(others)).toEqual([]);
  });

  test('a release waits for its CRDs, those of the kinds it uses, and the releases that its row names', () => {
    for (const chart of installed(platform)) {
      const { after, uses } = CATALOGUE[chart];
      const release = releaseOf(platform, chart);
      const crds = [chart, ...uses]
        .filter((each) => CATALOGUE[each].crds)
        .map((each) => crdsOf(platform, each));
      const expected = [...crds, ...after.map((each) => releaseOf(platform, each))];
      expect([chart, names(missing(platform, release, expected))]).toEqual([chart, []]);
    }
  });

  test('CRDs, and the controls, wait for nothing but the marker', () => {
    const marker = platform.one(':ConfigMap', 'platform-owner');
    const derived = platform.ofType(':Release').filter(({ inputs }) => inputs.namespace === 'kube-system');
    expect(derived.length).toBe(CHART_NAMES.filter((chart) => CATALOGUE[chart].crds).length + 1);
    for (const release of derived)
      expect([release.name, release.dependencies]).toEqual([release.name, [marker.urn]]);
  });

  test('only what something else waits for in Helm’s place is not awaited by it', () => {
    const unawaited = platform.ofType(':Release').filter(({ inputs }) => inputs.skipAwait);
    expect(names(unawaited)).toEqual(['calico', 'cert-manager', 'gatekeeper']);
    expect(releaseOf(platform, 'cert-manager').inputs.values).toMatchObject({
      startupapicheck: { enabled: true, timeout: '10m' },
    });
    expect(releaseOf(platform, 'gatekeeper').inputs.values).toHaveProperty('postInstall.probeWebhook', {
      enabled: true,
      waitTimeout: 600,
      priorityClassName: 'platform-services',
      image: expect.anything() as unknown,
    });
  });

  test('whatever has pods waits for all that their namespaces hold: level, quota, defaults and policies', () => {
    for (const resource of platform.custom()) {
      const pods = objectsOf(resource)
        .flatMap(withPods)
        .filter(({ kind }) => kind === 'Pod');
      for (const namespace of new Set(pods.map(({ metadata }) => metadata.namespace ?? ''))) {
        const expected = contentsOf(platform, namespace);
        expect([resource.name, namespace, names(missing(platform, resource, expected))]).toEqual([
          resource.name,
          namespace,
          [],
        ]);
      }
    }
  });

  test('every object waits for its namespace', () => {
    for (const resource of platform.custom()) {
      const expected = objectsOf(resource).flatMap(({ metadata }) =>
        contentsOf(platform, metadata.namespace ?? '').filter(({ type }) => type.endsWith(':Namespace')),
      );
      expect([resource.name, names(missing(platform, resource, expected))]).toEqual([resource.name, []]);
    }
  });

  test('every custom resource waits for the CRD of its kind, those inside releases too', () => {
    const charts = chartsOfGroups();
    const found = new Set<string>();
    for (const resource of platform.custom()) {
      const groups = [...new Set(objectsOf(resource).map(groupOf))].filter((group) => charts.has(group));
      groups.forEach((group) => found.add(group));
      const expected = groups.map((group) => crdsOf(platform, charts.get(group)!));
      expect([resource.name, names(missing(platform, resource, expected))]).toEqual([resource.name, []]);
    }
    expect([...found].sort()).toEqual([
      'argoproj.io',
      'cert-manager.io',
      'config.gatekeeper.sh',
      'monitoring.coreos.com',
      'networking.istio.io',
      'operator.tigera.io',
      'projectcalico.org',
      'security.istio.io',
      'telemetry.istio.io',
      'velero.io',
    ]);
  });

  test('what a webhook guards waits for the release that answers, and so is deleted before it', () => {
    const guarded = pairs(platform).filter(({ webhook }) => isParticular(webhook));
    const early = guarded.filter(({ resource, server }) => !platform.waits(resource, server));
    expect(early.map(({ text }) => text)).toEqual([]);
    expect([...new Set(guarded.map(({ kind, server }) => `${server.name}: ${kind}`))].sort()).toEqual([
      'cert-manager: Certificate',
      'cert-manager: ClusterIssuer',
      'cert-manager: Issuer',
      'istiod: AuthorizationPolicy',
      'istiod: Gateway',
      'istiod: PeerAuthentication',
      'istiod: Pod',
      'istiod: Telemetry',
      'istiod: VirtualService',
    ]);
  });

  test('the Prometheus operator’s webhook holds nothing up: the API server goes on without its answer', () => {
    expect(releaseOf(platform, 'kube-prometheus-stack').inputs.values).toHaveProperty(
      'prometheusOperator.admissionWebhooks.failurePolicy',
      'Ignore',
    );
  });

  test('nothing that Gatekeeper’s webhook guards is made while Gatekeeper starts', () => {
    const guarded = pairs(platform).filter(({ webhook }) => webhook.server === 'gatekeeper');
    const meanwhile = guarded.filter(
      ({ resource, server }) => !platform.waits(resource, server) && !platform.waits(server, resource),
    );
    expect(meanwhile.map(({ text }) => text)).toEqual([]);
    expect(guarded.length).toBeGreaterThan(100);
  });

  test('Gatekeeper comes after every other release and before every workload', () => {
    const gatekeeper = releaseOf(platform, 'gatekeeper');
    const others = platform.ofType(':Release').filter((release) => release !== gatekeeper);
    expect(names(missing(platform, gatekeeper, others))).toEqual([]);
    const deployments = platform.ofType(':Deployment');
    expect(names(deployments)).toEqual(['app', 'plain', 'shop']);
    expect(names(deployments.filter((each) => !platform.waits(each, gatekeeper)))).toEqual([]);
  });

  test('pods of the mesh wait for the control plane and for the agent that redirects their traffic', () => {
    const agents = [releaseOf(platform, 'istiod'), releaseOf(platform, 'cni')];
    const meshed = platform
      .ofType('core/v1:Namespace')
      .filter(
        ({ inputs }) => (inputs as unknown as KubeObject).metadata.labels?.['istio-injection'] === 'enabled',
      );
    expect(names(meshed)).toEqual(['app', 'istio-ingress', 'shop', 'team']);
    const inMesh = (resource: Recorded): boolean =>
      objectsOf(resource)
        .flatMap(withPods)
        .some(({ kind, metadata }) => kind === 'Pod' && names(meshed).includes(metadata.namespace ?? ''));
    const started = platform.custom().filter(inMesh);
    expect(names(started)).toEqual(['app', 'istio-ingress', 'shop']);
    for (const resource of started) expect(names(missing(platform, resource, agents))).toEqual([]);
  });

  test('every pod waits for the network, where the platform brings it', () => {
    const network = releaseOf(platform, 'tigera-operator');
    const early = platform.custom().filter(
      (resource) =>
        resource !== network &&
        objectsOf(resource)
          .flatMap(withPods)
          .some(({ kind }) => kind === 'Pod') &&
        !platform.waits(resource, network),
    );
    expect(names(early)).toEqual([]);
  });

  test('the cluster-wide default-deny policy comes last, after its own webhook, with only the check behind it', () => {
    const isolation = platform.one(':GlobalNetworkPolicy', 'default-deny');
    const beside = ['default-deny', 'default-deny-requests', 'smoke-check', 'commands'];
    const others = platform.custom().filter(({ name }) => !beside.includes(name));
    expect(names(missing(platform, isolation, others))).toEqual([]);
    // The operator makes that webhook of this object.
    expect(platform.waits(isolation, platform.one(':APIServer', 'network-api-server'))).toBe(true);
  });

  test('the smoke check comes after everything', () => {
    const check = platform.one(':Command', 'smoke-check');
    const others = platform.custom().filter(({ name }) => name !== 'smoke-check');
    expect(names(missing(platform, check, others))).toEqual([]);
  });
});

function installed(platform: Construction): ChartName[] {
  return platform.ofType(':Release').flatMap((release) => chartOf(release) ?? []);
}

/** A namespace that the platform makes, and what it makes in it at once; nothing for another one. */
function contentsOf(platform: Construction, namespace: string): Recorded[] {
  const component = platform.resources.find(
    ({ name, type }) => type === 'platform:foundation:Namespace' && name === namespace,
  );
  return platform.resources.filter(({ custom: isCustom, parent }) => isCustom && parent === component?.urn);
}

/** Those of `expected` that a resource does not wait for. */
function missing(platform: Construction, resource: Recorded, expected: Recorded[]): Recorded[] {
  return expected.filter((each) => each !== resource && !platform.waits(resource, each));
}

function names(resources: Recorded[]): string[] {
  return resources.map(({ name }) => name).sort();
}
