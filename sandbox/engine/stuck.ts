import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '@pulumi/pulumi/automation';
import { RELEASE_TYPE } from '../../policy/release';
import type { Api, KubeObject } from '../plane/api';
import { listAll, listCollections } from '../plane/discovery';
import { SandboxError } from './errors';

/** Seconds that the deletion of one Helm release may take: what holds it longer, time won't clear. */
const PATIENCE = 100;

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Seconds after which a deletion is told to be held, and between two looks. */
const NOTICE = 45;
const LOOK = 20;

/**
 * What the API server still waits for in order to delete an object, a sentence each: the object, and what holds it.
 * @param age seconds for which the deletion has been asked for at least
 */
export async function whatHolds(api: Api, age = 0): Promise<string[]> {
  const objects = await listAll(api, await listCollections(api));
  return goingFor(age, objects).flatMap((object) =>
    holders(object).map((holder) => `${describe(object)} is being deleted, and held by ${holder}`),
  );
}

/** Those whose deletion was asked for so many seconds ago, or more. */
function goingFor(age: number, objects: readonly KubeObject[]): KubeObject[] {
  const asked = Date.now() - age * 1000;
  return objects.filter(({ metadata }) => Date.parse(String(metadata.deletionTimestamp)) <= asked);
}

/**
 * Tells once of each object that does not go, while the rest is being deleted: whoever can let it go need not wait.
 * @returns ends it
 */
export function followHeld(api: Api, tell: (sentence: string) => void): () => void {
  const told = new Set<string>();
  const stopReminding = keepReminding(api);
  const timer = setInterval(() => {
    void whatHolds(api, NOTICE)
      .catch(() => [])
      .then((sentences) => {
        for (const sentence of sentences.filter((each) => !told.has(each))) {
          told.add(sentence);
          tell(sentence);
        }
      });
  }, LOOK * 1000);
  return () => {
    clearInterval(timer);
    stopReminding();
  };
}

/**
 * Calls `remindOfCrds` as long as something is under way that may delete some, or wait for them to go.
 * @returns ends it
 */
export function keepReminding(api: Api): () => void {
  const timer = setInterval(() => void remindOfCrds(api, LOOK).catch(() => undefined), LOOK * 1000);
  return () => clearInterval(timer);
}

/**
 * Has the API server look again at CRDs that it is deleting. One that is deleted as soon as it is made may fail to list its
 * objects; the API server notes that in its status, takes the note for no change, and comes back after five minutes.
 * @param age seconds for which the deletion has been asked for at least
 */
export async function remindOfCrds(api: Api, age: number): Promise<void> {
  const collection = { path: CRDS, apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  const late = goingFor(age, await listAll(api, [collection], 'metadata'));
  const metadata = { annotations: { 'platform.sandbox/reminded': new Date().toISOString() } };
  const remind = ({ metadata: { name } }: KubeObject): Promise<unknown> =>
    api.call('PATCH', `${CRDS}/${name}`, { metadata }, { contentType: 'application/merge-patch+json' });
  // One that is gone by now needs none.
  await Promise.allSettled(late.map(remind));
}

/**
 * Waits until everything that a destroy deleted is gone. Helm asks for the deletion of CRDs and does not wait for it,
 * and of what an earlier destroy gave up on the state knows nothing any more.
 * @throws SandboxError naming what is still there after a while, and what holds it
 */
export async function untilGone(stack: string, api: Api, patience = PATIENCE): Promise<void> {
  const deadline = Date.now() + patience * 1000;
  let held = await whatHolds(api);
  while (held.length > 0) {
    if (Date.now() > deadline) {
      throw new SandboxError(
        `all of ${stack} was deleted, and not all of it is gone:\n${held.map((each) => `  ${each}`).join('\n')}`,
        `let go of what is held, then run \`make destroy STACK=${stack}\` again`,
      );
    }
    await sleep(500);
    held = await whatHolds(api);
  }
}

function holders({ kind, metadata, spec, status }: KubeObject): string[] {
  const finalizers = (metadata.finalizers as string[] | undefined) ?? [];
  if (kind !== 'Namespace') return finalizers.length > 0 ? [`its finalizer ${finalizers.join(', ')}`] : [];
  // The namespace controller says what is in it; its own finalizer goes last.
  const { conditions = [] } = (status ?? {}) as {
    conditions?: { type: string; status: string; message: string }[];
  };
  const said = conditions.filter((each) => each.status === 'True').map(({ message }) => message);
  const own = ((spec ?? {}) as { finalizers?: string[] }).finalizers ?? [];
  const others = [...finalizers, ...own.filter((name) => name !== 'kubernetes')];
  const all = [...said, ...others.map((name) => `its finalizer ${name}`)];
  return all.length > 0 ? all : own.map((name) => `its finalizer ${name}`);
}

function describe({ kind, metadata: { name, namespace } }: KubeObject): string {
  return `${String(kind)} ${namespace ? `${namespace}/` : ''}${name}`;
}

/**
 * The state with a bound on how long Helm waits for what it uninstalls, which else is the release's time for an
 * installation: an object that nobody will ever release would hang a destroy for that long.
 */
export function withBoundedUninstalls(state: Deployment): Deployment {
  const content = (state.deployment ?? {}) as {
    resources?: { type: string; outputs?: { timeout?: number } }[];
  };
  for (const { outputs, type } of content.resources ?? []) {
    if (type === RELEASE_TYPE && outputs?.timeout !== undefined) {
      outputs.timeout = Math.min(outputs.timeout, PATIENCE);
    }
  }
  return { ...state, deployment: content };
}
