import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveName, CATALOGUE, type ChartName } from '../../components/catalogue';
import { packArchive } from '../../policy/archive';
import { type ResolveOptions } from '../../components/charts/resolve';
import { Host, hostWith } from '../helpers/host';

export const LIMITS = { backoff: 5, stall: 300, probe: 300, command: 20_000 };

/** A small chart with a name and version of the catalogue's. */
export function chartArchive(
  chart: ChartName,
  files: Record<string, string> = {},
  metadata: Record<string, string> = {},
): Buffer {
  const all = { apiVersion: 'v2', name: chart, version: CATALOGUE[chart].version, ...metadata };
  return packArchive(chart, new Map(Object.entries({ 'Chart.yaml': JSON.stringify(all), ...files })));
}

/** A lock that holds a digest for the chart named gateway. */
export function lockOf(sha256: string): Record<string, { version: string; sha256: string }> {
  return { gateway: { version: CATALOGUE.gateway.version, sha256 } };
}

/** Folders of a test's own: a project's charts, a user's cache, a mirror, and whatever else. */
export class Place {
  root = '';
  readonly events: string[] = [];

  open(): void {
    this.root = mkdtempSync(join(tmpdir(), 'charts-test-'));
    this.events.length = 0;
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  get folder(): string {
    return join(this.root, 'project', '.charts');
  }

  get cache(): string {
    return join(this.root, 'cache');
  }

  get mirror(): string {
    return join(this.root, 'mirror');
  }

  /** Options that need no network; charts without a digest are taken. */
  options(charts: ChartName[], more: Partial<ResolveOptions> = {}): ResolveOptions {
    return {
      charts,
      folder: this.folder,
      cache: this.cache,
      helm: join(this.root, 'no-helm'),
      kubernetesVersion: '1.36',
      allowUnlocked: true,
      lock: {},
      limits: LIMITS,
      // A port that nothing listens on.
      repository: () => 'http://127.0.0.1:9/charts',
      onEvent: ({ chart, detail }) => this.events.push(`${chart}: ${detail}`),
      ...more,
    };
  }

  put(folder: string, chart: ChartName, bytes: Buffer = chartArchive(chart)): string {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, archiveName(chart));
    writeFileSync(path, bytes);
    return path;
  }

  /** Names of what is in the project's folder. */
  placed(): string[] {
    return existsSync(this.folder) ? readdirSync(this.folder).sort() : [];
  }

  sources(): Record<string, { source: string }> {
    return JSON.parse(readFileSync(join(this.folder, 'sources.json'), 'utf8')) as Record<
      string,
      { source: string }
    >;
  }

  /**
   * A stand-in for the helm binary that pulls from a folder and writes what it is called with, and its HELM_
   * variables, into `calls`.
   */
  fakeHelm(upstream: string, before = ''): { path: string; calls: () => string[] } {
    const [path, log] = [join(this.root, 'helm'), join(this.root, 'helm.log')];
    const script = `#!/bin/sh
echo "$* | $(env | grep ^HELM_ | sort | tr '\\n' ' ')" >> ${log}
${before}
[ "$1" = pull ] || exit 0
cp ${upstream}/$(basename "$2")-"$4".tgz "$6"/ 2>/dev/null || { echo "Error: $2 not found" >&2; exit 1; }
`;
    writeFileSync(path, script);
    chmodSync(path, 0o755);
    return {
      path,
      calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
    };
  }
}

/** A host for the tests of a file, and a place for each of them. */
export function setUp(): { host: Host; place: Place } {
  const host = new Host();
  return { host, place: hostWith(host, new Place()) };
}

/** What a promise is rejected with. */
export async function failureOf(work: Promise<unknown>): Promise<Error & { cure?: string }> {
  try {
    await work;
  } catch (error) {
    return error as Error & { cure?: string };
  }
  throw new Error('expected a failure');
}
