import { PolicyPack, type PolicyPackArgs } from '@pulumi/policy';
import { CONTROLS, isObjectControl } from './catalogue';
import { crossGuardPolicy, exemptionPolicy, recordingPolicy, renderingPolicy } from './crossguard';
import { Exemptions } from './exemption';
import { EXEMPTIONS } from './exemptions';
import { Inventory } from './inventory';
import { EXEMPTIONS_IN_USE } from './own-policies';
import { levelIn, manages, settingsFaults, tuned } from './settings';
import { policySettings, target } from './target';
import { Verdicts } from './verdicts';

/**
 * Starts the pack: one CrossGuard policy for each control. A stack lowers the level with `--policy-pack-config`.
 * @param env the stack's configuration as the engine hands it on, without which it stays, and what releases are rendered with
 * (`target.ts`)
 * @throws Error when the settings ask of controls what they don't have
 */
export function startPack(env: NodeJS.ProcessEnv): void {
  const settings = policySettings(env);
  const faults = settingsFaults(settings);
  // The program says so too, and better; a pack that judged by anything else would mislead.
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const { security = {} } = settings;
  const exemptions = new Exemptions(EXEMPTIONS, { expired: security.expiredExemptions ?? 'refuse' });
  const controls = CONTROLS.map((control) => tuned(control, settings));
  const place = target(env);
  const verdicts = place.cache && new Verdicts(controls.filter(isObjectControl), place.cache);
  const inventory = new Inventory(place, verdicts);
  // The engine gives a pack the configuration with its secrets in plain text: Helm need not inherit it.
  delete env.PULUMI_CONFIG;

  const pack: PolicyPackArgs & { knows: (urn: string) => boolean } = {
    displayName: 'Platform controls',
    description: 'The rules that every object of the platform keeps, before it reaches a cluster.',
    enforcementLevel: 'mandatory',
    policies: [
      renderingPolicy(inventory),
      recordingPolicy(inventory, env.POLICY_JUDGED, verdicts),
      {
        ...exemptionPolicy(inventory, exemptions, (component) => manages(settings, component)),
        enforcementLevel: levelIn(security, EXEMPTIONS_IN_USE.id),
      },
      ...controls.map((control) => ({
        ...crossGuardPolicy(control, inventory, exemptions),
        enforcementLevel: levelIn(security, control.id),
      })),
    ],
    // See `bare.js`.
    knows: (urn) => inventory.knows(urn),
  };
  new PolicyPack('platform', pack);
}
