import type { Output } from '@pulumi/pulumi';
import type { z } from 'zod';
import { availability, charts, cluster, images, namespaces, protection, security } from './areas/cluster';
import { certificates, mesh, network, policy, runtimeSecurity } from './areas/network';
import { backup, delivery, metrics, observability } from './areas/operations';
import { tenants, workloads } from './areas/workloads';
import type { derive } from './derive';
import { group, type SecretText } from './fields';
import { hostname } from './literals';

/**
 * The authority on settings: every area of `Pulumi.<stack>.yaml` (`platform:<area>`), its defaults and its limits.
 * `.describe()` texts end up in the JSON Schema and in docs/settings.md.
 */
export const schema = group({
  domain: hostname.describe('The domain that all host names of the platform are under.'),
  cluster: cluster.prefault({}).describe('The cluster, and how to reach it.'),
  availability: availability.describe('How much may fail.'),
  security: security.prefault({}).describe('How strict the platform is.'),
  protection: protection.prefault({}).describe('What may not be destroyed by mistake.'),
  charts: charts.prefault({}).describe('Where Helm charts come from.'),
  images: images.prefault({}).describe('Where images come from.'),
  namespaces: namespaces.prefault({}).describe('Quota and limits of every namespace.'),
  network: network.prefault({}).describe('Pod network and network policies (Calico).'),
  certificates: certificates.prefault({}).describe('TLS certificates (cert-manager).'),
  mesh: mesh.prefault({}).describe('Service mesh and the way in (Istio).'),
  policy: policy.prefault({}).describe('Admission control and audit (Gatekeeper).'),
  runtimeSecurity: runtimeSecurity.prefault({}).describe('Detection of what containers do (Falco).'),
  metrics: metrics.prefault({}).describe('CPU and memory figures for autoscalers (metrics-server).'),
  observability: observability
    .prefault({})
    .describe('Metrics, alerts and dashboards (Prometheus, Alertmanager, Grafana).'),
  backup: backup.prefault({}).describe('Backups of objects and volumes (Velero).'),
  delivery: delivery.prefault({}).describe('Delivery from Git (Argo CD).'),
  workloads: workloads.default({}).describe('Applications that the platform runs, by name.'),
  tenants: tenants.default({}).describe('Teams with a namespace of their own, by name.'),
});

/** A stack's settings with every default filled and nothing derived yet. */
export type Filled = z.output<typeof schema>;

/** Settings with every default and derived field filled, and secrets still in plain text. For the loader only. */
export type PlainSettings = ReturnType<typeof derive>;

/**
 * What components read: every default and derived field filled, each secret a `pulumi.Output<string>` that is
 * encrypted in state and hidden in output. A secret that its area has no use for (mode is not `managed`) is empty.
 */
export type Settings = Sealed<PlainSettings>;

/** Replaces each secret text in a type by a secret output. */
export type Sealed<T> = T extends SecretText
  ? Output<string>
  : T extends string | number | boolean
    ? T
    : T extends readonly (infer E)[]
      ? Sealed<E>[]
      : string extends keyof T
        ? T extends Record<string, infer E>
          ? unknown extends E
            ? T
            : Record<string, Sealed<E>>
          : never
        : { [K in keyof T]: Sealed<T[K]> };

/** Settings of one area: `Area<'mesh'>`. */
export type Area<K extends keyof Settings> = Settings[K];

/** One entry of `platform:workloads`, defaults and derived fields filled. */
export type Workload = Settings['workloads'][string];

/** One entry of `platform:tenants`, defaults and derived fields filled. */
export type Tenant = Settings['tenants'][string];

/** One alert receiver; `kind` tells which further fields it has. */
export type Receiver = Settings['observability']['alerts']['receivers'][number];

/** Totals over a namespace. */
export type Quota = Settings['namespaces']['quota'];

/** Requests and limits of a container. */
export type Resources = Settings['namespaces']['limits'];
