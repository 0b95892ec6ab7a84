import type { Deployment } from '@pulumi/pulumi/automation';
import { CATALOGUE, CHART_NAMES, type ChartName } from '../../components/catalogue';
import type { ChartArchive, ChartSource } from '../../components/charts/resolve';
import { RELEASE_TYPE } from '../../policy/release';
import { componentOf, nameOf, type Step } from './events';
import { unseal } from './sealed';

/** One line of the table that ends an `up`. */
export interface ComponentSummary {
  name: string;
  chart: string | null;
  version: string | null;
  source: ChartSource | null;
  namespace: string | null;
  /** Kubernetes objects: of a chart, those its release made; else the component's own. */
  objects: number;
  /** From the start of the first step to the end of the last; 0 when nothing changed. */
  seconds: number;
}

interface StateResource {
  urn: string;
  type: string;
  custom?: boolean;
  outputs?: { name?: string; namespace?: string; chart?: string; resourceNames?: Record<string, string[]> };
}

/** What a stack's state holds, by component: a line for each chart, and one for a component's own objects. */
export function summarise(
  deployment: Deployment,
  archives: ChartArchive[],
  steps: Iterable<Step>,
): ComponentSummary[] {
  const state = (deployment.deployment as { resources?: StateResource[] } | undefined)?.resources ?? [];
  const timed = [...steps].filter(({ op }) => op !== 'same' && op !== 'read');
  const releases = state
    .filter(({ type }) => type === RELEASE_TYPE)
    .map((resource) => chartLine(resource, archives, timed));
  const own = ownObjects(state, timed);
  return [...releases, ...own].sort((a, b) => order(a) - order(b));
}

/** The program's outputs, with `[secret]` for what is. */
export function outputsOf({ deployment }: Deployment): Record<string, unknown> {
  const { resources = [] } = (deployment ?? {}) as {
    resources?: { type: string; outputs?: Record<string, unknown> }[];
  };
  const root = resources.find(({ type }) => type === 'pulumi:pulumi:Stack');
  return unseal(root?.outputs ?? {}, () => '[secret]') as Record<string, unknown>;
}

function chartLine(resource: StateResource, archives: ChartArchive[], steps: Step[]): ComponentSummary {
  const release = nameOf(resource.urn);
  const chart = CHART_NAMES.find((name) =>
    [CATALOGUE[name].release, `${CATALOGUE[name].release}-crds`].includes(release),
  );
  const objects = Object.values(resource.outputs?.resourceNames ?? {}).flat().length;
  return {
    name: componentOf(resource.urn),
    chart: chart ? chartLabel(chart, release) : release,
    version: chart ? CATALOGUE[chart].version : null,
    source: archives.find((archive) => archive.chart === chart)?.source ?? null,
    namespace: resource.outputs?.namespace ?? null,
    objects,
    seconds: span(steps.filter(({ urn }) => urn === resource.urn)),
  };
}

function chartLabel(chart: ChartName, release: string): string {
  return release.endsWith('-crds') ? `${chart} (CRDs)` : chart;
}

function ownObjects(state: StateResource[], steps: Step[]): ComponentSummary[] {
  const isOwn = ({ type }: { type: string }): boolean =>
    type.startsWith('kubernetes:') && type !== RELEASE_TYPE;
  const names = [...new Set(state.filter(isOwn).map(({ urn }) => componentOf(urn)))];
  return names.map((name) => ({
    name,
    chart: null,
    version: null,
    source: null,
    namespace: null,
    objects: state.filter((resource) => isOwn(resource) && componentOf(resource.urn) === name).length,
    seconds: span(steps.filter((step) => isOwn(step) && step.component === name)),
  }));
}

/** Components in the order in which the platform is built, each one's charts before its own objects. */
const ORDER = [
  'platform',
  'foundation',
  'network',
  'certificates',
  'metrics',
  'mesh',
  'policy',
  'admission',
  'runtime-security',
  'observability',
  'backup',
  'delivery',
  'tenancy',
  'workload',
  'isolation',
];

function order({ chart, name }: ComponentSummary): number {
  const component = ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length;
  const index = CHART_NAMES.findIndex((row) => chart === row || chart === chartLabel(row, '-crds'));
  return component * 1000 + (index >= 0 ? index : 999);
}

function span(steps: Step[]): number {
  if (steps.length === 0) return 0;
  const start = Math.min(...steps.map(({ startedAt }) => startedAt));
  const end = Math.max(...steps.map(({ endedAt, startedAt }) => endedAt ?? startedAt));
  return Math.round((end - start) / 100) / 10;
}
