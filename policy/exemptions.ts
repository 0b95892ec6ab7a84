import { AGENTS } from './exempt/agents';
import { CHARTS } from './exempt/charts';
import { OPERATED } from './exempt/operated';
import { RIGHTS } from './exempt/rights';
import { TOKENS } from './exempt/tokens';
import type { Exemption } from './exemption';

/** Every exemption of the platform's own objects. What a value of the chart can mend has no place here. */
export const EXEMPTIONS: readonly Exemption[] = [...AGENTS, ...CHARTS, ...RIGHTS, ...TOKENS, ...OPERATED];
