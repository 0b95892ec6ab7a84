import { stringify } from 'yaml';

const AREAS = [
  'network',
  'certificates',
  'metrics',
  'mesh',
  'policy',
  'runtimeSecurity',
  'observability',
  'backup',
  'delivery',
];

/**
 * A stack file for tests that need a live platform, not a whole one: every area is off that `settings` says nothing of.
 *
 * @param settings By area, such as `{ certificates: { mode: 'managed' } }`.
 */
export function smallStack(settings: Record<string, object>): string {
  const all: Record<string, unknown> = {
    domain: 'platform.dev.example.com',
    availability: { replicas: 1 },
    security: { podSecurity: 'baseline', enforcement: 'advisory' },
    ...Object.fromEntries(AREAS.map((area) => [area, { mode: 'off' }])),
    ...settings,
  };
  const config = Object.fromEntries(Object.entries(all).map(([area, value]) => [`platform:${area}`, value]));
  return stringify({ config });
}
