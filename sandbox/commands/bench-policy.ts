import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { hasAdmissionTwin } from '../../policy/admission';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import type { ObjectControl } from '../../policy/control';
import { Exemptions } from '../../policy/exemption';
import { constraintOf, constraintTemplate } from '../../policy/gatekeeper';
import { Judge, type Rules } from '../../policy/judge';
import type { KubernetesObject } from '../../policy/objects';
import { Subject } from '../../policy/subject';
import type { CommandContext } from '../cli';
import { type StackPaths } from '../paths';
import { analyzerEnvironment, LAUNCHER, POLICY_PACK } from '../policy/analyzer';
import { objectsOf, withProgram } from '../policy/program';
import { type Tool, type ToolName } from '../toolchain/obtain';
import { type Note, seconds } from './figures';

const OBJECTS = 1000;
const ROUNDS = 3;

/**
 * Measures the controls by themselves: on a thousand objects as the stack's releases and program have them, against
 * gator with the same controls on the same objects, and the pack from its start to its being asked.
 */
export async function benchPolicy(
  context: CommandContext,
  paths: StackPaths,
  tools: Map<ToolName, Tool>,
  note: Note,
): Promise<void> {
  const objects = await thousandOf(context);
  const judged = objects.length;
  const all = await judging(OBJECT_CONTROLS, objects);
  note(`controls (${OBJECT_CONTROLS.length}) over ${judged} objects, one core`, all);
  const gator = tools.get('gator')?.path;
  if (gator) {
    const shared = OBJECT_CONTROLS.filter(hasAdmissionTwin);
    const ours = await judging(shared, objects);
    const theirs = await gatorTest(gator, shared, objects);
    note(`those ${shared.length} that Gatekeeper has, over the same`, ours);
    note('gator test, the same', theirs);
    note('gator against ours', theirs / ours, 'x');
  }
  const { start, memory } = await packStart(paths);
  note('policy pack, from its start to ready', start);
  note('policy pack, memory once ready', memory / 1024 / 1024, 'MiB');
}

/** A thousand of the stack's objects, from the first on as often as it takes; each has a name of its own. */
async function thousandOf(context: CommandContext): Promise<KubernetesObject[]> {
  const objects = await withProgram(context, objectsOf);
  const rounds = Array.from({ length: Math.ceil(OBJECTS / objects.length) }, () => objects).flat();
  return rounds.slice(0, OBJECTS).map((object, index) => {
    const metadata = { ...object.metadata, name: `bench-${index}` };
    return structuredClone({ ...object, metadata });
  });
}

/** The middle one of several rounds; the rules are compiled before, as they are before the first request. */
async function judging(
  controls: readonly ObjectControl[],
  objects: readonly KubernetesObject[],
): Promise<number> {
  const rules: Rules = {
    controls,
    levelOf: () => 'mandatory',
    configured: () => ({}),
    exemptions: new Exemptions([]),
  };
  const judge = new Judge(rules);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push(await seconds(() => objects.forEach((object) => judge.object(new Subject(object)))));
  }
  return rounds.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? 0;
}

/** As its users call it: a process that reads templates, constraints and objects from files. */
async function gatorTest(
  gator: string,
  controls: readonly ObjectControl[],
  objects: readonly KubernetesObject[],
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'platform-bench-gator-'));
  const write = (name: string, all: readonly object[]): string => {
    const path = join(folder, name);
    writeFileSync(path, all.map((each) => JSON.stringify(each)).join('\n---\n'));
    return path;
  };
  const policies = write(
    'policies.yaml',
    controls.flatMap((control) => [
      constraintTemplate(control),
      constraintOf(control, { action: 'deny', admits: true }),
    ]),
  );
  const manifests = write('objects.yaml', objects);
  try {
    return await seconds(() => {
      const args = ['test', '-o', 'json', '-f', policies, '-f', manifests];
      const { status, stderr } = spawnSync(gator, args, { encoding: 'utf8', maxBuffer: 1024 ** 3 });
      // 1: it found violations.
      if (status !== 0 && status !== 1) throw new Error(`gator: ${stderr.slice(0, 500)}`);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts the pack as the engine does, and waits for the port that it says. */
async function packStart(paths: StackPaths): Promise<{ start: number; memory: number }> {
  const { PATH } = analyzerEnvironment(join(paths.folder, 'bin'));
  const launcher = join(PATH.split(delimiter)[0] ?? '', LAUNCHER);
  let pid = 0;
  const start = await seconds(
    () =>
      new Promise<void>((resolve, reject) => {
        const pack = spawn(launcher, ['127.0.0.1:1', POLICY_PACK], {
          cwd: POLICY_PACK,
          env: { ...process.env, PULUMI_CONFIG: '{}' },
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        pid = pack.pid ?? 0;
        pack.on('error', reject);
        pack.on('exit', () => reject(new Error('the policy pack did not start')));
        pack.stdout.once('data', () => resolve());
      }),
  );
  const memory = residentOf(pid);
  process.kill(pid);
  return { start, memory };
}

function residentOf(pid: number): number {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Number(stdout.trim()) * 1024;
}
