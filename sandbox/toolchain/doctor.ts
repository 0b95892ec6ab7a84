import { findCached } from './cache';
import { assetOf, compareVersions, sourceOf, type ToolRow } from './catalogue';
import { contextOf, rowOf, type Context, type ToolchainOptions } from './context';
import { run } from './run';
import type { ToolName } from './types';
import { findFitting, findOnPath, findVersion } from './versions';

/** What `make doctor` says of one thing that the sandbox needs. */
export interface Diagnosis {
  name: string;
  /** There already; not there, but `make up` gets it; or for the user to get. */
  state: 'present' | 'obtainable' | 'missing';
  /** Without a leading v, where it is known. */
  version?: string;
  /** Where it is or would come from, or what is wrong. */
  detail: string;
  /** How to get it; only when it is missing. */
  cure?: string;
}

const PREREQUISITES = [
  {
    name: 'node',
    question: ['--version'],
    least: '20.0.0',
    cure: 'Install Node.js 20 or later: https://nodejs.org',
  },
  { name: 'git', question: ['--version'], least: '0.0.0', cure: 'Install git: https://git-scm.com' },
  { name: 'make', question: ['--version'], least: '0.0.0', cure: 'Install make with the package manager.' },
  { name: 'tar', question: ['--version'], least: '0.0.0', cure: 'Install tar with the package manager.' },
];

/** Looks at everything that the sandbox needs, in the order of README's list; installs nothing. */
export async function diagnose(options: ToolchainOptions = {}): Promise<Diagnosis[]> {
  const context = contextOf({ ...options, onEvent: () => undefined }, new AbortController().signal);
  const names = options.names ?? [...context.rows.keys()];
  const [go, ...others] = await Promise.all([
    diagnoseProgram('go', ['version'], `${context.goVersion}.0`, goCure(context), context),
    ...PREREQUISITES.map(({ name, question, least, cure }) =>
      diagnoseProgram(name, question, least, cure, context),
    ),
  ]);
  const tools = await Promise.all(names.map((name) => diagnoseTool(name, go, context)));
  const builds = tools.filter((tool) => tool.state === 'missing' || tool.detail.startsWith('built'));
  // Go is needed by some machines only.
  const unneeded = go.state === 'missing' && builds.length === 0;
  return [
    ...others,
    unneeded ? { name: 'go', state: 'obtainable', detail: `${go.detail}; nothing has to be built here` } : go,
    ...tools,
  ];
}

async function diagnoseProgram(
  name: string,
  question: string[],
  least: string,
  cure: string,
  context: Context,
): Promise<Diagnosis> {
  const [path] = await findOnPath(name, context.env);
  if (!path) return { name, state: 'missing', detail: 'not on PATH', cure };
  // The Go that is installed, not one that it would fetch.
  const env = { ...context.env, GOTOOLCHAIN: 'local' };
  const answer = await run(path, question, { env, timeout: context.timeouts.version });
  // Some of them have no third number, and make on macOS none that matters.
  const version = findVersion(answer.stdout) ?? /\d+\.\d+/.exec(answer.stdout)?.[0];
  if (!version) {
    const detail = `${path} does not tell its version${answer.failure && `: ${answer.failure}`}`;
    return least === '0.0.0' ? { name, state: 'present', detail } : { name, state: 'missing', detail, cure };
  }
  if (compareVersions(version, least) >= 0) return { name, state: 'present', version, detail: path };
  if (name === 'go' && compareVersions(version, '1.21.0') >= 0 && (await fetchesGo(path, context))) {
    return { name, state: 'obtainable', version, detail: `${path} fetches Go ${context.goVersion} itself` };
  }
  return { name, state: 'missing', version, detail: `${path} is older than ${least}`, cure };
}

async function fetchesGo(path: string, context: Context): Promise<boolean> {
  const answer = await run(path, ['env', 'GOTOOLCHAIN'], {
    env: context.env,
    timeout: context.timeouts.version,
  });
  return answer.ok && /auto|^go/.test(answer.stdout.trim());
}

async function diagnoseTool(name: ToolName, go: Diagnosis, context: Context): Promise<Diagnosis> {
  const row = rowOf(name, context);
  const tool = (await findFitting(row, context)) ?? (await findCached(row, context));
  if (tool) return { name, state: 'present', version: tool.version, detail: `${tool.path} (${tool.origin})` };
  const { version } = row;
  const refusal = await whyNoRelease(row, context);
  if (!refusal) {
    return { name, state: 'obtainable', version, detail: `release: ${assetOf(row, context.platform)?.url}` };
  }
  if (go.state !== 'missing') {
    return { name, state: 'obtainable', version, detail: `built with Go from ${sourceOf(row)} (${refusal})` };
  }
  const { from, below } = row.accepts;
  const cure = `Put ${name} (at least ${from}, below ${below}) on PATH, or: ${goCure(context)}`;
  return {
    name,
    state: 'missing',
    version,
    detail: `no release to take (${refusal}) and no Go to build with`,
    cure,
  };
}

async function whyNoRelease(row: ToolRow, context: Context): Promise<string> {
  const asset = assetOf(row, context.platform);
  if (!asset) return 'none is published for this platform';
  if (!asset.checksums && !asset.sha256) return 'it has no published checksum and no recorded digest';
  const reason = await context.network.reachable(asset.url);
  return reason || (asset.checksums ? context.network.reachable(asset.checksums) : '');
}

function goCure(context: Context): string {
  return `Install Go ${context.goVersion} or later: https://go.dev/dl/`;
}
