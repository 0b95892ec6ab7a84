import { appendFileSync, existsSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder, writePrivate } from '../files';
import { withLock } from '../lock';
import type { Tool, ToolName } from '../toolchain/obtain';
import { Api } from './api';
import { planePaths, type Ports, writeConfiguration } from './config';
import { ensurePki } from './pki';
import { claim, claimAgain } from './ports';
import { stopGatekeeper } from './gatekeeper';
import {
  isAlive,
  LAZIEST_GARBAGE_COLLECTION,
  LAZY_GARBAGE_COLLECTION,
  type ProcessRecord,
  startDetached,
  stopAll,
} from './processes';
import { processArguments } from './arguments';
import { seedCluster } from './seed';

/** How long a plane may take to answer before its start counts as failed, in ms; ready within 6 s on two cores. */
const START_TIMEOUT = 90_000;
const LOG_LIMIT = 20 * 1024 * 1024;
/** Stands in a log before what the process says of each start. */
const START_MARK = '--- start';
/** In the order in which they are started; stopped in reverse. */
const PROCESSES = [
  'etcd',
  'agent',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
] as const;
export type PlaneProcess = (typeof PROCESSES)[number];
export const PLANE_TOOLS: ToolName[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'gatekeeper',
];

/** What `plane.json` holds. */
interface PlaneRecord {
  ports: Ports;
  processes: ProcessRecord[];
}

export interface Plane {
  folder: string;
  kubeconfig: string;
  ports: Ports;
  api: Api;
  /** Whether this call started it. */
  started: boolean;
}

export class PlaneError extends Error {
  constructor(
    message: string,
    readonly cure: string,
  ) {
    super(message);
  }
}

/**
 * The control plane of a folder: the running one, or else one started on the folder's state. Never two on one
 * folder: starts are serialised by a lock and etcd locks its own data.
 */
export async function ensurePlane(
  folder: string,
  tools: Map<ToolName, Tool>,
  onProgress: (detail: string) => void = () => undefined,
): Promise<Plane> {
  makeFolder(folder);
  // The caller's as it is now: what is added to it later is meant for the engine.
  const env = { ...process.env };
  return withLock(join(folder, 'plane.lock'), async () => {
    const paths = planePaths(folder);
    const record = readRecord(folder);
    if (record && isRunning(record)) {
      const api = Api.fromFile(paths.kubeconfig);
      if (await isReady(api)) {
        return { folder, kubeconfig: paths.kubeconfig, ports: record.ports, api, started: false };
      }
    }
    // Part of it died, or it does not answer: end the rest and start on the kept state.
    if (record) await stopProcesses(folder, record.processes);
    const ports = await choosePorts(record?.ports, onProgress);
    await ensurePki(paths.pki);
    writeConfiguration(folder, ports);
    return start(folder, ports, tools, env, onProgress);
  });
}

/** The agent first: it would start Gatekeeper again. */
async function stopProcesses(folder: string, processes: readonly ProcessRecord[]): Promise<void> {
  await stopAll(processes.filter(({ name }) => name === 'agent'));
  await stopGatekeeper(folder);
  await stopAll([...processes].reverse());
}

/** Stops the plane of a folder, if any, and keeps its state. Returns whether there was one. */
export async function stopPlane(folder: string): Promise<boolean> {
  const record = readRecord(folder);
  if (!record) return false;
  return withLock(join(folder, 'plane.lock'), async () => {
    const running = record.processes.filter(isAlive);
    await stopProcesses(folder, record.processes);
    writeRecord(folder, { ports: record.ports, processes: [] });
    return running.length > 0;
  });
}

/** Stops the plane of a folder and deletes all its state. */
export async function deletePlane(folder: string): Promise<void> {
  await stopPlane(folder);
  rmSync(folder, { recursive: true, force: true });
}

/** Which of the plane's processes run, or undefined when the folder never had a plane. */
export function inspectPlane(
  folder: string,
): { running: PlaneProcess[]; missing: PlaneProcess[] } | undefined {
  const record = readRecord(folder);
  if (!record) return undefined;
  const running = record.processes.filter(isAlive).map(({ name }) => name as PlaneProcess);
  return { running, missing: PROCESSES.filter((name) => !running.includes(name)) };
}

async function start(
  folder: string,
  ports: Ports,
  tools: Map<ToolName, Tool>,
  env: NodeJS.ProcessEnv,
  onProgress: (detail: string) => void,
): Promise<Plane> {
  const paths = planePaths(folder);
  makeFolder(paths.logs);
  const record: PlaneRecord = { ports, processes: [] };
  const launch = (name: PlaneProcess): void => {
    const log = join(paths.logs, `${name}.log`);
    if (existsSync(log) && statSync(log).size > LOG_LIMIT) truncateSync(log);
    appendFileSync(log, `${START_MARK}\n`, { mode: 0o600 });
    const lazy = name === 'kube-apiserver' ? LAZIEST_GARBAGE_COLLECTION : LAZY_GARBAGE_COLLECTION;
    const command = processArguments(name, folder, ports, tools);
    record.processes.push(startDetached(name, { ...command, env: { ...lazy, ...env } }, log));
    writeRecord(folder, record);
  };
  const api = Api.fromFile(paths.kubeconfig);
  try {
    onProgress('etcd and kube-apiserver');
    launch('etcd');
    launch('kube-apiserver');
    launch('agent');
    await until(record, folder, () => answers(api, '/livez/etcd'));
    onProgress('controllers and nodes');
    launch('kube-controller-manager');
    launch('kube-scheduler');
    launch('kwok');
    await until(record, folder, () => isReady(api));
    const { gitVersion } = await api.get<{ gitVersion: string }>('/version');
    await seedCluster(api, gitVersion);
    await until(record, folder, () => nodesReady(api));
  } catch (error) {
    await stopProcesses(folder, record.processes);
    writeRecord(folder, { ports, processes: [] });
    throw error;
  }
  return { folder, kubeconfig: paths.kubeconfig, ports, api, started: true };
}

/** Polls until `check` holds. A process that ends meanwhile is an error that shows the end of its log. */
async function until(record: PlaneRecord, folder: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT;
  while (!(await check())) {
    const dead = record.processes.find((process) => !isAlive(process));
    if (dead || Date.now() > deadline) {
      const log = join(planePaths(folder).logs, `${dead?.name ?? 'kube-apiserver'}.log`);
      const end = tail(log);
      throw new PlaneError(
        `the embedded control plane did not start: ${dead ? `${dead.name} ended` : 'no answer in 90 s'}; ` +
          `the end of ${log}:\n${end}`,
        cureOf(end, folder),
      );
    }
    await sleep(50);
  }
}

/** What to do about a process that ended with these words. */
function cureOf(log: string, folder: string): string {
  if (/no space left|disk quota exceeded|file too large/i.test(log)) {
    return `free some space for ${folder}, then run the command again: the plane goes on from its state`;
  }
  if (log.includes('address already in use')) {
    return 'run the command again: it takes other ports where one was taken by another program meanwhile';
  }
  return 'read the log above; `make clean` starts over with an empty plane';
}

function isRunning(record: PlaneRecord): boolean {
  return PROCESSES.every((name) =>
    record.processes.some((process) => process.name === name && isAlive(process)),
  );
}

async function isReady(api: Api): Promise<boolean> {
  return (await answers(api, '/readyz')) && (await answers(api, '/api/v1/namespaces/default'));
}

async function answers(api: Api, path: string): Promise<boolean> {
  return api.raw('GET', path, undefined, { timeout: 3000 }).then(
    () => true,
    () => false,
  );
}

async function nodesReady(api: Api): Promise<boolean> {
  const nodes = await api.list('/api/v1/nodes');
  return nodes.every((node) => {
    const { conditions = [] } = node.status as { conditions?: { type: string; status: string }[] };
    const { taints = [] } = node.spec as { taints?: { key: string }[] };
    const held = taints.some(({ key }) => key === 'node.kubernetes.io/not-ready');
    return !held && conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  });
}

/** The ports of the last start where they are still free, so that kubeconfigs stay valid; else new ones. */
async function choosePorts(
  previous: Ports | undefined,
  onProgress: (detail: string) => void,
): Promise<Ports> {
  const names = ['apiserver', 'etcd', 'etcdPeer', 'agent'] as const;
  const ports = {} as Ports;
  for (const name of names) {
    const before = previous?.[name];
    ports[name] = (before ? await claimAgain(before) : undefined) ?? (await claim(0)) ?? 0;
    if (before && ports[name] !== before) {
      onProgress(`port ${before} of ${name} is taken by another program: ${ports[name]} is used instead`);
    }
  }
  return ports;
}

/** @throws PlaneError where it makes no sense: which processes run, nobody knows then */
function readRecord(folder: string): PlaneRecord | undefined {
  const path = planePaths(folder).record;
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as PlaneRecord;
  } catch {
    throw new PlaneError(
      `${path}, which says what runs on this plane, is damaged`,
      `end what \`ps ax\` shows to run from ${folder}, if anything, and remove that file; the next command starts the plane`,
    );
  }
}

function writeRecord(folder: string, record: PlaneRecord): void {
  writePrivate(planePaths(folder).record, `${JSON.stringify(record, undefined, 2)}\n`, { flush: true });
}

/** The last lines that a process has written since its start, without stack traces. */
function tail(log: string, count = 8): string {
  if (!existsSync(log)) return '(empty)';
  const all = readFileSync(log, 'utf8').trimEnd().split('\n');
  const lines = all.slice(all.lastIndexOf(START_MARK) + 1);
  const trace = lines.findIndex((line) => /^goroutine \d+ /.test(line));
  const words = (trace < 0 ? lines : lines.slice(0, trace))
    .filter((line) => line.trim() !== '')
    .map((line) => line.replace(/,"stacktrace":"([^"\\]|\\.)*"/, ''));
  return words.slice(-count).join('\n') || '(empty)';
}
