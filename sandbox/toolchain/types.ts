/** The sandbox's tools, by the names of their binaries. */
export type ToolName =
  | 'pulumi'
  | 'pulumi-resource-kubernetes'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'etcd'
  | 'kwok'
  | 'helm'
  | 'kubectl'
  | 'gatekeeper'
  | 'gator';

/** A tool that can be run. */
export interface Tool {
  name: ToolName;
  /** Without a leading v, such as "1.36.3". */
  version: string;
  /** Absolute path of the binary. */
  path: string;
  /** The user's own, the publisher's release, or built here from its Go module. */
  origin: 'path' | 'release' | 'build';
}

/** What happens while a tool is obtained. `fallback` says why one way was passed over. */
export interface ToolEvent {
  tool: ToolName;
  phase: 'found' | 'downloading' | 'building' | 'waiting' | 'ready' | 'fallback';
  detail: string;
}

/** Operating system and processor, in Go's words. */
export interface Platform {
  os: 'linux' | 'darwin';
  arch: 'amd64' | 'arm64';
}

/** A tool that cannot be had. `cure` says what the user can do about it. */
export class ToolchainError extends Error {
  override readonly name = 'ToolchainError';

  constructor(
    message: string,
    readonly cure: string,
  ) {
    super(message);
  }
}

/** One way to a tool does not work here and now, for the reason in the message: the next way is tried. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}
