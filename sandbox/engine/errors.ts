import { ChartError } from '../../components/charts/resolve';
import { SettingsError } from '../../stacks/validate';
import { PlaneError } from '../plane/plane';
import { stateFolder } from '../paths';
import { isFileError } from '../toolchain/cache';
import { cacheFolder, ToolchainError } from '../toolchain/obtain';
import type { EventLog } from './events';

/** What is told of a failure: what went wrong, and what to do. */
export interface Failure {
  message: string;
  cure: string;
}

/** A failure of the sandbox itself, with its cure. */
export class SandboxError extends Error {
  constructor(
    message: string,
    readonly cure: string,
  ) {
    super(message);
  }
}

/** Another command has the stack: this one did nothing. */
export class BusyError extends SandboxError {}

/** A failure in the words of whoever knows most about it; never a stack trace. */
export function describeFailure(error: unknown, log?: EventLog): Failure {
  if (error instanceof SettingsError) {
    return {
      message: error.message,
      cure: 'correct the settings named above; docs/settings.md describes each',
    };
  }
  if (hasCure(error)) return { message: error.message, cure: error.cure };
  const refused = [...(log?.violations.values() ?? [])].filter(({ mandatory }) => mandatory);
  if (refused.length > 0) {
    return {
      message: `controls are violated, and what violates them was not touched:\n${refused.map(({ text }) => `  ${text}`).join('\n')}`,
      cure: 'correct what is named above (policy/controls says why), or lower platform:security.enforcement',
    };
  }
  if (log && log.errors.length > 0) return engineFailure(log);
  if (error instanceof Error && isFileError(error)) return fileFailure(error);
  const message = error instanceof Error ? error.message : String(error);
  if (KILLED.test(message)) {
    return {
      message: 'the engine was ended from outside before it was done',
      cure: 'run the command again: it goes on from where it stopped',
    };
  }
  return { message: firstWords(message), cure: 'run the command again; `make status` shows what is there' };
}

function hasCure(error: unknown): error is Error & { cure: string } {
  return (
    error instanceof ChartError ||
    error instanceof PlaneError ||
    error instanceof ToolchainError ||
    error instanceof SandboxError
  );
}

/** What to do about a disk without space, or undefined when the text speaks of no such thing. */
export function diskFullCure(text: string): string | undefined {
  if (!/no space left|disk quota exceeded|file too large/i.test(text)) return undefined;
  return (
    `free some space (state is in ${stateFolder()}, the cache in ${cacheFolder(process.env)}; PLATFORM_STATE and ` +
    'PLATFORM_CACHE name others), then run the command again: it goes on from where it stopped'
  );
}

/** A failure of the file system: in the state folder, which the user may have named, or elsewhere. */
function fileFailure({ message, path = '' }: NodeJS.ErrnoException): Failure {
  const state = stateFolder();
  const full = diskFullCure(message);
  if (full) return { message: `the disk is full: ${message}`, cure: full };
  if (path === state || path.startsWith(`${state}/`) || state.startsWith(`${path}/`)) {
    return {
      message: `the state folder ${state} cannot be used: ${message}`,
      cure: 'name a folder that you may write to in PLATFORM_STATE, or leave it unset for .sandbox in the checkout',
    };
  }
  return {
    message,
    cure: `see that you may read and write ${path || 'what is named above'}, then run again`,
  };
}

/** What the API server says to the marker of another stack. Other failures of the marker are no sign of one. */
const FOREIGN = /immutable when `immutable` is set|platform-owner.*(immutable|conflict)/is;

/** What the engine says beside the reason that something failed for. */
const BY_PRODUCT = /^(update|preview|destroy|refresh) failed$|^failed to run policy: context canceled$/;

/** Why a request got no answer: as clients in Go say it, and kubectl. */
const NO_ANSWER = [
  /\b(?:Get|Head|Post|Put|Patch|Delete) "https?:\/\/[^"]+": (?:(?:read|write|dial) tcp \S+: )?(.+)/,
  /^Unable to connect to the server: (.+)/,
  /^The connection to the server \S+ (was refused)/,
  // The provider goes on with a way to forget what is on the cluster.
  /\bfailed to read resource state due to (unreachable cluster)/,
];

/** Why the API server did not answer. What it says itself of a webhook that it can't reach is not that. */
function noAnswer(text: string, reasons: readonly string[]): string[] {
  const lines = [...text.split('\n'), ...reasons].filter((line) => !line.includes('webhook'));
  return [...new Set(lines.flatMap((line) => NO_ANSWER.flatMap((form) => form.exec(line)?.[1] ?? [])))];
}

function engineFailure(log: EventLog): Failure {
  const failed = [...log.steps.values()].filter(({ failed: isFailed }) => isFailed).map(({ name }) => name);
  const messages = [...new Set(log.errors)].filter((message) => !BY_PRODUCT.test(message));
  const text = (messages.length > 0 ? messages : log.errors).join('\n');
  if (FOREIGN.test(text)) {
    return {
      message: `the cluster belongs to another stack (ConfigMap kube-system/platform-owner says which): ${text}`,
      cure: 'use the kubeconfig context of this stack’s own cluster; nothing was changed',
    };
  }
  if (text.includes('protect') && text.includes('delete')) {
    return {
      message: text,
      cure: 'the stack is protected: set platform:protection.enabled to false and run `up` before destroying it',
    };
  }
  if (messages.length > 0 && messages.every((message) => /cancel/i.test(message))) {
    return {
      message: `interrupted while these were under way: ${failed.join(', ')}`,
      cure: 'run the command again: it goes on from where it stopped',
    };
  }
  // Before it touches anything, the program asks the cluster itself, and says what came of it.
  const causes = text.includes('nothing was touched') ? [] : noAnswer(text, log.reasons);
  if (causes.length > 0) {
    const unfinished = failed.length > 0 ? `; not finished: ${failed.join(', ')}` : '';
    return {
      message: `the API server did not answer (${causes.slice(0, 3).join('; ')})${unfinished}`,
      cure:
        'see that it runs, and that its certificate is of the authority that the kubeconfig names, then run the ' +
        'command again: it goes on from where it stopped',
    };
  }
  const cure = diskFullCure(text);
  return {
    message: [
      failed.length > 0 ? `${failed.join(', ')}: ${text}` : text,
      ...log.outcomes,
      ...notReady(log),
    ].join('\n'),
    cure: cure ?? 'correct what is named above and run the command again: it goes on from where it stopped',
  };
}

function notReady({ reasons }: EventLog): string[] {
  return reasons.length > 0 ? ['what it waited for:', ...reasons.map((reason) => `  ${reason}`)] : [];
}

/** What the Automation API says when the CLI did not exit by itself. */
const KILLED = /^code: -2\b/;

function firstWords(message: string): string {
  const lines = message.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  return lines.slice(0, 10).join('\n');
}
