/** An exact version, as Helm takes it. */
const EXACT = /^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

export type Inputs = Readonly<Record<string, unknown>>;

export function isExact(version: unknown): boolean {
  return typeof version === 'string' && EXACT.test(version);
}

/** Where a release's chart comes from: a repository with its scheme, or undefined where it is on disk or not known yet. */
export function repositoryOf({ chart, repositoryOpts }: Inputs): string | undefined {
  const repo = (repositoryOpts as { repo?: unknown } | undefined)?.repo;
  if (typeof repo === 'string' && repo !== '') return repo;
  return typeof chart === 'string' && chart.includes('://') ? chart : undefined;
}

/** The path of a chart on disk; undefined where it comes from elsewhere. */
export function localChart(inputs: Inputs): string | undefined {
  const { chart, repositoryOpts } = inputs;
  const hasRepository = typeof repositoryOpts === 'symbol' || repositoryOf(inputs) !== undefined;
  return typeof chart === 'string' && !hasRepository ? chart : undefined;
}

/** Whether a reference to an OCI registry names the chart by its digest. */
export function hasDigest(chart: unknown): boolean {
  return typeof chart === 'string' && /^oci:\/\/.+@sha256:[0-9a-f]{64}$/.test(chart);
}
