/**
 * The smoke check: the API server is healthy, every Helm release of the platform is deployed, and every workload
 * in the platform's namespaces is available. Needs kubectl and a kubeconfig, nothing else.
 *
 * Run by the program after everything else, with what to check in SMOKE_CHECK (JSON), and by hand without it
 * (`npm run check`); prints what is wrong, and why, and exits with 1.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from './reasons';

/** What a smoke check looks at. */
export interface SmokeTarget {
  /** Helm releases that must be deployed. */
  releases: { name: string; namespace: string }[];
  /** Namespaces whose Deployments, DaemonSets and StatefulSets must be available; an operator's own may be empty. */
  namespaces: string[];
}

/** As long as Helm waits for a release, in ms: some releases leave the waiting to this check. */
const PATIENCE = 600_000;

interface KubeList {
  items: {
    kind: string;
    metadata: { name: string; namespace: string; labels?: Record<string, string>; generation?: number };
    spec: { replicas?: number };
    status?: Record<string, number | undefined>;
  }[];
}

/** Runs kubectl with these arguments and gives what it prints; its errors are what it says. */
export type Kubectl = (...args: string[]) => Promise<string>;

/** As long as an API server may take to become ready, in ms: one that is started anew takes some seconds. */
const API_PATIENCE = 30_000;

/**
 * Everything that is wrong, as sentences; empty when all is well. Workloads get `patience` ms (60 s by default) to
 * become available: a controller may still be at work. So does the API server, half a minute of it at most.
 */
export async function findProblems(
  target: SmokeTarget,
  kubectl: Kubectl,
  patience = 60_000,
): Promise<string[]> {
  const start = Date.now();
  for (;;) {
    const api = await apiProblem(kubectl);
    const [releases, workloads] = api
      ? [[api], []]
      : await Promise.all([releaseProblems(target, kubectl), unavailable(target, kubectl)]);
    if (releases.length + workloads.length === 0) return [];
    if (Date.now() - start >= (api ? Math.min(patience, API_PATIENCE) : patience))
      return [...releases, ...(await Promise.all(workloads.map((each) => tell(each, kubectl))))];
    await sleep(1000);
  }
}

async function apiProblem(kubectl: Kubectl): Promise<string | undefined> {
  const said = await kubectl('get', '--raw', '/readyz').catch((error: unknown) => (error as Error).message);
  if (said.trim() === 'ok') return undefined;
  // It names every check, on one line: those that fail are marked.
  const failing = [...said.matchAll(/\[-\]([^\s\\]+)/g)].map(([, check]) => check);
  return `the API server is not ready: ${failing.join(', ') || String(said.trim().split('\n').at(-1))}`;
}

async function tell(workload: Unavailable, kubectl: Kubectl): Promise<string> {
  const { kind, name, namespace, ready, updated, wanted } = workload;
  const reason = await reasonOf(workload, kubectl).catch(() => '');
  return `${kind} ${namespace}/${name} has ${ready} of ${wanted} pods available, ${updated} up to date${reason ? `: ${reason}` : ''}`;
}

async function releaseProblems({ releases }: SmokeTarget, kubectl: Kubectl): Promise<string[]> {
  // Only labels are asked for: a release's Secret holds its values.
  const columns =
    'NS:.metadata.namespace,NAME:.metadata.labels.name,V:.metadata.labels.version,S:.metadata.labels.status';
  const text = await kubectl(
    'get',
    'secrets',
    '-A',
    '-l',
    'owner=helm',
    '--no-headers',
    '-o',
    `custom-columns=${columns}`,
  );
  const newest = new Map<string, { version: number; status: string }>();
  for (const line of text.split('\n').filter((row) => row.trim() !== '')) {
    const [namespace = '', name = '', version = '0', status = ''] = line.trim().split(/\s+/);
    const key = `${namespace}/${name}`;
    if (Number(version) > (newest.get(key)?.version ?? 0))
      newest.set(key, { version: Number(version), status });
  }
  return releases.flatMap(({ name, namespace }) => {
    const status = newest.get(`${namespace}/${name}`)?.status ?? 'missing';
    return status === 'deployed' ? [] : [`release ${namespace}/${name} is ${status}, expected deployed`];
  });
}

interface Unavailable {
  kind: string;
  namespace: string;
  name: string;
  ready: number;
  updated: number;
  wanted: number;
}

async function unavailable({ namespaces }: SmokeTarget, kubectl: Kubectl): Promise<Unavailable[]> {
  const list = JSON.parse(
    await kubectl('get', 'deployments,daemonsets,statefulsets', '-A', '-o', 'json'),
  ) as KubeList;
  return list.items
    .filter(({ metadata }) => namespaces.includes(metadata.namespace))
    .flatMap((workload) => {
      const { kind, metadata, status = {} } = workload;
      const { ready, updated, wanted } = countPods(workload);
      const behind = (status.observedGeneration ?? 0) < (metadata.generation ?? 0);
      if (ready >= wanted && updated >= wanted && !behind) return [];
      return [{ kind, namespace: metadata.namespace, name: metadata.name, ready, updated, wanted }];
    });
}

function countPods({ kind, spec, status = {} }: KubeList['items'][number]): {
  ready: number;
  updated: number;
  wanted: number;
} {
  if (kind === 'DaemonSet') {
    const { numberAvailable = 0, updatedNumberScheduled = 0, desiredNumberScheduled = 0 } = status;
    return { ready: numberAvailable, updated: updatedNumberScheduled, wanted: desiredNumberScheduled };
  }
  const { availableReplicas = 0, readyReplicas = 0, updatedReplicas = 0 } = status;
  const ready = kind === 'Deployment' ? availableReplicas : readyReplicas;
  return { ready, updated: updatedReplicas, wanted: spec.replicas ?? 1 };
}

/** kubectl with this kubeconfig (a path, or the ambient one) and context. Errors are kubectl's own words. */
export function kubectlWith(options: { kubeconfig?: string; context?: string; binary?: string }): Kubectl {
  const flags = [
    ...(options.kubeconfig ? ['--kubeconfig', options.kubeconfig] : []),
    ...(options.context ? ['--context', options.context] : []),
    '--request-timeout=20s',
  ];
  return (...args) =>
    new Promise((resolve, reject) => {
      execFile(
        options.binary ?? 'kubectl',
        [...flags, ...args],
        { env: process.env, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
        (error, stdout, stderr) => {
          if (!error) resolve(stdout);
          else if (error.code === 'ENOENT')
            reject(new Error('kubectl is not on PATH: install it, the check needs it'));
          else reject(new Error(stderr.trim() || error.message));
        },
      );
    });
}

/** Runs something with kubectl for a cluster: a kubeconfig's path or content (or the ambient one), and context. */
export async function withKubectl<T>(
  cluster: { kubeconfig: string | undefined; context: string | undefined },
  run: (kubectl: Kubectl) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-'));
  try {
    let { kubeconfig } = cluster;
    if (kubeconfig && /[\n{]/.test(kubeconfig)) {
      // Content, not a path: only kubectl's own file may hold it, and only as long as it runs.
      writeFileSync(join(folder, 'kubeconfig'), kubeconfig, { mode: 0o600 });
      kubeconfig = join(folder, 'kubeconfig');
    }
    return await run(
      kubectlWith({
        ...(kubeconfig ? { kubeconfig } : {}),
        ...(cluster.context ? { context: cluster.context } : {}),
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Everything that Helm installed, and every namespace. */
export async function wholeCluster(kubectl: Kubectl): Promise<SmokeTarget> {
  const names = async (what: string, columns: string): Promise<string[][]> =>
    (await kubectl('get', ...what.split(' '), '--no-headers', '-o', `custom-columns=${columns}`))
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => line.trim().split(/\s+/));
  // Helm keeps a record of each revision.
  const records = await names(
    'secrets -A -l owner=helm',
    'NS:.metadata.namespace,NAME:.metadata.labels.name',
  );
  const releases = new Map(
    records.map(([namespace = '', name = '']) => [`${namespace}/${name}`, { namespace, name }]),
  );
  const namespaces = await names('namespaces', 'NAME:.metadata.name');
  return {
    releases: [...releases.values()],
    namespaces: namespaces.map(([name = '']) => name),
  };
}

async function main(): Promise<number> {
  const { SMOKE_CHECK, SMOKE_KUBECONFIG, SMOKE_CONTEXT } = process.env;
  const cluster = { kubeconfig: SMOKE_KUBECONFIG, context: SMOKE_CONTEXT };
  // By hand, without SMOKE_CHECK: what is wrong now, with the whole cluster of KUBECONFIG.
  const { problems, target } = await withKubectl(cluster, async (kubectl) => {
    const chosen = SMOKE_CHECK ? (JSON.parse(SMOKE_CHECK) as SmokeTarget) : await wholeCluster(kubectl);
    return { target: chosen, problems: await findProblems(chosen, kubectl, SMOKE_CHECK ? PATIENCE : 0) };
  });
  if (problems.length === 0) {
    console.log(
      `smoke check passed: ${target.releases.length} releases, ${target.namespaces.length} namespaces`,
    );
    return 0;
  }
  console.error(['smoke check failed:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
  return 1;
}

if (require.main === module) {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(`smoke check failed: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    },
  );
}
