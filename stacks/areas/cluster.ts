import { choice, controlParameters, flag, group, list, map, secret, whole } from '../fields';
import { DEFAULT_KUBERNETES_VERSION } from '../kubernetes';
import { duration, cidr, hostname, kubernetesMinor, line, literal, bytes, cores } from '../literals';

/** The cluster itself, and what holds for all of it. */

const fileName = /^[^\n{]+$/;

export const cluster = group({
  kubeconfig: secret(
    "How to reach the cluster: a kubeconfig's path, or its content (which is secret). Without it, KUBECONFIG or ~/.kube/config",
    {
      optional: true,
      holds: (text) => !fileName.test(text),
    },
  ),
  context: line.exactOptional().describe("The kubeconfig's context. Without it, its current one."),
  kubernetesVersion: kubernetesMinor
    .default(DEFAULT_KUBERNETES_VERSION)
    .describe(
      'The Kubernetes minor version that charts are rendered for. The cluster must run it or a newer one.',
    ),
  provider: choice(['generic', 'eks', 'gke', 'aks'])
    .default('generic')
    .describe('Where the cluster runs; `generic` is any conformant one.'),
  podCidr: cidr.default('10.244.0.0/16').describe('The network of pods. It cannot change in a live cluster.'),
  serviceCidr: cidr
    .default('10.96.0.0/12')
    .describe('The network of Services. It cannot change in a live cluster.'),
  dnsDomain: hostname.default('cluster.local').describe("The cluster's own DNS domain."),
  apiServerCidrs: list(cidr)
    .default([])
    .describe('The networks of the API server, for network policies. Empty means any address on its ports.'),
  storageClass: line
    .exactOptional()
    .describe("The storage class of every volume. Without it, the cluster's default."),
});

export const availability = group({
  replicas: whole(1, 9).describe('Replicas of each component that can have several, and of each workload.'),
  zones: whole(1, 9)
    .default(1)
    .describe('Zones that the nodes are in; with several, replicas spread over them.'),
  podDisruptionBudgets: flag
    .exactOptional()
    .describe('Whether a drain of nodes must leave replicas running. Default: with two replicas or more.'),
});

export const security = group({
  podSecurity: choice(['baseline', 'restricted'])
    .default('restricted')
    .describe('The Pod Security level that namespaces of workloads and tenants enforce.'),
  enforcement: choice(['advisory', 'mandatory'])
    .default('mandatory')
    .describe('What a violated control does: warn and audit (`advisory`) or refuse (`mandatory`).'),
  controls: map(line, choice(['advisory', 'mandatory', 'remediate', 'disabled']))
    .default({})
    .describe(
      'Controls, by id, whose level is another one in this stack; `remediate` mends typed objects before they are made.',
    ),
  parameters: map(line, controlParameters)
    .default({})
    .describe(
      'Parameters of controls, by id and name, such as the registries that images may come from; docs/controls has them.',
    ),
  expiredExemptions: choice(['refuse', 'warn'])
    .default('refuse')
    .describe('What comes of an exemption that is over: its control holds again, or is warned of.'),
});

export const protection = group({
  enabled: flag
    .default(false)
    .describe('Whether `destroy`, and any replacement, of namespaces, CRDs and volumes is refused.'),
  allowChanges: list(line)
    .default([])
    .describe(
      'Settings that may change though what lives on the cluster is lost by it, such as `cluster.podCidr`; the refusal names them.',
    ),
  allowReplacements: list(line)
    .default([])
    .describe(
      'Objects that `make up` may delete and make anew though what they hold is lost by it, such as `Namespace app`; the refusal names them.',
    ),
});

export const charts = group({
  mirror: literal({
    noun: 'a folder or an https, http or oci URL',
    example: 'oci://registry.example.com/charts',
    pattern: /^((https?|oci):\/\/[^\s/?#]+\S*|[^\s:]([^:\n]*[^\s:])?)$/,
    max: 1000,
  })
    .exactOptional()
    .describe(
      'Where charts come from instead of their upstream repositories. Archives are checked by digest anyway.',
    ),
  timeout: duration
    .default('10m')
    .describe("How long the objects of a chart's release may take to become ready before the update fails."),
  requireLocked: flag
    .default(true)
    .describe(
      'Whether a chart whose digest is not recorded in charts.lock.json is refused, or only warned of, as the sandbox does.',
    ),
});

export const images = group({
  registry: literal({
    noun: 'a registry host, with an optional port and path,',
    example: 'registry.example.com/mirror',
    pattern: /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[1-9][0-9]{0,4})?(\/[a-z0-9]([-a-z0-9._]*[a-z0-9])?)*$/,
  })
    .exactOptional()
    .describe('The registry, and path in it, that replaces the registries of all upstream images.'),
  pullSecret: literal({
    noun: 'the name of a Secret',
    example: 'registry-pull',
    pattern: /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
  })
    .exactOptional()
    .describe('The image pull Secret that pods name; it must exist in each of their namespaces.'),
});

const totals = {
  cpu: cores.describe('Sum of CPU requests, in cores.'),
  memory: bytes.describe('Sum of memory requests, and of memory limits.'),
  pods: whole(1, 10_000).describe('Pods that have not ended.'),
  services: whole(0, 10_000).describe('Services.'),
  loadBalancers: whole(0, 100).describe('Services of type LoadBalancer.'),
  claims: whole(0, 10_000).describe('Volume claims.'),
  storage: bytes.describe('Sum of the storage that volume claims ask for.'),
};

/** Totals over a namespace. */
export const quota = group({
  cpu: totals.cpu.default('32'),
  memory: totals.memory.default('64Gi'),
  pods: totals.pods.default(200),
  services: totals.services.default(50),
  loadBalancers: totals.loadBalancers.default(2),
  claims: totals.claims.default(20),
  storage: totals.storage.default('1Ti'),
});

/** The totals that differ from the stack's `namespaces.quota`. */
export const quotaChanges = group({
  cpu: totals.cpu.exactOptional(),
  memory: totals.memory.exactOptional(),
  pods: totals.pods.exactOptional(),
  services: totals.services.exactOptional(),
  loadBalancers: totals.loadBalancers.exactOptional(),
  claims: totals.claims.exactOptional(),
  storage: totals.storage.exactOptional(),
});

/** What a container asks for and may use. */
export const resources = group({
  requests: group({
    cpu: cores.default('100m').describe('CPU that the scheduler reserves, in cores.'),
    memory: bytes.default('128Mi').describe('Memory that the scheduler reserves, in bytes.'),
    'ephemeral-storage': bytes
      .default('64Mi')
      .describe(
        "Room for its logs and scratch files on the node's disk that the scheduler reserves, in bytes.",
      ),
  }).prefault({}),
  limits: group({
    cpu: cores.default('1').describe('CPU above which the container is slowed down, in cores.'),
    memory: bytes.default('512Mi').describe('Memory above which the container is killed, in bytes.'),
    'ephemeral-storage': bytes
      .default('1Gi')
      .describe("Room on the node's disk above which the pod is evicted, in bytes."),
  }).prefault({}),
});

export const namespaces = group({
  quota: quota.prefault({}).describe('The quota of a namespace that has none of its own.'),
  limits: resources.prefault({}).describe('What a container gets that names no requests or limits.'),
});
