import { stacks } from '../stacks/files';
import { type Construction, construct } from '../helpers/mocks';
import { settingsOf } from './settings';

/** Who may ask what in the mesh, and what gives way to what. */

const MORE = {
  'platform:tenants': { team: {}, legacy: { mesh: false } },
  'platform:workloads.worker': { image: 'registry.example.com/worker:1.0.0', route: false },
  'platform:workloads.plain': { image: 'registry.example.com/plain:1.0.0', mesh: false },
};

const policiesOf = (platform: Construction): Record<string, unknown> =>
  Object.fromEntries(
    platform.ofType(':AuthorizationPolicy').map(({ inputs }) => {
      const { metadata, spec } = inputs as { metadata: { name: string; namespace: string }; spec: unknown };
      return [`${metadata.namespace}/${metadata.name}`, spec];
    }),
  );

const fromNamespaces = (...namespaces: string[]): unknown => [{ from: [{ source: { namespaces } }] }];

describe.each(stacks)('in %s', (stack) => {
  let platform: Construction;

  beforeAll(async () => {
    platform = await construct(settingsOf(stack, MORE));
  });

  test('nobody may ask anything in the mesh but what a policy lets in: the gateway, and a tenant its own', () => {
    expect(policiesOf(platform)).toEqual({
      'istio-system/default-deny': {},
      'istio-ingress/anyone-to-gateway': { selector: { matchLabels: { istio: 'ingress' } }, rules: [{}] },
      'app/app': { selector: { matchLabels: { app: 'app' } }, rules: fromNamespaces('istio-ingress') },
      'worker/worker': { selector: { matchLabels: { app: 'worker' } } },
      'team/allow-gateway-and-namespace': { rules: fromNamespaces('istio-ingress', 'team') },
    });
  });

  test('what is denied to all is denied last, when what lets in is there', () => {
    const deny = platform.one(':AuthorizationPolicy', 'default-deny-requests');
    const others = platform.ofType(':AuthorizationPolicy').filter((each) => each !== deny);
    expect(others.filter((each) => !platform.waits(deny, each))).toEqual([]);
  });

  test('the classes that pods name are there before any namespace', () => {
    const classes = platform.ofType(':PriorityClass');
    expect(classes.map(({ name }) => name).sort()).toEqual(['platform-services', 'platform-workloads']);
    for (const namespace of platform.ofType('core/v1:Namespace')) {
      expect(classes.filter((each) => !platform.waits(namespace, each))).toEqual([]);
    }
  });

  test('a workload finds its secrets in files, and their paths in its environment', () => {
    const { spec } = platform.one(':Deployment', 'app').inputs as {
      spec: { template: { spec: { containers: { env: object[]; volumeMounts: object[] }[] } } };
    };
    const [container] = spec.template.spec.containers;
    expect(container!.env).toContainEqual({
      name: 'SESSION_KEY_FILE',
      value: '/run/secrets/app/SESSION_KEY',
    });
    expect(JSON.stringify(container!.env)).not.toContain('secretKeyRef');
    expect(container!.volumeMounts).toContainEqual(
      expect.objectContaining({ name: 'app-secrets', mountPath: '/run/secrets/app' }),
    );
  });
});

test('the pods that answer an ACME server have an account without a token, there before they are asked for', async () => {
  const platform = await construct(settingsOf('prod'));
  const account = platform.one(':ServiceAccount', 'mesh-acme-solver');
  expect(account.inputs).toMatchObject({
    metadata: { name: 'acme-solver', namespace: 'istio-ingress' },
    automountServiceAccountToken: false,
  });
  expect(platform.waits(platform.one(':Certificate', 'mesh-gateway-certificate'), account)).toBe(true);
  const local = await construct(settingsOf('local'));
  expect(local.ofType(':ServiceAccount').map(({ name }) => name)).not.toContain('mesh-acme-solver');
});

test('where there is no mesh, there are no policies of it', async () => {
  const platform = await construct(settingsOf('prod', { ...MORE, 'platform:mesh.mode': 'off' }));
  expect(policiesOf(platform)).toEqual({});
});
