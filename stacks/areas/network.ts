import { z } from 'zod';
import { choice, flag, group, helmValues, map, mode, whole } from '../fields';
import { dnsLabel, duration, email, httpsUrl, line, percent } from '../literals';
import { expected } from '../problems';

/** Network, certificates, mesh and the two guards, policy and runtime security. */

export const network = group({
  mode: mode.describe(
    'Who runs Calico. `existing` keeps the CNI of the cluster; Calico is never put over another.',
  ),
  encapsulation: choice(['VXLAN', 'VXLANCrossSubnet', 'IPIP', 'None'])
    .default('VXLANCrossSubnet')
    .describe(
      'How pod traffic travels between nodes; `VXLANCrossSubnet` wraps it only where routers are between.',
    ),
  mtu: whole(1280, 9216)
    .exactOptional()
    .describe('MTU of pod interfaces, in bytes. Without it, Calico finds it.'),
  bgp: flag.default(false).describe('Whether nodes exchange routes over BGP. IPIP and None need it.'),
  values: helmValues.exactOptional(),
});

export const certificates = group({
  mode: mode.describe('Who runs cert-manager.'),
  issuer: choice(['self-signed', 'acme'])
    .default('self-signed')
    .describe('Who signs the certificates of the gateway: a CA made in the cluster, or an ACME server.'),
  acme: group({
    email: email.describe('Where the ACME server sends its warnings.'),
    server: httpsUrl
      .default('https://acme-v02.api.letsencrypt.org/directory')
      .describe("The ACME server's directory."),
    solver: choice(['http01']).default('http01').describe('How control of a host name is proven.'),
  })
    .exactOptional()
    .describe('Required by the issuer `acme`.'),
  values: helmValues.exactOptional(),
});

export const mesh = group({
  mode: mode.describe('Who runs Istio. `off` leaves out sidecars, the gateway and every route through it.'),
  mtls: choice(['STRICT', 'PERMISSIVE'])
    .default('STRICT')
    .describe('Whether sidecars refuse plain-text traffic (`STRICT`) or still take it (`PERMISSIVE`).'),
  accessLogs: flag.default(true).describe('Whether proxies log each request.'),
  tracingSampling: percent.default('1%').describe('Share of requests that are traced.'),
  gateway: group({
    service: choice(['LoadBalancer', 'NodePort', 'ClusterIP'])
      .default('LoadBalancer')
      .describe("The type of the gateway's Service."),
    minReplicas: whole(1, 100)
      .exactOptional()
      .describe('Fewest gateway pods. Default: `availability.replicas`.'),
    maxReplicas: whole(1, 100)
      .exactOptional()
      .describe('Most gateway pods. Default: twice the fewest and one more.'),
    annotations: map(line, z.string().max(4096))
      .default({})
      .describe("Annotations of the gateway's Service, for the cloud's load balancer."),
  }).prefault({}),
  values: group({
    base: helmValues.exactOptional(),
    istiod: helmValues.exactOptional(),
    cni: helmValues.exactOptional(),
    gateway: helmValues.exactOptional(),
  })
    .exactOptional()
    .describe("Helm values laid over the platform's own, by chart."),
});

export const policy = group({
  mode: mode.describe('Who runs Gatekeeper.'),
  admission: choice(['kubernetes', 'gatekeeper', 'off'])
    .default('kubernetes')
    .describe(
      'Who judges what is created or changed on the cluster by the controls: the API server itself, with ValidatingAdmissionPolicies (`kubernetes`), the webhook of a Gatekeeper that the stack installs, or nobody.',
    ),
  action: choice(['warn', 'deny'])
    .default('warn')
    .describe(
      'What happens there to what violates a mandatory control: it is taken with a warning, or refused. Advisory controls warn.',
    ),
  audit: flag
    .default(false)
    .describe(
      'Whether a Gatekeeper that the stack installs also judges what runs already, by the same controls, and reports it.',
    ),
  auditInterval: duration.default('60s').describe('Time between two audits of what already runs.'),
  failurePolicy: choice(['Ignore', 'Fail'])
    .default('Fail')
    .describe('What the API server does with a request while Gatekeeper does not answer.'),
  exemptNamespaces: z
    .record(dnsLabel, line, { error: expected('a map of namespaces, each with the reason for it') })
    .default({})
    .describe(
      "Namespaces that nobody judges on the cluster, neither the API server nor Gatekeeper, beside the cluster's own and Gatekeeper's, each with the reason for it.",
    ),
  values: helmValues.exactOptional(),
});

export const runtimeSecurity = group({
  mode: mode.describe('Who runs Falco.'),
  driver: choice(['modern_ebpf', 'kmod'])
    .default('modern_ebpf')
    .describe('How Falco sees system calls; `modern_ebpf` needs kernel 5.8 and no compiler.'),
  minimumPriority: choice([
    'debug',
    'informational',
    'notice',
    'warning',
    'error',
    'critical',
    'alert',
    'emergency',
  ])
    .default('notice')
    .describe('The least serious events that Falco reports.'),
  values: helmValues.exactOptional(),
});
