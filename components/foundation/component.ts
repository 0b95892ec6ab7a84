import * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../../stacks/schema';
import type { Foundation } from './foundation';

/** What every component of the platform is given. */
export interface ComponentArgs {
  /** The stack's settings: defaults filled, secrets sealed. */
  settings: Settings;
  /** Namespaces, CRDs and the charts installed so far. */
  foundation: Foundation;
}

/** A component of the platform: a type token of its own, children parented and named from `name`. */
export abstract class PlatformComponent extends pulumi.ComponentResource {
  protected constructor(
    area: string,
    name: string,
    protected readonly args: ComponentArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super(`platform:${area}:Component`, name, {}, opts);
  }

  /** Options of a child of this component that waits for `after`, and for the cluster to be the stack's own. */
  protected child(...after: (pulumi.Resource | undefined)[]): pulumi.CustomResourceOptions & {
    parent: pulumi.Resource;
    dependsOn: pulumi.Resource[];
  } {
    const dependsOn = [this.args.foundation.marker, ...after].filter((resource) => resource !== undefined);
    return { parent: this, dependsOn };
  }
}
