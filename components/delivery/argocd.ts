import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import { createRoute } from '../foundation/route';
import { LOCKED_PROJECT, platformProject } from './projects';
import { argoCdTraffic } from './traffic';
import { argoCdValues, OIDC_SECRET, REDIS_SECRET } from './values';

export type ArgoCdArgs = ComponentArgs;

/** Where Argo CD runs; one that the cluster brings along is expected there too. */
const NAMESPACE = 'argocd';

/** Delivery from Git: Argo CD, and the project that says what it may deliver where. */
export class ArgoCd extends PlatformComponent {
  constructor(
    private readonly name: string,
    args: ArgoCdArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super('delivery', name, args, opts);
    if (args.foundation.manages('argo-cd')) {
      const { ready } = args.foundation.chartNamespace('argo-cd', argoCdTraffic(args.settings));
      const secrets = [this.createRedisSecret(ready), this.createOidcSecret(ready)];
      const projects = this.createProjects(ready);
      const release = this.installChart([...secrets, ...projects]);
      this.createServerRoute(release);
    } else {
      this.createProject('platform', platformProject(args.settings), []);
    }
    this.registerOutputs();
  }

  private createRedisSecret(ready: pulumi.Resource[]): k8s.core.v1.Secret {
    const password = new random.RandomPassword(
      `${this.name}-redis`,
      { length: 32, special: false },
      this.child(),
    );
    return new k8s.core.v1.Secret(
      `${this.name}-redis`,
      {
        metadata: { name: REDIS_SECRET, namespace: NAMESPACE },
        stringData: { auth: password.result },
      },
      this.child(...ready),
    );
  }

  private createOidcSecret(ready: pulumi.Resource[]): k8s.core.v1.Secret | undefined {
    const { oidc } = this.args.settings.delivery;
    if (!oidc) return undefined;
    return new k8s.core.v1.Secret(
      `${this.name}-oidc`,
      {
        metadata: {
          name: OIDC_SECRET.name,
          namespace: NAMESPACE,
          // Without this label Argo CD does not read it.
          labels: { 'app.kubernetes.io/part-of': 'argocd' },
        },
        stringData: { [OIDC_SECRET.key]: oidc.clientSecret },
      },
      this.child(...ready),
    );
  }

  /** They come first: Argo CD would make a `default` project that may deliver anything anywhere. */
  private createProjects(ready: pulumi.Resource[]): pulumi.Resource[] {
    return [
      this.createProject('default', LOCKED_PROJECT, ready),
      this.createProject('platform', platformProject(this.args.settings), ready),
    ];
  }

  private createProject(
    project: string,
    spec: Record<string, unknown>,
    ready: pulumi.Resource[],
  ): k8s.apiextensions.CustomResource {
    return new k8s.apiextensions.CustomResource(
      `${this.name}-project-${project}`,
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'AppProject',
        metadata: { name: project, namespace: NAMESPACE },
        spec,
      },
      this.child(...ready, ...this.args.foundation.crdsOf('argo-cd')),
    );
  }

  private installChart(after: (pulumi.Resource | undefined)[]): k8s.helm.v3.Release {
    const { foundation, settings } = this.args;
    return foundation.install(this, 'argo-cd', argoCdValues(settings), {
      overrides: settings.delivery.values,
      after,
    });
  }

  private createServerRoute(release: k8s.helm.v3.Release): void {
    const { delivery, mesh } = this.args.settings;
    if (mesh.mode === 'off') return;
    createRoute(
      `${this.name}-server-route`,
      { host: delivery.host, namespace: NAMESPACE, service: 'argocd-server', port: 80 },
      this.args,
      { parent: this, dependsOn: [release] },
    );
  }
}
