import { createHash } from 'node:crypto';
import * as command from '@pulumi/command';
import type * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import { CALICO_NAMESPACE } from '../network/installation';
import type { SmokeTarget } from './check';

export interface SmokeCheckArgs extends ComponentArgs {
  releases: k8s.helm.v3.Release[];
  deployments: k8s.apps.v1.Deployment[];
  /** Everything else that the check must come after. */
  after: (pulumi.Resource | undefined)[];
}

/** Fails the update when the platform is not what it should be. Runs again when what it guards changes. */
export class SmokeCheck extends PlatformComponent {
  readonly target: pulumi.Output<SmokeTarget>;

  constructor(name: string, args: SmokeCheckArgs, opts: pulumi.ComponentResourceOptions) {
    super('operations', name, args, opts);
    const { cluster } = args.settings;
    // Of its own, so that it starts with the update: one that is asked for at the end starts while all wait.
    const provider = new command.Provider('commands', {}, { parent: this });
    this.target = smokeTarget(args);
    new command.local.Command(
      name,
      {
        create: 'node --require platform-policy/typescript.js components/operations/check.ts',
        environment: {
          SMOKE_CHECK: pulumi.jsonStringify(this.target),
          ...(cluster.kubeconfig ? { SMOKE_KUBECONFIG: cluster.kubeconfig } : {}),
          ...(cluster.context ? { SMOKE_CONTEXT: cluster.context } : {}),
        },
        triggers: [
          ...args.releases.map(({ name: release, version, description, values }) =>
            pulumi.all([release, version, description, values]).apply((parts) => digest(parts)),
          ),
          ...args.deployments.map(({ spec }) => spec.apply((value) => digest(value.template))),
        ],
      },
      { ...this.child(...args.releases, ...args.deployments, ...args.after), provider },
    );
    this.registerOutputs();
  }
}

function smokeTarget({ releases, foundation }: SmokeCheckArgs): pulumi.Output<SmokeTarget> {
  return pulumi.output({
    releases: releases.map(({ name, namespace }) => ({ name, namespace })),
    namespaces: [
      ...foundation.namespaceNames(),
      ...(foundation.manages('tigera-operator') ? [CALICO_NAMESPACE] : []),
    ],
  });
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
