import { z } from 'zod';
import { choice, flag, group, list, map, port, whole } from '../fields';
import { duration, cidr, dnsLabel, hostname, line, literal, percent } from '../literals';
import { expected } from '../problems';
import { quotaChanges, resources } from './cluster';

/** What runs on the platform: workloads, and the tenants that bring their own. */

const path = literal({ noun: 'a path', example: '/healthz', pattern: /^\/[^\s?#]*$/ });

const image = literal({
  noun: 'an image with a tag other than latest, or a digest,',
  example: 'registry.example.com/shop/api:1.4.2',
  pattern: /^[a-z0-9][-a-z0-9._:/]*(:[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/,
  check: (text) =>
    !text.endsWith(':latest') && (text.includes('@') || !text.split(':').at(-1)?.includes('/')),
  max: 500,
});

const variable = literal({
  noun: 'a variable name',
  example: 'LOG_LEVEL',
  pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
});
const fileName = literal({ noun: 'a file name', example: 'app.yaml', pattern: /^[-\w.]*[-\w][-\w.]*$/ });

/** false, or the given group. */
function unless<S extends z.ZodObject>(settings: S): z.ZodUnion<[z.ZodLiteral<false>, S]> {
  return z.union([z.literal(false), settings], { error: expected('false or a group of settings') });
}

const egress = group({
  cidr: cidr.exactOptional().describe('The network that traffic may go to.'),
  namespace: dnsLabel.exactOptional().describe('The namespace that traffic may go to.'),
  ports: list(port).min(1, { error: 'has no port' }).describe('TCP ports; at least one.'),
});

export const workload = group({
  namespace: dnsLabel.exactOptional().describe("Its namespace. Default: the workload's name."),
  image: image.describe('The image, with a tag (never `latest`) or a digest.'),
  replicas: whole(0, 1000).exactOptional().describe('Pods to run. Default: `availability.replicas`.'),
  progressDeadline: duration
    .default('5m')
    .describe('How long a rollout may stand still before the update fails and says why.'),
  port: port.default(8080).describe('Port that the container listens on.'),
  host: hostname.exactOptional().describe('Host name of its route. Default: `<name>.<domain>`.'),
  route: flag.default(true).describe('Whether the gateway lets requests in from outside.'),
  mesh: flag.default(true).describe("Whether its pods get the mesh's sidecar."),
  env: map(variable, z.string({ error: expected('a text (put numbers in quotes)') }).max(32_768))
    .default({})
    .describe('Environment variables that are not secret.'),
  config: map(fileName, z.string({ error: expected("a file's text") }).max(500_000))
    .default({})
    .describe('Files to mount at /etc/<name>, by file name.'),
  secrets: list(variable)
    .default([])
    .describe(
      'Secrets that the platform generates. Each is a file, whose path is in the variable `<NAME>_FILE`.',
    ),
  resources: resources.prefault({}).describe('What its container asks for and may use.'),
  autoscaling: unless(
    group({
      min: whole(1, 1000).exactOptional().describe('Fewest pods. Default: `replicas`.'),
      max: whole(1, 1000).exactOptional().describe('Most pods. Default: twice the fewest and one more.'),
      cpu: percent.default('70%').describe('CPU use, as a share of the request, that is aimed at.'),
    }),
  )
    .prefault({})
    .describe('How the number of pods follows the load; `false` keeps it at `replicas`.'),
  probes: group({
    readiness: path.default('/readyz').describe('HTTP path that says whether a pod takes requests.'),
    liveness: path.default('/healthz').describe('HTTP path that says whether a pod is alive.'),
  }).prefault({}),
  metrics: unless(
    group({
      path: path.default('/metrics').describe('HTTP path of the Prometheus metrics.'),
      port: port.exactOptional().describe("Their port. Default: the workload's own."),
    }),
  )
    .prefault({})
    .describe('Where Prometheus reads metrics; `false` for a workload that has none.'),
  egress: list(egress)
    .default([])
    .describe(
      'Where its pods may open connections to, beside DNS. Each entry has one of `cidr` and `namespace`.',
    ),
});

export const workloads = map(dnsLabel, workload);

export const tenant = group({
  quota: quotaChanges
    .prefault({})
    .describe('Quota of its namespace. Default, item by item: `namespaces.quota`.'),
  admins: list(line).default([]).describe('Groups of the identity provider that administer its namespace.'),
  podSecurity: choice(['baseline', 'restricted'])
    .exactOptional()
    .describe('Pod Security level of its namespace. Default: `security.podSecurity`.'),
  mesh: flag
    .default(true)
    .describe(
      "Whether its pods get the mesh's sidecar. `false` asks for another level of `mesh-injection` in `security.controls`, too.",
    ),
});

export const tenants = map(dnsLabel, tenant);
