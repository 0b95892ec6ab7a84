import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../../stacks/schema';
import { CATALOGUE, CHART_NAMES } from '../catalogue';
import { MARKER } from './marker';

/** Where a live cluster says what it was made with: beside the marker, and not immutable. */
export const LIVE_SETTINGS = { name: 'platform-settings', namespace: MARKER.namespace };

/** Settings that what lives on a cluster can't follow, by the name that `protection.allowChanges` takes. */
export type LiveSettings = Readonly<Record<string, string>>;

interface Guarded {
  read: (settings: Settings) => string | undefined;
  /** What would happen, and the way that is safe. */
  instead: string;
}

const GUARDED: Readonly<Record<string, Guarded>> = {
  'cluster.podCidr': {
    read: ({ cluster }) => cluster.podCidr,
    instead:
      'running pods keep their addresses and lose their routes. Add an IPPool of the new network beside the old one, ' +
      'disable the old one, restart every workload, then change the setting',
  },
  'cluster.serviceCidr': {
    read: ({ cluster }) => cluster.serviceCidr,
    instead: 'Services keep their addresses. Make a new cluster with the new network and move the workloads',
  },
  'cluster.dnsDomain': {
    read: ({ cluster }) => cluster.dnsDomain,
    instead:
      'names that pods have resolved until now stop to exist. Make a new cluster and move the workloads',
  },
  'cluster.storageClass': {
    read: ({ cluster, observability }) =>
      observability.mode === 'managed' ? (cluster.storageClass ?? "the cluster's default") : undefined,
    instead:
      'the class of a live volume is immutable: StatefulSets would be refused or made anew without their data. ' +
      'Back up (velero), delete the StatefulSets and their claims, change the setting, restore',
  },
  'network.mode': {
    read: ({ network }) => network.mode,
    instead:
      'pods keep the network that they were started with, and another CNI beside it breaks both. ' +
      'Drain node by node into a cluster, or node pool, with the other CNI',
  },
  'mesh.mode': {
    read: ({ mesh }) => mesh.mode,
    instead:
      'pods keep their sidecars, which then have nobody to get certificates from. Take the sidecars out first ' +
      '(mesh: false on workloads and tenants, restart them), or put them in last',
  },
};

/** What guards the setting's namespace, which can't be renamed: what is in it would be deleted and made anew. */
const MOVED =
  'everything in the old namespace, volumes too, would be deleted. Make it under a new name beside the old one, move the data, then remove the old one';

/** What a stack's settings are now, as a cluster keeps it. */
export function liveSettings(settings: Settings): LiveSettings {
  const guarded = Object.entries(GUARDED).map(([name, { read }]) => [name, read(settings)] as const);
  const charts = CHART_NAMES.map(
    (chart) => [`charts.${chart}.namespace`, CATALOGUE[chart].namespace] as const,
  );
  const workloads = Object.entries(settings.workloads).map(
    ([name, { namespace }]) => [`workloads.${name}.namespace`, namespace] as const,
  );
  const known = [...guarded, ...charts, ...workloads].filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as LiveSettings;
}

/**
 * What a live cluster can't follow without loss, a sentence each. Names in `allowed` are let through, and what is new,
 * or gone, is no change.
 */
export function unsafeChanges(live: LiveSettings, next: LiveSettings, allowed: readonly string[]): string[] {
  return Object.entries(next)
    .filter(([name, value]) => name in live && live[name] !== value && !allowed.includes(name))
    .map(
      ([name, value]) =>
        `platform:${name} is "${live[name]}" on the live cluster and can't become "${value}": ` +
        `${GUARDED[name]?.instead ?? MOVED}.`,
    );
}

/** Keeps the settings on the cluster, for the next update to compare with. */
export function keepLiveSettings(
  settings: Settings,
  marker: pulumi.Resource,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.ConfigMap {
  return new k8s.core.v1.ConfigMap(
    LIVE_SETTINGS.name,
    { metadata: LIVE_SETTINGS, data: { ...liveSettings(settings) } },
    { ...opts, dependsOn: [marker] },
  );
}
