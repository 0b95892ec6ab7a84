import { type ComponentResourceOptions, RunError } from '@pulumi/pulumi';
import { type PolicySettings, settingsFaults } from '../../policy/settings';
import { type ComponentArgs, PlatformComponent } from '../foundation/component';
import type { Archived } from '../foundation/foundation';
import { controlsValues } from './chart';

/**
 * Refuses settings that name controls, or parameters of them, that there are not.
 *
 * @throws RunError with all of them, each with what was expected and what to do.
 */
export function refuseUnknownControls(settings: PolicySettings): void {
  const faults = settingsFaults(settings);
  if (faults.length > 0) throw new RunError(faults.join('\n'));
}

export interface AdmissionArgs extends ComponentArgs {
  /** What `placeControls` made of the same settings; without it the API server has no part in the stack's policy. */
  chart: Archived | undefined;
}

/**
 * The controls as ValidatingAdmissionPolicies: the API server holds to them by itself, whatever else is down. One
 * release holds them (ADR 5).
 */
export class Admission extends PlatformComponent {
  constructor(name: string, args: AdmissionArgs, opts: ComponentResourceOptions) {
    super('admission', name, args, opts);
    const { chart, foundation, settings } = args;
    if (chart) foundation.installDerived(chart, { values: controlsValues(settings) }, this.child());
    this.registerOutputs();
  }
}
