import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { CATALOGUE } from '../../components/catalogue';
import { ROOT } from '../paths';

/** Stacks that are made up, to measure and to try: none of them is a file of the checkout. */

const AREAS = [...new Set(Object.values(CATALOGUE).map(({ area }) => area))];

/**
 * A stack file in which every area is off that `settings` says nothing of.
 *
 * @param settings By area, such as `{ certificates: { mode: 'managed' } }`.
 */
export function smallStack(settings: Record<string, object>): string {
  const all: Record<string, unknown> = {
    domain: 'platform.dev.example.com',
    availability: { replicas: 1 },
    security: { podSecurity: 'baseline', enforcement: 'advisory' },
    ...Object.fromEntries(AREAS.map((area) => [area, { mode: 'off' }])),
    policy: { mode: 'off', admission: 'off' },
    ...settings,
  };
  const config = Object.fromEntries(Object.entries(all).map(([area, value]) => [`platform:${area}`, value]));
  return stringify({ config });
}

/** A stack file of that many workloads, ten to a namespace, and tenants; of the platform, what autoscalers need. */
export function loadedStack(workloads: number, tenants: number): string {
  const named = <T>(count: number, name: string, of: (index: number) => T): Record<string, T> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}-${index}`, of(index)]));
  return smallStack({
    certificates: { mode: 'managed' },
    metrics: { mode: 'managed' },
    workloads: named(workloads, 'app', (index) => ({
      namespace: `apps-${Math.floor(index / 10)}`,
      image: 'ghcr.io/stefanprodan/podinfo:6.9.1',
      resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
    })),
    tenants: named(tenants, 'team', (index) => ({ admins: [`team-${index}`] })),
  });
}

/** A copy of the checkout, without what is no part of its program. The installed packages are the checkout's own. */
export function copyCheckout(target: string): void {
  mkdirSync(target, { recursive: true });
  const parts = ['charts.lock.json', 'components', 'index.ts', 'package.json', 'policy', 'sandbox', 'stacks'];
  const stacks = readdirSync(ROOT).filter((name) => /^Pulumi\..*yaml$/.test(name));
  for (const part of [...parts, ...stacks, 'tsconfig.json']) {
    cpSync(join(ROOT, part), join(target, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(target, 'node_modules'));
}
