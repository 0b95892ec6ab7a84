import * as pulumi from '@pulumi/pulumi';
import type { PlatformOutputs } from '../../components/outputs';
import { unseal } from './sealed';

/** Helm values and Kubernetes objects, as the engine is sent them. */
export type Fields = Record<string, unknown>;

/** One resource as the program registered it with the engine. */
export interface Recorded {
  urn: string;
  /** Such as `kubernetes:core/v1:Namespace`. */
  type: string;
  name: string;
  /** Whether it is a resource of a provider; a component is none. */
  custom: boolean;
  /** Inputs with what is secret in plain text. */
  inputs: Fields;
  /** Inputs with `[secret]` in place of what is secret: what a state file or a log would show. */
  shown: Fields;
  /** URN of the component it is in; empty at the top. */
  parent: string;
  /** URN of its provider; empty where none was named. */
  provider: string;
  /** URNs of what it waits for, directly. */
  dependencies: string[];
  protect: boolean;
  /** Properties of which changes are ignored. */
  ignoreChanges: string[];
}

/** What the SDK sends to the engine; its own type is not exported. */
interface Registration {
  getType: () => string;
  getName: () => string;
  getCustom: () => boolean;
  getParent: () => string;
  getProvider: () => string;
  getProtect: () => boolean;
  getIgnorechangesList: () => string[];
  getDependenciesList: () => string[];
  getObject: () => { toJavaScript: () => Fields };
}

type Answer = (error: unknown, response?: { getUrn: () => string }) => void;

interface Monitor {
  registerResource: (request: Registration, answer: Answer) => unknown;
}

// Public in Pulumi's runtime but left out of its types.
const { waitForRPCs } = pulumi.runtime as unknown as { waitForRPCs: () => Promise<void> };

/** A password that the mocked provider made; it must be shown nowhere. */
export const GENERATED = 'generated-';

/** What a program asked the engine for. */
export interface Constructed {
  resources: Recorded[];
  /** The stack's outputs, resolved; `[secret]` in place of what is secret. */
  outputs: PlatformOutputs;
}

/**
 * Runs a program on a mocked engine: no provider, plug-in or cluster is needed. One at a time: Pulumi keeps the engine's
 * address in a global.
 *
 * @throws what the program throws, or what a resource was refused for.
 */
export async function constructMocked(
  program: () => PlatformOutputs,
  { project = 'platform', stack = 'test' } = {},
): Promise<Constructed> {
  const resources: Recorded[] = [];
  await pulumi.runtime.setMocks(
    { call: ({ inputs }) => inputs as Fields, newResource: answerFor },
    project,
    stack,
  );
  record(pulumi.runtime.getMonitor() as unknown as Monitor, resources);
  const { stackTraceLimit } = Error;
  // The SDK notes where each of its promises was made, which takes most of the time of a construction.
  Error.stackTraceLimit = 0;
  try {
    const outputs = program();
    await waitForRPCs();
    return { resources, outputs: await shownOutputs(outputs) };
  } finally {
    // A construction that was refused half-way is still at work.
    await waitForRPCs();
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Every resource is made at once, as it was asked for. */
function answerFor({
  inputs,
  name,
  type,
}: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult {
  const state = inputs as Fields;
  if (type === 'random:index/randomPassword:RandomPassword')
    return { id: 'none', state: { ...state, result: pulumi.secret(`${GENERATED}${name}`) } };
  if (type === 'kubernetes:core/v1:Service')
    return { id: name, state: { ...state, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } } };
  return { id: name, state };
}

/** Has the mocked engine note what it is sent; Pulumi's own mocks hand on neither dependencies nor protection. */
function record(monitor: Monitor, resources: Recorded[]): void {
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, answer) =>
    register(request, (error, response) => {
      if (response) resources.push(recordedOf(request, response.getUrn()));
      answer(error, response);
    });
}

function recordedOf(request: Registration, urn: string): Recorded {
  const sent = request.getObject().toJavaScript();
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs: unseal(sent, (value) => value) as Fields,
    shown: unseal(sent, () => '[secret]') as Fields,
    parent: request.getParent(),
    // The reference ends in the provider's id.
    provider: request.getProvider().split('::').slice(0, 4).join('::'),
    dependencies: request.getDependenciesList(),
    protect: request.getProtect(),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

/** The outputs as the engine would print them. */
async function shownOutputs(outputs: PlatformOutputs): Promise<PlatformOutputs> {
  const entries = Object.entries(outputs).map(async ([name, value]) => {
    const output = pulumi.output(value);
    const [secret, plain] = await Promise.all([pulumi.isSecret(output), promiseOf(output)]);
    return [name, secret ? '[secret]' : plain] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as PlatformOutputs;
}

function promiseOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
