import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import {
  admissionObjects,
  hasAdmissionTwin,
  type Action,
  type AdmissionOptions,
} from '../../policy/admission';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import type { ObjectControl } from '../../policy/control';
import { EXEMPTIONS } from '../../policy/exemptions';
import { levelIn } from '../../policy/target';
import type { Settings } from '../../stacks/schema';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';

/** The cluster's own, which no policy judges: what runs there is not the platform's. */
export const CLUSTER_NAMESPACES = ['kube-node-lease', 'kube-public', 'kube-system'];

/**
 * Where operators make pods that work on nodes, under names that nobody knows beforehand, so that no exemption could name
 * them: Calico's own, and those by which Velero moves data. They pass admission unjudged; Gatekeeper's audit judges them.
 */
export function operatedNamespaces({ backup, network }: Settings): string[] {
  return [
    ...(network.mode !== 'off' ? ['calico-system'] : []),
    ...(backup.mode !== 'off' && backup.nodeAgent ? ['velero'] : []),
  ];
}

/** The controls that are enforced on the cluster, each with what is done about a violation. */
export function enforced({ policy, security }: Settings): { control: ObjectControl; action: Action }[] {
  return OBJECT_CONTROLS.filter(hasAdmissionTwin).flatMap((control) => {
    const level = levelIn(security, control.id);
    if (level === 'disabled') return [];
    return [{ control, action: level === 'advisory' ? 'warn' : policy.action }];
  });
}

/** Whom and what a control on the cluster judges. */
export function optionsFor({ policy }: Settings, action: Action): AdmissionOptions {
  return {
    action,
    exemptions: EXEMPTIONS,
    exemptNamespaces: [...CLUSTER_NAMESPACES, ...policy.exemptNamespaces],
  };
}

/** The controls as ValidatingAdmissionPolicies: the API server holds to them by itself, whatever else is down. */
export class Admission extends PlatformComponent {
  constructor(
    private readonly name: string,
    args: ComponentArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super('admission', name, args, opts);
    if (args.settings.policy.admission === 'kubernetes') this.createPolicies();
    this.registerOutputs();
  }

  private createPolicies(): void {
    const { settings } = this.args;
    for (const { action, control } of enforced(settings)) {
      const options = optionsFor(settings, action);
      const exemptNamespaces = [...(options.exemptNamespaces ?? []), ...operatedNamespaces(settings)];
      const [policy, binding] = admissionObjects(control, { ...options, exemptNamespaces });
      const name = `${this.name}-${control.id}`;
      const { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } = k8s.admissionregistration.v1;
      new ValidatingAdmissionPolicy(name, policy as object, this.child());
      new ValidatingAdmissionPolicyBinding(name, binding as object, this.child());
    }
  }
}
