import * as k8s from '@pulumi/kubernetes';
import { type ComponentResourceOptions, RunError } from '@pulumi/pulumi';
import {
  admissionPolicies,
  hasAdmissionTwin,
  type AdmissionOptions,
  type AdmissionPolicy,
  type EnforcedControl,
} from '../../policy/admission';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { EXEMPTIONS } from '../../policy/exemptions';
import { levelIn, type PolicySettings, settingsFaults, tuned } from '../../policy/settings';
import type { Settings } from '../../stacks/schema';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';

/**
 * Refuses settings that name controls, or parameters of them, that there are not.
 *
 * @throws RunError with all of them, each with what was expected and what to do.
 */
export function refuseUnknownControls(settings: PolicySettings): void {
  const faults = settingsFaults(settings);
  if (faults.length > 0) throw new RunError(faults.join('\n'));
}

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
export function enforced(settings: Settings): EnforcedControl[] {
  const { images, policy, security } = settings;
  return OBJECT_CONTROLS.filter(hasAdmissionTwin).flatMap((control) => {
    const level = levelIn(security, control.id);
    if (level === 'disabled') return [];
    const action = level === 'advisory' ? ('warn' as const) : policy.action;
    return [{ control: tuned(control, { images, security }), action }];
  });
}

/** What no control on the cluster judges. */
export function optionsFor({ policy }: Settings): Required<AdmissionOptions> {
  return {
    exemptions: EXEMPTIONS,
    exemptNamespaces: [...CLUSTER_NAMESPACES, ...policy.exemptNamespaces],
  };
}

/** What the API server is to enforce on a stack's cluster. */
export function platformPolicies(settings: Settings): AdmissionPolicy[] {
  const { exemptions, exemptNamespaces } = optionsFor(settings);
  return admissionPolicies(enforced(settings), {
    exemptions,
    exemptNamespaces: [...exemptNamespaces, ...operatedNamespaces(settings)],
  });
}

/** The controls as ValidatingAdmissionPolicies: the API server holds to them by itself, whatever else is down. */
export class Admission extends PlatformComponent {
  constructor(
    private readonly name: string,
    args: ComponentArgs,
    opts: ComponentResourceOptions,
  ) {
    super('admission', name, args, opts);
    if (args.settings.policy.admission === 'kubernetes') this.createPolicies();
    this.registerOutputs();
  }

  private createPolicies(): void {
    const { settings } = this.args;
    for (const { name, policy, binding } of platformPolicies(settings)) {
      const { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } = k8s.admissionregistration.v1;
      new ValidatingAdmissionPolicy(name, policy as object, this.child());
      new ValidatingAdmissionPolicyBinding(name, binding as object, this.child());
    }
  }
}
