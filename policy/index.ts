import { PolicyPack } from '@pulumi/policy';
import { CONTROLS } from './catalogue';
import { crossGuardPolicy } from './crossguard';

/** The pack: one CrossGuard policy for each control. A stack lowers the level with `--policy-pack-config`. */
new PolicyPack('platform', {
  displayName: 'Platform controls',
  description: 'The rules that every object of the platform keeps, before it reaches a cluster.',
  enforcementLevel: 'mandatory',
  policies: CONTROLS.map(crossGuardPolicy),
});
