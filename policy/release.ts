import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { ManifestError, parseManifests } from './manifests';
import { kept, type RenderCache } from './render-cache';
import { type ChartArchive, readChart } from './chart';
import { identityOf, isClusterScoped, isRecord, type KubernetesObject } from './objects';
import { UNKNOWN } from './subject';

/** Pulumi type of a Helm release. */
export const RELEASE_TYPE = 'kubernetes:helm.sh/v3:Release';

/** What releases are rendered with, and for which cluster. */
export interface Target {
  /** The Helm binary: a path, or a name on PATH. */
  helm: string;
  /** The folder that chart paths are relative to: the project's. */
  project: string;
  /** Such as "1.36"; without it, what the binary takes for the newest. */
  kubernetesVersion: string | undefined;
  /** Groups and versions that the cluster serves beyond Kubernetes' own, such as "cert-manager.io/v1". */
  apiVersions: readonly string[];
  /** Where renders are kept; without it, none are. */
  cache?: RenderCache | undefined;
}

/** A release could not be rendered, and so not judged. Holds no value of the release. */
export class RenderError extends Error {
  /** @param undecided whether values that are not known yet may be the reason */
  constructor(
    message: string,
    readonly undecided: boolean,
  ) {
    super(message);
  }
}

/** The inputs of a release that decide what is rendered. */
interface ReleaseInputs {
  chart?: unknown;
  name?: unknown;
  namespace?: unknown;
  version?: unknown;
  values?: unknown;
  skipCrds?: unknown;
  disableWebhooks?: unknown;
  repositoryOpts?: { repo?: unknown };
}

/** What a release renders to. */
export interface Rendered {
  objects: KubernetesObject[];
  /** All that decided what comes out, where that is known: without a value that is not known yet. */
  deciding?: readonly string[];
}

/** Longest time that Helm may take, in milliseconds. */
const TIMEOUT = 60_000;

/**
 * Every object that a release holds, hooks and CRDs included, rendered with the release's own values as the update
 * does it. Values go to Helm by standard input, and nothing of them is written to disk in plain text. What a value that
 * is not known yet ends up in is `UNKNOWN`.
 * @param turn which of several renders of the same it is, where they are compared with one another
 * @param archive of its chart, where that is one on disk
 * @throws RenderError when it can't be rendered
 */
export async function renderRelease(
  inputs: ReleaseInputs,
  target: Target,
  turn = 'first',
  archive = readChart({ ...inputs }, target.project, target.cache),
): Promise<Rendered> {
  const placeholder = new Placeholder();
  const values = JSON.stringify(placeholder.put(inputs.values ?? {}));
  const texts = [inputs.chart, inputs.name, inputs.namespace ?? 'default'];
  if (!texts.every((text): text is string => typeof text === 'string')) {
    throw new RenderError('its chart, name or namespace is not known yet', true);
  }
  const [chart = '', name = '', namespace = ''] = texts;
  const options = flags(inputs, namespace, target);
  const apis = target.apiVersions.flatMap((each) => ['--api-versions', each]);
  const args = [name, locate(chart, inputs, target), ...options, ...apis];
  const render = async (): Promise<KubernetesObject[]> => {
    const objects = archive?.derivedObjects() ?? parseManifests(await runTemplate(args, values, target));
    return eachOnce(
      objects.map((object) => inNamespace(placeholder.take(object) as KubernetesObject, namespace)),
    );
  };
  try {
    // What stands for an unknown value is another one each time.
    const around = placeholder.used ? undefined : await surroundings(archive, apis, target);
    if (!archive || !around) return { objects: await render() };
    const deciding = [archive.digest, name, values, turn, ...options, ...around];
    return { objects: await kept(target.cache, deciding, render), deciding };
  } catch (error) {
    throw new RenderError(mask(reasonOf(error), inputs.values), placeholder.used);
  }
}

/**
 * What decides beside the release itself: which Helm it is, and the APIs that the cluster serves. What is installed already
 * when a release's turn comes differs from run to run, and few charts ask for it. Undefined where nothing is kept.
 */
async function surroundings(
  archive: ChartArchive | undefined,
  apis: readonly string[],
  { cache, helm }: Target,
): Promise<string[] | undefined> {
  const metadata = cache && (await archive?.metadata());
  const identity = metadata && (await identityOfFile(helm));
  if (!metadata || !identity) return undefined;
  return [identity, ...(metadata.asksForApis ? [...apis].sort() : [])];
}

/** Tells a Helm from another one that comes to be at its place. Undefined where it is looked for on PATH, or missing. */
async function identityOfFile(path: string): Promise<string | undefined> {
  const file = isAbsolute(path) ? await stat(path).catch(() => undefined) : undefined;
  return file && `${path} ${file.size} ${file.mtimeMs}`;
}

function reasonOf(error: unknown): string {
  if (error instanceof ManifestError) return `it renders to no YAML: ${error.message}`;
  return String(error instanceof Error ? error.message : error);
}

/** Helm renders an object twice without a word, and fails to install it: the second one exists already. */
function eachOnce(objects: KubernetesObject[]): KubernetesObject[] {
  const identities = objects.filter((object) => !isHook(object)).map(identityOf);
  const twice = identities.filter((identity, index) => identities.indexOf(identity) !== index);
  if (twice.length > 0) throw new Error(`it makes twice what can be there once: ${twice.join(', ')}`);
  return objects;
}

/** Hooks come and go: several of one name may each have their turn. */
function isHook({ metadata }: KubernetesObject): boolean {
  return isRecord(metadata?.annotations) && 'helm.sh/hook' in metadata.annotations;
}

function locate(chart: string, { repositoryOpts }: ReleaseInputs, { project }: Target): string {
  return repositoryOpts?.repo || chart.includes('://') ? chart : resolve(project, chart);
}

function flags(inputs: ReleaseInputs, namespace: string, target: Target): string[] {
  const { kubernetesVersion } = target;
  const text = (flag: string, value: unknown): string[] => (typeof value === 'string' ? [flag, value] : []);
  return [
    ...['--namespace', namespace, '--values', '-'],
    // Only `helm test` makes them.
    '--skip-tests',
    ...(inputs.skipCrds === true ? ['--skip-crds'] : ['--include-crds']),
    ...(inputs.disableWebhooks === true ? ['--no-hooks'] : []),
    ...text('--repo', inputs.repositoryOpts?.repo),
    ...text('--version', inputs.version),
    ...text('--kube-version', kubernetesVersion && fullVersion(kubernetesVersion)),
  ];
}

/** Kubernetes' version as Helm wants it, with all three numbers. */
export function fullVersion(version: string): string {
  return /^v?\d+\.\d+$/.test(version) ? `${version}.0` : version;
}

function runTemplate(args: string[], values: string, { helm }: Target): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(helm, ['template', ...args], {
      signal: AbortSignal.timeout(TIMEOUT),
      killSignal: 'SIGKILL',
    });
    const printed: Buffer[] = [];
    const complaints: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => printed.push(data));
    child.stderr.on('data', (data: Buffer) => complaints.push(data));
    child.on('error', (error) => {
      const slow = `helm template took more than ${TIMEOUT / 1000} seconds`;
      const missing = `${helm} could not be started (${error.message}); it must be on PATH`;
      fail(new Error(error.name === 'AbortError' ? slow : missing));
    });
    child.on('close', (code) => {
      const said = Buffer.concat(complaints).toString();
      if (code === 0) done(Buffer.concat(printed).toString());
      else fail(new Error(/^Error: (.*)$/m.exec(said)?.[1] ?? `helm template ended with code ${code}`));
    });
    // A Helm that ends before it has read everything says why on standard error.
    child.stdin.on('error', () => undefined);
    child.stdin.end(values);
  });
}

/** Helm leaves the namespace out where the chart does, and then takes the release's. */
function inNamespace(object: KubernetesObject, namespace: string): KubernetesObject {
  if (object.metadata?.namespace !== undefined || isClusterScoped(object)) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

/** Stands for what is not known yet while Helm renders: a text that no chart holds. */
class Placeholder {
  used = false;
  private readonly text = `not-known-yet-${randomBytes(8).toString('hex')}`;

  /** A copy with the text in place of each `UNKNOWN`. */
  put(value: unknown): unknown {
    return mapLeaves(value, (leaf) => {
      if (leaf !== UNKNOWN) return leaf;
      this.used = true;
      return this.text;
    });
  }

  /** A copy with `UNKNOWN` in place of each text that it ended up in. */
  take(value: unknown): unknown {
    if (!this.used) return value;
    return mapLeaves(value, (leaf) =>
      typeof leaf === 'string' && leaf.includes(this.text) ? UNKNOWN : leaf,
    );
  }
}

function mapLeaves(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, change));
  if (!isRecord(value)) return change(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapLeaves(item, change)]));
}

/** A chart may print values in what it complains of, and any of them may be secret. */
function mask(message: string, values: unknown): string {
  let masked = message;
  mapLeaves(values, (leaf) => {
    if (typeof leaf === 'string' && leaf.length >= 6) masked = masked.replaceAll(leaf, '[value]');
  });
  return masked;
}
