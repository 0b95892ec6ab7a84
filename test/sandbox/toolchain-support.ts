import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readLock, type ToolchainLock } from '../../sandbox/toolchain/catalogue';
import {
  obtainToolchain,
  type Tool,
  type ToolchainOptions,
  type ToolEvent,
  type ToolName,
} from '../../sandbox/toolchain/obtain';
import { Host, hostWith } from '../helpers/host';

export const HELM = '/get.helm.sh/helm-v3.22.0-linux-amd64.tar.gz';
export const KUBE = '/dl.k8s.io/release/v1.36.3/bin/linux/amd64';
export const HELM_SCRIPT = '#!/bin/sh\necho v3.22.0+g0\n';
export const KUBE_SCRIPT = '#!/bin/sh\necho Kubernetes v1.36.3\n';

/** A folder of its own for each test: `home`, a `bin` that is all of PATH, and a cache. */
export class Scene {
  folder = '';
  lock: ToolchainLock = readLock();
  readonly events: ToolEvent[] = [];

  constructor(private readonly host: Host) {}

  open(): void {
    this.folder = mkdtempSync(join(tmpdir(), 'toolchain-'));
    this.lock = readLock();
    this.events.length = 0;
    mkdirSync(this.bin);
    // What the scripts and tar need, and nothing that a developer may have on PATH.
    for (const name of ['sh', 'tar', 'gzip', 'cat', 'cp', 'mkdir', 'sleep', 'basename']) {
      const path = ['/bin', '/usr/bin'].map((folder) => join(folder, name)).find(existsSync);
      if (path) symlinkSync(path, join(this.bin, name));
    }
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  get bin(): string {
    return join(this.folder, 'bin');
  }

  get cache(): string {
    return join(this.folder, 'cache');
  }

  get options(): ToolchainOptions {
    return {
      cache: this.cache,
      env: { PATH: this.bin, HOME: this.folder },
      releaseBase: this.host.base,
      platform: { os: 'linux', arch: 'amd64' },
      lock: this.lock,
      onEvent: (event) => this.events.push(event),
    };
  }

  /** Obtains one tool. */
  async obtain(name: ToolName, more: Partial<ToolchainOptions> = {}): Promise<Tool> {
    const tools = await obtainToolchain({ ...this.options, names: [name], ...more });
    return tools.get(name)!;
  }

  /** What was told in a phase, one line each. */
  told(phase: ToolEvent['phase']): string[] {
    return this.events
      .filter((event) => event.phase === phase)
      .map((event) => `${event.tool}: ${event.detail}`);
  }

  /** Puts a script on PATH. */
  onPath(name: string, script: string): string {
    const path = join(this.bin, name);
    writeFileSync(path, script);
    chmodSync(path, 0o755);
    return path;
  }

  /** A Go that writes down how it was called and "builds" copies of `products`, by name of the binary. */
  fakeGo(products: Record<string, string>, failure = ''): void {
    const shelf = join(this.folder, 'products');
    mkdirSync(shelf);
    for (const [name, script] of Object.entries(products)) {
      writeFileSync(join(shelf, name), script);
      chmodSync(join(shelf, name), 0o755);
    }
    const module = join(this.folder, 'module', 'cmd', 'pulumi-resource-kubernetes');
    mkdirSync(module, { recursive: true });
    for (const name of ['schema.json', 'terraform-mapping.json']) writeFileSync(join(module, name), name);
    this.onPath(
      'go',
      `#!/bin/sh
echo "$* | $GOFLAGS | CGO_ENABLED=$CGO_ENABLED GOOS=$GOOS GOARCH=$GOARCH GOWORK=$GOWORK" >> '${this.folder}/go.log'
case "$1" in
env) echo go1.26.0; echo "-p=1 -mod=mod -modfile=/elsewhere/go.mod"; exit ;;
list) echo '${this.folder}/module'; exit ;;
mod) echo changed >> go.sum; exit ;;
esac
cat *.json go.sum > '${this.folder}/sources' 2> /dev/null
${failure}
while [ "$1" != -o ]; do shift; done
out=$2; shift 2
case "$out" in
*/) for package; do cp '${shelf}'/$(basename $package) $out; done ;;
*) cp '${shelf}'/$(basename $out) $out ;;
esac
`,
    );
  }

  /** The calls of the fake Go. */
  goCalls(): string[] {
    const log = join(this.folder, 'go.log');
    return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  }

  /** A gzipped archive of the given files. Leading "../" are kept. */
  archive(files: Record<string, string>): Buffer {
    const folder = join(mkdtempSync(join(this.folder, 'archive-')), 'inner');
    mkdirSync(folder);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const names = Object.keys(files);
    return execFileSync('tar', ['-czPf', '-', ...names], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  /** Serves a file and its publisher's checksum. */
  publish(path: string, content: Buffer, suffix: string, checksum = sha256(content)): void {
    this.host.routes.set(path, content);
    this.host.routes.set(`${path}${suffix}`, `${checksum}  ${basename(path)}\n`);
  }

  /** Serves a good Helm archive and returns it. */
  publishHelm(checksum?: string): Buffer {
    const content = this.archive({ 'linux-amd64/helm': HELM_SCRIPT });
    this.publish(HELM, content, '.sha256sum', checksum ?? sha256(content));
    return content;
  }

  /** Records a digest of Helm in this scene's lock. */
  recordHelm(digest: string): void {
    const digests = this.lock.parts.helm?.tools.helm?.sha256;
    if (digests) digests['linux-amd64'] = digest;
  }

  /** What a failure left of Helm, or of the work for it. */
  halfMade(): string[] {
    const root = join(this.cache, 'toolchain');
    return ['.tmp', '.locks', 'linux-amd64'].flatMap((name) => {
      const folder = join(root, name);
      return existsSync(folder) ? readdirSync(folder) : [];
    });
  }

  /** The installed binary of a tool. */
  installed(name: string, version: string): string {
    return join(this.cache, 'toolchain', 'linux-amd64', name, version, name);
  }
}

/** A release host for the tests of a file, and a scene for each of them. */
export function setUp(): { host: Host; scene: Scene } {
  const host = new Host();
  return { host, scene: hostWith(host, new Scene(host)) };
}

/** Matches a text that contains `part`, or fits the pattern. */
export function textWith(part: string | RegExp): unknown {
  return typeof part === 'string' ? expect.stringContaining(part) : expect.stringMatching(part);
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A provider that answers GetPluginInfo with a version, as far as this is looked at. */
export function providerScript(version: string): string {
  return `#!${process.execPath}
const server = require('node:http2').createServer();
server.on('stream', (stream, headers) => {
  const known = headers[':path'] === '/pulumirpc.ResourceProvider/GetPluginInfo';
  const text = Buffer.from(known ? '${version}' : 'unknown call');
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
  stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, text.length + 2, 0x0a, text.length]), text]));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;
}
