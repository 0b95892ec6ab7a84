import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const folder = join(__dirname, 'facts');

const json = z.json();
const jsonObject = z.record(z.string(), json);
const texts = z.record(z.string(), z.string());
const label = z.string().transform((key) => key.replace(/^~/, 'app.kubernetes.io/'));
/** Labels by key, where `~name` is short for `app.kubernetes.io/name`. */
const labels = texts.transform((found) =>
  Object.fromEntries(Object.entries(found).map(([key, value]) => [label.parse(key), value])),
);
/** Dotted values path, or several separated by spaces: the first that is set wins. */
const paths = z.string();
/** What `parseCondition` reads. */
const condition = z.string();

/** Placeholders are replaced as text, so no key may begin one that is always there. */
const nameKey = z
  .string()
  .refine(
    (key) => !['release', 'namespace', 'chart', 'version', 'appVersion'].some((own) => own.startsWith(key)),
    {
      error: 'is the beginning of $release, $namespace, $chart, $version or $appVersion: take another name',
    },
  );

const nameRule = z.strictObject({
  base: z.string().optional(),
  max: z.number().default(63),
  at: z.string().default(''),
  from: paths.optional(),
  default: z.string().optional(),
  prefix: z.string().optional(),
  trim: z.string().optional(),
});

const setting = z.strictObject({
  to: z.string(),
  from: paths.optional(),
  value: json.optional(),
  omit: z.array(z.string()).optional(),
  remove: z.boolean().optional(),
  replace: z.boolean().optional(),
  append: z.boolean().optional(),
  yaml: z.boolean().optional(),
  strings: z.boolean().optional(),
  random: z.number().optional(),
  when: condition.optional(),
});

const container = z.strictObject({
  image: z.string(),
  imageAt: paths.optional(),
  at: paths.optional(),
  securityAt: paths.optional(),
  ports: z.record(z.string(), z.union([z.number(), z.string()])).default({}),
  live: z.string().optional(),
  ready: z.string().optional(),
  resources: jsonObject.default({}),
  security: jsonObject.optional(),
  when: condition.optional(),
});

const webhook = z.strictObject({
  service: z.string(),
  path: z.string(),
  policy: z.enum(['Fail', 'Ignore']),
  rules: z.array(z.string()),
  timeout: z.number().optional(),
  more: jsonObject.default({}),
});

const object = z.strictObject({
  when: condition.optional(),
  each: z.string().optional(),
  names: z.record(condition, z.string()).optional(),
  max: z.number().optional(),
  weight: z.string().optional(),
  apiVersion: z.string().optional(),
  cluster: z.boolean().optional(),
  namespace: z.string().optional(),
  labels: labels.optional(),
  annotations: texts.optional(),
  body: jsonObject.default({}),
  set: z.array(setting).default([]),
  at: paths.optional(),
  selector: labels.optional(),
  // ServiceAccount, and who it is for a Role and its binding
  automount: z.boolean().optional(),
  rules: z.array(z.union([z.string(), z.strictObject({ rule: z.string(), when: condition })])).default([]),
  to: z.string().optional(),
  binding: z.string().optional(),
  role: z.string().optional(),
  // Service and NetworkPolicy
  ports: z.record(z.string(), z.union([z.number(), z.string()])).default({}),
  type: z.string().optional(),
  headless: z.boolean().optional(),
  ingress: z.array(z.union([z.string(), z.number()])).optional(),
  egress: z.boolean().optional(),
  // workloads
  replicas: z.number().optional(),
  account: z.string().optional(),
  keys: texts.default({}),
  autoscaled: condition.optional(),
  spread: z.enum(['soft', 'hard']).optional(),
  pod: jsonObject.default({}),
  podLabels: labels.default({}),
  podAnnotations: texts.optional(),
  hostPaths: z.record(z.string(), z.union([condition, z.literal(true)])).default({}),
  claims: texts.default({}),
  init: z.record(z.string(), container).default({}),
  containers: z.record(z.string(), container).default({}),
  // HorizontalPodAutoscaler, monitors, webhook configurations
  scale: z.string().optional(),
  endpoints: z.array(z.string()).default([]),
  webhooks: z.record(z.string(), webhook).default({}),
});

const part = z.strictObject({
  when: condition.optional(),
  name: z.string().default(''),
  namespace: z.string().default('$namespace'),
  at: paths.default(''),
  labels: labels.default({}),
  selector: z.union([z.array(label), labels]).optional(),
  hook: z
    .strictObject({ on: z.string(), weight: z.string().optional(), delete: z.string().optional() })
    .optional(),
  objects: z.record(
    z.string(),
    object.nullable().transform((found) => found ?? object.parse({})),
  ),
});

const facts = z.strictObject({
  shared: json.optional(),
  appVersion: z.string(),
  kubeVersion: z.string().optional(),
  names: z.record(nameKey, nameRule).default({}),
  values: jsonObject.default({}),
  labels: labels.default({}),
  selector: z.array(label).default(['app.kubernetes.io/name', 'app.kubernetes.io/instance']),
  registryAt: paths.default(''),
  contexts: z
    .strictObject({ pod: z.string(), container: z.string(), replace: z.boolean().optional() })
    .default({
      pod: 'podSecurityContext',
      container: 'containerSecurityContext',
    }),
  crds: z
    .strictObject({
      place: z.enum(['folder', 'subchart', 'templates']),
      when: condition.optional(),
      keep: z.union([z.literal(true), condition]).optional(),
      labels: labels.optional(),
      groups: z.record(z.string(), texts),
    })
    .optional(),
  parts: z.array(part).default([]),
  upstream: z.strictObject({
    chart: z.string(),
    kinds: z.string(),
    hooks: z.number(),
    webhooks: z.record(z.string(), z.number()).default({}),
    images: z.array(z.string()),
    podSecurity: z.record(z.enum(['baseline', 'privileged']), z.array(z.string()).default([])),
  }),
});

export type Json = z.infer<typeof json>;
export type JsonObject = Record<string, Json>;
export type Facts = z.infer<typeof facts>;
export type PartFacts = z.infer<typeof part>;
export type ObjectFacts = z.infer<typeof object>;
export type ContainerFacts = z.infer<typeof container>;
export type WebhookFacts = z.infer<typeof webhook>;
export type CrdFacts = NonNullable<Facts['crds']>;
export type SettingFacts = z.infer<typeof setting>;

/** Names of the charts that have a facts file, sorted. */
export function standInCharts(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/**
 * What is recorded about an upstream chart, in the shape that `sandbox/charts/README.md` describes.
 *
 * @throws Error when the chart has no facts file, or the file does not have that shape
 */
export function readFacts(chart: string): Facts {
  const known = standInCharts();
  if (!known.includes(chart)) {
    throw new Error(
      `no stand-in for chart "${chart}": expected sandbox/charts/facts/${chart}.yaml; there are ${known.join(', ')}. ` +
        'Give a chart mirror with CHARTS=<folder or URL>, or add the facts file.',
    );
  }
  const found = facts.safeParse(parse(readFileSync(join(folder, `${chart}.yaml`), 'utf8'), { merge: true }));
  if (!found.success) {
    throw new Error(`sandbox/charts/facts/${chart}.yaml: ${z.prettifyError(found.error)}`);
  }
  return found.data;
}
