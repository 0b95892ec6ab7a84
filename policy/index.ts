import { PolicyPack } from '@pulumi/policy';
import { CONTROLS } from './catalogue';
import { crossGuardPolicy, renderingPolicy } from './crossguard';
import { Exemptions } from './exemption';
import { EXEMPTIONS } from './exemptions';
import { Inventory } from './inventory';
import { levelsOf, target } from './target';

const exemptions = new Exemptions(EXEMPTIONS);
const level = levelsOf(
  CONTROLS.map(({ id }) => id),
  process.env,
);
const inventory = new Inventory(target(process.env));
// The engine gives a pack the configuration with its secrets in plain text: Helm need not inherit it.
delete process.env.PULUMI_CONFIG;

/** The pack: one CrossGuard policy for each control. A stack lowers the level with `--policy-pack-config`. */
new PolicyPack('platform', {
  displayName: 'Platform controls',
  description: 'The rules that every object of the platform keeps, before it reaches a cluster.',
  enforcementLevel: 'mandatory',
  policies: [
    renderingPolicy(inventory),
    ...CONTROLS.map((control) => ({
      ...crossGuardPolicy(control, inventory, exemptions),
      enforcementLevel: level(control.id),
    })),
  ],
});
