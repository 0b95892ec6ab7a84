import { spawn } from 'node:child_process';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { writeLauncher } from '../shell';
import { killGroup } from './run';
import type { Tool } from './types';

/** Puts the Kubernetes provider where Pulumi looks for it below `pulumiHome`, and returns the folder. */
export function placePlugin(tool: Tool, pulumiHome: string): string {
  const folder = join(pulumiHome, 'plugins', `resource-kubernetes-v${tool.version}`);
  writeLauncher(join(folder, tool.name), tool.path);
  return folder;
}

/**
 * The version of a provider binary, which has no flag for it: started without an engine it prints the port on
 * which it answers GetPluginInfo. Undefined when it does not answer within `timeout` milliseconds.
 */
export async function askPluginVersion(
  path: string,
  env: NodeJS.ProcessEnv,
  timeout: number,
): Promise<string | undefined> {
  const child = spawn(path, [], { env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeout);
    child.on('error', () => resolve(undefined));
    child.on('exit', () => resolve(undefined));
  });
  const answer = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', (port) => {
      getPluginInfo(Number(port)).then(resolve, reject);
    });
  });
  try {
    return await Promise.race([answer, patience]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    killGroup(child.pid);
    child.stdout.destroy();
  }
}

/** One gRPC call by hand: an empty request, and an answer whose only field is the version. */
function getPluginInfo(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://127.0.0.1:${port}`);
    session.on('error', reject);
    const call = session.request({
      ':method': 'POST',
      ':path': '/pulumirpc.ResourceProvider/GetPluginInfo',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    call.on('data', (chunk: Buffer) => chunks.push(chunk));
    call.on('error', reject);
    call.on('end', () => {
      session.destroy();
      // Five bytes of framing, then field 1: tag, length, text.
      const message = Buffer.concat(chunks).subarray(5);
      if (message[0] === 0x0a) resolve(message.subarray(2, 2 + (message[1] ?? 0)).toString());
      else reject(new Error('not a plugin'));
    });
    call.end(Buffer.alloc(5));
  });
}
