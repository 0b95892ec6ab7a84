import { delimiter, join } from 'node:path';
import { ROOT, stateFolder } from '../paths';
import { writeLauncher } from '../shell';

/** What the engine looks for on PATH when a machine has no language host for Node packs. */
export const LAUNCHER = 'pulumi-analyzer-policy-nodejs';

/** What runs a pack. */
export const HOST = join(ROOT, 'sandbox', 'policy', 'host.js');
/** What hands over one that runs already, or runs what it is given. */
const HANDOVER = join(ROOT, 'sandbox', 'policy', 'handover.sh');

/** The checkout's policy pack, for `--policy-pack`. */
export const POLICY_PACK = join(ROOT, 'policy');

/**
 * Environment in which the engine can start the policy pack without a language host: PATH with a folder in front
 * that holds a launcher. It is written anew where it is missing or names another Node or checkout.
 * @param folder where the launcher goes; by default `bin` in the state folder
 * @param path the PATH to put it in front of
 */
export function analyzerEnvironment(
  folder = join(stateFolder(), 'bin'),
  path = process.env.PATH ?? '',
): { PATH: string } {
  writeLauncher(join(folder, LAUNCHER), '/bin/sh', HANDOVER, process.execPath, HOST);
  const others = path.split(delimiter).filter((each) => each !== '' && each !== folder);
  return { PATH: [folder, ...others].join(delimiter) };
}
