import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Limits, TransferError } from './download';

const MOST_OUTPUT = 256 * 1024 * 1024;

/** The user's Helm binary, run with folders of its own instead of the user's. */
export class Helm {
  /**
   * @param path of the binary
   * @param home a folder that this run may fill and that its owner removes
   */
  constructor(
    private readonly path: string,
    readonly home: string,
    readonly limits: Limits,
  ) {}

  /**
   * Runs helm and gives what it prints.
   * @param home where its cache, data and configuration are; `login: 'user'` takes the user's configuration, and so
   *   the user's registry logins
   * @throws TransferError with what helm gives as its error
   */
  run(args: string[], home = this.home, login: 'none' | 'user' = 'none'): Promise<string> {
    const env = login === 'user' ? { ...process.env } : withoutHelm(process.env);
    env.HELM_CACHE_HOME = join(home, 'cache');
    env.HELM_DATA_HOME = join(home, 'data');
    if (login === 'none') env.HELM_CONFIG_HOME = join(home, 'config');
    const options = {
      env,
      timeout: this.limits.command,
      killSignal: 'SIGKILL' as const,
      maxBuffer: MOST_OUTPUT,
    };
    return new Promise((resolve, reject) => {
      const child = execFile(this.path, args, options, (error, stdout, stderr) => {
        if (!error) {
          resolve(stdout);
          return;
        }
        const missing = /not found|no chart (version|name) found|404/i.test(stderr);
        let said = /^Error: (.*)$/m.exec(stderr)?.[1] ?? `${error.message} ${stderr}`.trim();
        if (error.killed) said = `no end within ${this.limits.command / 1000} s`;
        // A code in words is the system's: there is no such binary, or it said too much.
        const passing = !missing && typeof error.code !== 'string';
        reject(new TransferError(`helm ${args[0] ?? ''}: ${said}`, passing, missing));
      });
      child.stdin?.end();
    });
  }

  /** The archive that `helm pull` brings. */
  async pull(args: string[], home = this.home, login: 'none' | 'user' = 'none'): Promise<Buffer> {
    const folder = await mkdtemp(join(this.home, 'pull-'));
    await this.run(['pull', ...args, '--destination', folder], home, login);
    const file = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
    if (file === undefined) throw new TransferError(`helm pull brought no archive`, false);
    return readFile(join(folder, file));
  }
}

/** The user's environment without what changes how Helm works; proxies stay. */
function withoutHelm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('HELM_')));
}
