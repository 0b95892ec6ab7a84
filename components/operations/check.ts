/**
 * The smoke check: the API server is healthy, every Helm release of the platform is deployed, and every workload
 * in the platform's namespaces is available. Needs kubectl and a kubeconfig, nothing else.
 *
 * Run by the program after everything else, as `node --import tsx components/operations/check.ts`, with what to
 * check in SMOKE_CHECK (JSON); prints what is wrong and exits with 1.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a smoke check looks at. */
export interface SmokeTarget {
  /** Helm releases that must be deployed. */
  releases: { name: string; namespace: string }[];
  /** Namespaces whose Deployments, DaemonSets and StatefulSets must be available. */
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

type Kubectl = (...args: string[]) => Promise<string>;

/**
 * Everything that is wrong, as sentences; empty when all is well. Workloads get `patience` ms (60 s by default) to
 * become available: a controller may still be at work.
 */
export async function findProblems(
  target: SmokeTarget,
  kubectl: Kubectl,
  patience = 60_000,
): Promise<string[]> {
  const health = await kubectl('get', '--raw', '/readyz').catch((error: unknown) => String(error));
  if (health.trim() !== 'ok') return [`the API server is not ready: ${health.trim()}`];
  const deadline = Date.now() + patience;
  for (;;) {
    const problems = [
      ...(await releaseProblems(target, kubectl)),
      ...(await workloadProblems(target, kubectl)),
    ];
    if (problems.length === 0 || Date.now() > deadline) return problems;
    await sleep(1000);
  }
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

async function workloadProblems({ namespaces }: SmokeTarget, kubectl: Kubectl): Promise<string[]> {
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
      const counts = `${ready} of ${wanted} pods available, ${updated} up to date`;
      return [`${kind} ${metadata.namespace}/${metadata.name} has ${counts}`];
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
    if (kubeconfig?.includes('\n')) {
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

async function main(): Promise<number> {
  const { SMOKE_CHECK, SMOKE_KUBECONFIG, SMOKE_CONTEXT } = process.env;
  if (!SMOKE_CHECK) throw new Error('SMOKE_CHECK is not set');
  const target = JSON.parse(SMOKE_CHECK) as SmokeTarget;
  const problems = await withKubectl({ kubeconfig: SMOKE_KUBECONFIG, context: SMOKE_CONTEXT }, (kubectl) =>
    findProblems(target, kubectl, PATIENCE),
  );
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
