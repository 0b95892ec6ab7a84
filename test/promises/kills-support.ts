import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TYPESCRIPT } from '../../sandbox/paths';
import type { Api } from '../../sandbox/plane/api';
import { listAll, listCollections } from '../../sandbox/plane/discovery';
import { ROOT } from '../helpers/cli';

/** How an `up` was ended, or that it ended by itself before. */
export interface Kill {
  /** Milliseconds from its first change of the cluster to the kill. */
  after: number;
  victim: 'engine' | 'command';
  /** What the sandbox said until then. */
  printed: string;
  outcome: 'killed' | 'not begun' | 'ended before';
}

/** The line that says a resource was made, and when. */
export const CREATED = /^ *([\d.]+) s +\S+ +\S+ created in /m;

/** A process that changes nothing any more may still be there for a moment. */
const GRACE = 15_000;

/**
 * Starts `up` and kills its engine, or the whole command, with SIGKILL, `after` ms after its first change of the
 * cluster. Comes back once nothing of it runs.
 */
export async function killedUp(
  env: Record<string, string>,
  after: number,
  victim: Kill['victim'],
): Promise<Kill> {
  const args = ['--require', TYPESCRIPT, join(ROOT, 'sandbox', 'cli.ts'), 'up'];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, OUTPUT: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  let begun!: () => void;
  const hasBegun = new Promise<void>((resolve) => (begun = resolve));
  let over = false;
  const ended = new Promise<void>((resolve) =>
    child.on('close', () => {
      over = true;
      resolve();
    }),
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      printed += data.toString();
      if (CREATED.test(printed)) begun();
    });
  }
  await Promise.race([hasBegun, ended]);
  const isOver = (): boolean => over;
  if (isOver()) return { after, victim, printed, outcome: 'not begun' };
  await Promise.race([sleep(after), ended]);
  const engine = descendants(child).find(({ command }) => /(^|\/)pulumi( |$)/.test(command));
  if (isOver() || !engine) {
    await ended;
    return { after, victim, printed, outcome: 'ended before' };
  }
  const family = descendants(child).map(({ pid }) => pid);
  process.kill(victim === 'engine' ? engine.pid : (child.pid ?? 0), 'SIGKILL');
  // What is killed with the command goes by itself; the engine without its command would go on.
  if (victim === 'command') process.kill(engine.pid, 'SIGKILL');
  await ended;
  const deadline = Date.now() + GRACE;
  while (family.some(isRunning) && Date.now() < deadline) await sleep(200);
  return { after, victim, printed, outcome: 'killed' };
}

interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** Processes that a child started, and theirs, without those of a control plane, which live on. */
function descendants({ pid = 0 }: ChildProcess): Process[] {
  const all = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line): Process[] => {
      const [, id, parent, command] = /^ *(\d+) +(\d+) +(.*)$/.exec(line) ?? [];
      return id ? [{ pid: Number(id), parent: Number(parent), command: command ?? '' }] : [];
    });
  const found: Process[] = [];
  for (let next = [pid]; next.length > 0;) {
    const children = all.filter(({ parent }) => next.includes(parent));
    found.push(...children);
    next = children.map((each) => each.pid);
  }
  return found;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Kinds whose objects controllers make and name, or that come and go by themselves. */
const VOLATILE =
  /^(events|pods|replicasets|endpoints|endpointslices|leases|controllerrevisions|nodes|podmetrics|nodemetrics|componentstatuses|csinodes|ipaddresses|jobs|flowschemas|prioritylevelconfigurations)$/;

/** Every object of a cluster that somebody declared, as `Kind namespace/name`. */
export async function inventory(api: Api): Promise<string[]> {
  const collections = await listCollections(api);
  const objects = await listAll(
    api,
    collections.filter(({ path }) => !VOLATILE.test(path.split('/').at(-1) ?? '')),
    'metadata',
  );
  return (
    objects
      .map(({ kind, metadata }) => `${String(kind)} ${metadata.namespace ?? ''}/${metadata.name}`)
      // Revisions of Helm's releases count up, and a volume has a name of its own.
      .map((each) =>
        each.replace(/(sh\.helm\.release\.v1\..*)\.v\d+$/, '$1').replace(/pvc-[-0-9a-f]{36}/, 'pvc'),
      )
      .sort()
  );
}
