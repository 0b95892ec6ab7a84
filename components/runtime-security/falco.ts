import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../../stacks/schema';
import { CATALOGUE } from '../catalogue';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import { allowScrape, type NetworkRule } from '../foundation/network-policy';
import { withDisk } from '../foundation/resources';
import { pullSecrets } from '../foundation/scheduling';
import { mergeValues, type Values } from '../foundation/values';
import { platformRules } from './rules';

export type FalcoArgs = ComponentArgs;

/** Of Falco's web server: health and metrics. */
const PORT = 8765;

/** What the modern eBPF probe needs, instead of all that `privileged` gives. */
const CAPABILITIES = ['BPF', 'PERFMON', 'SYS_PTRACE', 'SYS_RESOURCE'];

/** Values of the chart falco. */
export function falcoValues(settings: Settings): Values {
  const { images, observability, runtimeSecurity } = settings;
  const monitored = observability.mode !== 'off';
  const registry = images.registry ?? 'docker.io';
  return {
    image: { registry },
    imagePullSecrets: pullSecrets(settings),
    podPriorityClassName: 'system-node-critical',
    // Every node, whatever its taints.
    tolerations: [{ operator: 'Exists' }],
    // Said aloud: what it does takes root.
    podSecurityContext: { runAsNonRoot: false },
    // It asks what the other probe asks.
    healthChecks: { livenessProbe: { failureThreshold: 6 } },
    resources: withDisk({
      requests: { cpu: '100m', memory: '512Mi' },
      limits: { cpu: '1', memory: '1Gi' },
    }),
    ...driverValues(runtimeSecurity.driver, registry),
    collectors: { enabled: true, kubernetes: { enabled: false }, containerEngine: { engines: ENGINES } },
    // Rules and plugins are those of the image, of one version with it; nothing is fetched while it runs.
    falcoctl: { artifact: { install: { enabled: false }, follow: { enabled: false } } },
    // It would run in this namespace, which is privileged.
    falcosidekick: { enabled: false },
    responseActions: { enabled: false },
    customRules: { 'platform.yaml': platformRules(settings) },
    falco: configuration(runtimeSecurity.minimumPriority),
    metrics: { enabled: monitored, interval: '1m' },
    serviceMonitor: {
      create: monitored,
      interval: observability.scrapeInterval,
      // Prometheus' own, which is never longer than the interval.
      scrapeTimeout: '',
    },
  };
}

/** Kubernetes' runtimes. The plugin names the container and pod of an event; no rule loads without it. */
const ENGINES = {
  containerd: { enabled: true },
  cri: { enabled: true },
  docker: { enabled: false },
  podman: { enabled: false },
  lxc: { enabled: false },
  libvirt_lxc: { enabled: false },
  bpm: { enabled: false },
};

function driverValues(kind: Settings['runtimeSecurity']['driver'], registry: string): Values {
  const modern = kind === 'modern_ebpf';
  const loader = { image: { registry }, resources: LOADER_RESOURCES };
  return {
    driver: { kind, modernEbpf: { leastPrivileged: true }, loader: { initContainer: loader } },
    // A kernel module needs a privileged container, which is what the chart makes of an empty context.
    containerSecurityContext: modern
      ? { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'], add: CAPABILITIES } }
      : {},
  };
}

const LOADER_RESOURCES = withDisk({
  requests: { cpu: '100m', memory: '128Mi' },
  limits: { cpu: '1', memory: '512Mi' },
});

function configuration(priority: string): Values {
  return {
    // The image's own snippets there load the container plugin a second time, at which Falco exits.
    config_files: [],
    priority,
    json_output: true,
    time_format_iso_8601: true,
    // A container has no syslog.
    syslog_output: { enabled: false },
    log_syslog: false,
  };
}

/** Detection of what containers do: Falco on every node, with its image's rules and the platform's. */
export class Falco extends PlatformComponent {
  constructor(name: string, args: FalcoArgs, opts: pulumi.ComponentResourceOptions) {
    super('runtime-security', name, args, opts);
    if (args.foundation.manages('falco')) this.installChart();
    this.registerOutputs();
  }

  private installChart(): void {
    const { foundation, settings } = this.args;
    const { ready } = foundation.chartNamespace('falco', traffic(settings));
    const values = mergeValues(falcoValues(settings), settings.runtimeSecurity.values ?? {});
    if (!fetchesArtifacts(values)) this.createFalcoctlConfig(ready);
    foundation.install(this, 'falco', values);
  }

  /** The chart has every pod mount this file, and makes it only where falcoctl fetches something. */
  private createFalcoctlConfig(after: pulumi.Resource[]): void {
    const { namespace, release } = CATALOGUE.falco;
    new k8s.core.v1.ConfigMap(
      `${release}-falcoctl`,
      { metadata: { namespace, name: `${release}-falcoctl` }, data: { 'falcoctl.yaml': '{}' } },
      this.child(...after),
    );
  }
}

/** Whether a value of the stack's own has falcoctl install or follow rules after all. */
export function fetchesArtifacts(values: Values): boolean {
  type Part = { enabled?: boolean } | null;
  const { artifact } = (values.falcoctl ?? {}) as { artifact?: { install?: Part; follow?: Part } | null };
  return artifact?.install?.enabled === true || artifact?.follow?.enabled === true;
}

function traffic({ observability, runtimeSecurity }: Settings): Record<string, NetworkRule> {
  return {
    ...(observability.mode === 'off' ? {} : { 'allow-scrape': allowScrape([PORT]) }),
    // A kernel module is built for the node's kernel, or fetched for it.
    ...(runtimeSecurity.driver === 'modern_ebpf' ? {} : { 'allow-driver': DRIVER_DOWNLOAD }),
  };
}

const DRIVER_DOWNLOAD: NetworkRule = { egress: { to: 'anywhere', ports: [443] } };
