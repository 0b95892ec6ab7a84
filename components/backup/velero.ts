import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { toGoDuration } from '../../stacks/literals';
import type { Settings } from '../../stacks/schema';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import { allowApiServer, allowScrape, type NetworkRule } from '../foundation/network-policy';
import { CREDENTIALS_SECRET, veleroValues } from './values';

export type VeleroArgs = ComponentArgs;

type Schedule = Settings['backup']['schedules'][number];

/** Where Velero runs; one that the cluster brings along is expected there too. */
const NAMESPACE = 'velero';

/** Backups of objects and volumes: Velero, where it keeps them, and when it makes them. */
export class Velero extends PlatformComponent {
  constructor(
    private readonly name: string,
    args: VeleroArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super('backup', name, args, opts);
    const release = args.foundation.manages('velero') ? this.installChart() : undefined;
    this.createSchedules(release);
    this.registerOutputs();
  }

  private installChart(): k8s.helm.v3.Release {
    const { foundation, settings } = this.args;
    const { nodeAgent, values } = settings.backup;
    // The node agent mounts the kubelet's folder, and Velero wants it in its own namespace.
    const podSecurity = nodeAgent ? 'privileged' : 'restricted';
    const { ready } = foundation.chartNamespace('velero', veleroTraffic(settings), podSecurity);
    return foundation.install(this, 'velero', veleroValues(settings), {
      overrides: values,
      after: [this.createCredentials(ready), this.createRepositoryPassword(ready), this.createBinding(ready)],
    });
  }

  private createCredentials(ready: pulumi.Resource[]): k8s.core.v1.Secret {
    return new k8s.core.v1.Secret(
      `${this.name}-credentials`,
      {
        metadata: { name: CREDENTIALS_SECRET, namespace: NAMESPACE },
        stringData: { cloud: this.args.settings.backup.credentials },
      },
      this.child(...ready),
    );
  }

  /**
   * The password that copied files are encrypted with. Velero makes one that everybody knows if there is none; a
   * lost one makes those backups unreadable, so it is protected like the volumes themselves.
   */
  private createRepositoryPassword(ready: pulumi.Resource[]): k8s.core.v1.Secret {
    const protect = this.args.settings.protection.enabled;
    const password = new random.RandomPassword(
      `${this.name}-repository-password`,
      { length: 32, special: false },
      { ...this.child(), protect },
    );
    return new k8s.core.v1.Secret(
      `${this.name}-repository-password`,
      {
        metadata: { name: 'velero-repo-credentials', namespace: NAMESPACE },
        stringData: { 'repository-password': password.result },
      },
      { ...this.child(...ready), protect },
    );
  }

  /** It reads every object to back it up, and makes any again: roles, bindings and Secrets, too. */
  private createBinding(ready: pulumi.Resource[]): k8s.rbac.v1.ClusterRoleBinding {
    return new k8s.rbac.v1.ClusterRoleBinding(
      `${this.name}-cluster-admin`,
      {
        // Not the chart's own name for it: a release that leaves it out deletes the object of that name.
        metadata: { name: 'velero-cluster-admin' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'ServiceAccount', name: 'velero-server', namespace: NAMESPACE }],
      },
      this.child(...ready),
    );
  }

  private createSchedules(release: k8s.helm.v3.Release | undefined): void {
    const { foundation, settings } = this.args;
    for (const schedule of settings.backup.schedules) {
      new k8s.apiextensions.CustomResource(
        `${this.name}-schedule-${schedule.name}`,
        {
          apiVersion: 'velero.io/v1',
          kind: 'Schedule',
          metadata: { name: schedule.name, namespace: NAMESPACE },
          spec: scheduleSpec(schedule),
        },
        this.child(release, ...foundation.crdsOf('velero')),
      );
    }
  }
}

/** Spec of a Velero Schedule. */
export function scheduleSpec({
  cron,
  excludedNamespaces,
  namespaces,
  ttl,
}: Schedule): Record<string, unknown> {
  return {
    schedule: cron,
    // Velero writes its defaults here; a value of ours keeps the object as it is declared.
    skipImmediately: false,
    // A schedule that goes must not take its backups along.
    useOwnerReferencesInBackup: false,
    template: {
      ttl: toGoDuration(ttl),
      includedNamespaces: namespaces,
      ...(excludedNamespaces.length > 0 ? { excludedNamespaces } : {}),
    },
  };
}

/** What may pass in and out of the namespace, beside DNS. */
export function veleroTraffic({ backup, cluster, observability }: Settings): Record<string, NetworkRule> {
  return {
    'allow-api-server': allowApiServer(cluster.apiServerCidrs),
    // The bucket's addresses are its provider's, and change.
    'allow-object-storage': { egress: { to: 'anywhere', ports: [storagePort(backup.s3Url)] } },
    ...(observability.mode === 'off' ? {} : { 'allow-scrape': allowScrape([8085]) }),
  };
}

function storagePort(s3Url: string | undefined): number {
  if (s3Url === undefined) return 443;
  const { port, protocol } = new URL(s3Url);
  if (port) return Number(port);
  return protocol === 'http:' ? 80 : 443;
}
