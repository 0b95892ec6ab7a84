import { hosts } from './derive';
import { toNumber, toSeconds } from './literals';
import { overlap } from './networks';
import type { Path } from './paths';
import { missing, shown } from './problems';
import type { Filled } from './schema';

/** What must hold between settings that are each valid on their own. */

/** One broken rule: the setting to change, and what is wrong with it. */
export interface Violation {
  path: Path;
  text: string;
}

interface Rule {
  areas: readonly (keyof Filled)[];
  find: (settings: Filled) => Violation[];
}

/** The areas that a rule reads are named, so that it still runs when only another area is wrong. */
function rule<K extends keyof Filled>(
  areas: readonly K[],
  find: (settings: Pick<Filled, K>) => Violation[],
): Rule {
  return { areas, find };
}

function unless(fine: boolean, text: string, ...path: Path): Violation[] {
  return fine ? [] : [{ path, text }];
}

/** Every later entry whose key an earlier one has. */
function repeated(keys: readonly string[], at: (index: number) => Path): Violation[] {
  return keys.flatMap((key, index) =>
    unless(keys.indexOf(key) === index, `${shown(key)} is taken already; choose another`, ...at(index)),
  );
}

const privateDomain =
  /\.(local|localdomain|localhost|internal|intranet|private|corp|home|lan|test|invalid|arpa)$/;

const systemNamespace = /^(default|kube-.*)$/;

const cluster = rule(['cluster'], ({ cluster: { podCidr, serviceCidr } }) => [
  ...unless(
    !overlap(podCidr, serviceCidr),
    `${shown(serviceCidr)} overlaps the podCidr ${shown(podCidr)}; give them networks apart`,
    'cluster',
    'serviceCidr',
  ),
  ...unless(
    Number(podCidr.split('/')[1]) <= (podCidr.includes(':') ? 112 : 24),
    `${shown(podCidr)} is too small for a cluster; use a /24 (IPv6: a /112) or larger`,
    'cluster',
    'podCidr',
  ),
]);

// The Tigera operator refuses an Installation that breaks this, at run time.
const encapsulation = rule(['network'], ({ network }) =>
  unless(
    network.mode !== 'managed' || network.bgp || !['IPIP', 'None'].includes(network.encapsulation),
    `${shown(network.encapsulation)} needs BGP; set network.bgp to true, or use VXLANCrossSubnet`,
    'network',
    'encapsulation',
  ),
);

const acme = rule(['certificates', 'domain', 'mesh'], ({ certificates, domain, mesh }) =>
  certificates.issuer !== 'acme'
    ? []
    : [
        ...unless(certificates.acme !== undefined, missing, 'certificates', 'acme', 'email'),
        ...unless(
          !privateDomain.test(domain),
          `"acme" cannot certify the private domain ${shown(domain)}; use a public one, or "self-signed"`,
          'certificates',
          'issuer',
        ),
        ...unless(
          mesh.mode !== 'off',
          '"acme" proves host names through the mesh\'s gateway, and the mesh is off; use "self-signed"',
          'certificates',
          'issuer',
        ),
      ],
);

/** A namespace has one label for injection, so workloads that share it share the mesh too. */
const neighbours = rule(['workloads'], (settings) => {
  const entries = Object.entries(settings.workloads).map(([name, { mesh, namespace = name }]) => ({
    name,
    mesh,
    namespace,
  }));
  return entries.flatMap(({ name, mesh, namespace }) => {
    const other = entries.find((entry) => entry.namespace === namespace);
    const text = `${String(mesh)} differs from workload ${shown(other?.name)} in the same namespace; give them one each`;
    return unless(other?.mesh === mesh, text, 'workloads', name, 'mesh');
  });
});

const gateway = rule(
  ['availability', 'mesh'],
  ({
    availability,
    mesh: {
      gateway: { minReplicas, maxReplicas },
    },
  }) => {
    const least = minReplicas ?? availability.replicas;
    return unless(
      maxReplicas === undefined || maxReplicas >= least,
      `${shown(maxReplicas)} is less than the fewest, ${String(least)}; raise it, or lower minReplicas`,
      'mesh',
      'gateway',
      'maxReplicas',
    );
  },
);

const observability = rule(['observability'], ({ observability: { retention, scrapeInterval, alerts } }) => [
  ...unless(
    toSeconds(retention) >= toSeconds('1d'),
    `${shown(retention)} is less than 1d; alerts look back that far`,
    'observability',
    'retention',
  ),
  ...unless(
    toSeconds(scrapeInterval) >= 5 && toSeconds(scrapeInterval) <= 60,
    `${shown(scrapeInterval)} is not from 5s to 60s`,
    'observability',
    'scrapeInterval',
  ),
  ...repeated(
    alerts.receivers.map(({ name }) => name),
    (index) => ['observability', 'alerts', 'receivers', index, 'name'],
  ),
]);

const bucket = rule(['backup'], ({ backup: { azure, mode, provider, bucket: name, region, s3Url } }) => {
  if (mode !== 'managed') return [];
  const foreign = (owner: string): string =>
    `has no meaning for the provider "${provider}"; remove it, or set provider to "${owner}"`;
  return [
    ...unless(name !== undefined, missing, 'backup', 'bucket'),
    ...unless(provider !== 'aws' || region !== undefined, missing, 'backup', 'region'),
    ...unless(provider === 'aws' || s3Url === undefined, foreign('aws'), 'backup', 's3Url'),
    ...unless(provider !== 'azure' || azure !== undefined, missing, 'backup', 'azure', 'storageAccount'),
    ...unless(provider === 'azure' || azure === undefined, foreign('azure'), 'backup', 'azure'),
  ];
});

const schedules = rule(['backup'], ({ backup }) => [
  ...backup.schedules.flatMap(({ ttl, namespaces }, index) => [
    ...unless(
      toSeconds(ttl) >= toSeconds('1h'),
      `${shown(ttl)} is less than 1h; backups would be gone before they help`,
      ...['backup', 'schedules', index, 'ttl'],
    ),
    ...unless(
      namespaces.length > 0 && (namespaces.length === 1 || !namespaces.includes('*')),
      'must hold either "*" alone or the names of namespaces',
      ...['backup', 'schedules', index, 'namespaces'],
    ),
  ]),
  ...repeated(
    backup.schedules.map(({ name }) => name),
    (index) => ['backup', 'schedules', index, 'name'],
  ),
]);

const workloads = rule(['workloads'], (settings) =>
  Object.entries(settings.workloads).flatMap(
    ([name, { namespace = name, env, secrets, egress, autoscaling }]) => [
      ...unless(
        !systemNamespace.test(namespace),
        `${shown(namespace)} is a namespace of the cluster's own; choose another`,
        ...['workloads', name, 'namespace'],
      ),
      ...secrets.flatMap((variable, index) =>
        unless(
          !(variable in env) && secrets.indexOf(variable) === index,
          `${shown(variable)} is set already, in env or above; keep one of them`,
          ...['workloads', name, 'secrets', index],
        ),
      ),
      ...egress.flatMap((target, index) =>
        unless(
          (target.cidr === undefined) !== (target.namespace === undefined),
          'must have one of "cidr" and "namespace", not both',
          ...['workloads', name, 'egress', index],
        ),
      ),
      ...unless(
        autoscaling === false || (autoscaling.max ?? Infinity) >= (autoscaling.min ?? 1),
        'has a max less than its min; raise max, or lower min',
        ...['workloads', name, 'autoscaling'],
      ),
    ],
  ),
);

const limits = rule(['workloads', 'namespaces'], (settings) =>
  [
    { at: ['namespaces', 'limits'], resources: settings.namespaces.limits },
    ...Object.entries(settings.workloads).map(([name, { resources }]) => ({
      at: ['workloads', name, 'resources'],
      resources,
    })),
  ].flatMap(({ at, resources: { requests, limits: most } }) =>
    (['cpu', 'memory', 'ephemeral-storage'] as const).flatMap((item) =>
      unless(
        toNumber(most[item]) >= toNumber(requests[item]),
        `${shown(most[item])} is less than the request, ${shown(requests[item])}; raise it, or lower the request`,
        ...[...at, 'limits', item],
      ),
    ),
  ),
);

const tenants = rule(['tenants', 'workloads'], (settings) =>
  Object.keys(settings.tenants).flatMap((name) => [
    ...unless(
      !systemNamespace.test(name),
      "is a namespace of the cluster's own; choose another name",
      'tenants',
      name,
    ),
    ...Object.entries(settings.workloads).flatMap(([workload, { namespace = workload }]) =>
      unless(
        namespace !== name,
        `${shown(name)} is the namespace of a tenant; choose another, or let the tenant deliver the workload`,
        ...['workloads', workload, 'namespace'],
      ),
    ),
  ]),
);

const routes = rule(['domain', 'mesh', 'observability', 'delivery', 'workloads'], (settings) => {
  const taken = hosts(settings);
  return repeated(
    taken.map(({ host }) => host),
    (index) => taken[index]?.path ?? [],
  );
});

// A Gatekeeper that the stack only uses as it is gets no constraints, and so would enforce nothing.
const enforcers = rule(['policy'], ({ policy: { admission, audit, mode } }) => [
  ...unless(
    mode === 'managed' || admission !== 'gatekeeper',
    `"gatekeeper" needs one of the platform's own, and policy.mode is "${mode}"; set that to "managed", or leave admission to "kubernetes"`,
    'policy',
    'admission',
  ),
  ...unless(
    mode === 'managed' || !audit,
    `true needs a Gatekeeper of the platform's own, and policy.mode is "${mode}"; set that to "managed", or audit to false`,
    'policy',
    'audit',
  ),
]);

const rules: readonly Rule[] = [
  enforcers,
  cluster,
  encapsulation,
  acme,
  gateway,
  observability,
  bucket,
  schedules,
  workloads,
  limits,
  tenants,
  neighbours,
  routes,
];

/** Every broken rule among those whose areas are all given. */
export function violations(settings: Partial<Filled>): Violation[] {
  return rules
    .filter(({ areas }) => areas.every((area) => settings[area] !== undefined))
    .flatMap(({ find }) => find(settings as Filled));
}
