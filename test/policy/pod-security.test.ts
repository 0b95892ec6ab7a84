import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { compile } from '../../policy/cel';
import { podSpecOf, type KubernetesObject } from '../../policy/objects';
import { Subject } from '../../policy/subject';
import { inParallel } from '../helpers/parallel';
import { eventually, PLANE_TIMEOUT, TestPlane } from '../helpers/plane';
import { pathOf } from './api-paths';
import { debugged, pods, workloads } from './pod-security-objects';

/**
 * The controls of the Pod Security Standards against the API server's own PodSecurity admission, which denies pods and
 * warns of what makes pods. POD_SECURITY_SEED repeats a run.
 */

const SEED = Number(process.env.POD_SECURITY_SEED ?? Date.now() % 2 ** 31);
const COUNT = 5000;
/** Few fields of an ephemeral container can differ. */
const COUNT_DEBUGGED = 1000;

jest.setTimeout(2 * PLANE_TIMEOUT);

const LEVELS = ['baseline', 'restricted'] as const;
type Level = (typeof LEVELS)[number];

const both = (...controls: string[]): Record<Level, string[]> => ({
  baseline: controls,
  restricted: controls,
});
/** Violations by the API server's name, and the controls that find each; some checks give way to stricter ones. */
const CHECKS: Readonly<Record<string, Record<Level, string[]>>> = {
  'allowPrivilegeEscalation != false': { baseline: [], restricted: ['no-privilege-escalation'] },
  'forbidden AppArmor profile': both('allowed-apparmor-profiles'),
  'forbidden sysctls': both('safe-sysctls'),
  'host namespaces': both('no-host-namespaces', 'no-host-network'),
  'hostPath volumes': { baseline: ['no-host-path'], restricted: [] },
  hostPort: both('no-host-ports'),
  hostProcess: both('no-host-process'),
  'non-default capabilities': { baseline: ['default-capabilities'], restricted: [] },
  privileged: both('no-privileged'),
  'probe or lifecycle host': both('no-probe-host'),
  procMount: { baseline: ['default-proc-mount'], restricted: ['default-proc-mount-always'] },
  'restricted volume types': { baseline: [], restricted: ['restricted-volume-types'] },
  'runAsNonRoot != true': { baseline: [], restricted: ['non-root'] },
  seLinuxOptions: both('selinux-options'),
  seccompProfile: { baseline: ['no-unconfined-seccomp'], restricted: ['seccomp-profile'] },
  'unrestricted capabilities': { baseline: [], restricted: ['drop-all-capabilities'] },
};
/** Other names of the same. */
const SYNONYMS: Readonly<Record<string, string>> = {
  'forbidden AppArmor profiles': 'forbidden AppArmor profile',
  'runAsUser=0': 'runAsNonRoot != true',
};
/** Those on fields that an ephemeral container can have. */
const OF_EPHEMERAL = [
  'allowPrivilegeEscalation != false',
  'forbidden AppArmor profile',
  'non-default capabilities',
  'privileged',
  'procMount',
  'runAsNonRoot != true',
  'seLinuxOptions',
  'seccompProfile',
  'unrestricted capabilities',
];
/** What the API server refuses before any admission: Unmasked asks for hostUsers: false, which this level allows. */
const NEVER = 'baseline: procMount';

const CONTROLS = OBJECT_CONTROLS.filter(({ pss }) => pss);
const JUDGES = CONTROLS.map((control) => ({ id: control.id, judge: compile(control) }));

/** What the API server says of an object. */
interface Answer {
  /** The checks that it violates, in their order. */
  violated: string[];
  /** The object with the API's defaults, where it was taken. */
  stored?: KubernetesObject;
}
/** Asks the API server of an object at a level; undefined where it refuses it for another reason than Pod Security. */
type Ask = (object: KubernetesObject, level: Level) => Promise<Answer | undefined>;

let cluster: TestPlane;

beforeAll(async () => {
  process.stderr.write(`POD_SECURITY_SEED=${SEED}\n`);
  cluster = await TestPlane.start();
  for (const level of LEVELS) {
    await createNamespace(level);
    await setLevel(level, level);
  }
}, PLANE_TIMEOUT);
afterAll(() => cluster.delete());

it('each control of the Pod Security Standards has a check', () => {
  const named = Object.values(CHECKS).flatMap(({ baseline, restricted }) => [...baseline, ...restricted]);
  expect([...new Set(named)].sort()).toEqual(CONTROLS.map(({ id }) => id).sort());
});

it.each([
  ['pods are denied where the API server denies them', pods],
  ['what makes pods is denied where the API server warns of it', workloads],
])('%s', async (_title, arbitrary) => {
  const violations = await compare(fc.sample(arbitrary, { numRuns: COUNT, seed: SEED }), create);
  expect(rare(violations, Object.keys(CHECKS))).toEqual([NEVER]);
});

it('pods with ephemeral containers are denied where the API server denies those', async () => {
  const objects = fc.sample(debugged, { numRuns: COUNT_DEBUGGED, seed: SEED });
  const undebugged = new Map(
    objects.map((object) => {
      const spec = { ...podSpecOf(object), ephemeralContainers: undefined };
      return [object.metadata?.name, { ...object, spec }];
    }),
  );
  for (const level of LEVELS) {
    const namespace = debugNamespace(level);
    await createNamespace(namespace);
    for (const each of undebugged.values())
      await cluster.plane.api.call('POST', pathOf(at(each, namespace)), at(each, namespace));
    // The pods are there before the level is.
    await setLevel(namespace, level);
  }
  const violations = await compare(objects, debug);
  expect(rare(violations, OF_EPHEMERAL)).toEqual([NEVER]);
});

/** The checks, of these, that fewer than 10 objects violate at a level that has them. */
function rare(violations: ReadonlyMap<string, number>, checks: readonly string[]): string[] {
  return LEVELS.flatMap((level) =>
    checks.filter((check) => CHECKS[check]?.[level].length).map((check) => `${level}: ${check}`),
  ).filter((key) => (violations.get(key) ?? 0) < 10);
}

/**
 * Compares verdicts at both levels: of all controls together, and check by check.
 * @returns how many objects violate each check, by `level: check`
 */
async function compare(objects: readonly KubernetesObject[], ask: Ask): Promise<Map<string, number>> {
  const violations = new Map<string, number>();
  const differences: string[] = [];
  let comparable = 0;
  await inParallel(objects, async (object) => {
    const denied = deniedBy(object);
    for (const level of LEVELS) {
      const answer = await ask(object, level);
      if (!answer) continue;
      comparable += 1;
      for (const check of answer.violated)
        violations.set(`${level}: ${check}`, (violations.get(`${level}: ${check}`) ?? 0) + 1);
      const difference = differenceIn(level, object, denied, answer);
      if (difference) differences.push(`${difference}\n${JSON.stringify(object)}`);
    }
  });
  expect({ SEED, found: differences.length, first: differences.slice(0, 3) }).toEqual({
    SEED,
    found: 0,
    first: [],
  });
  expect(comparable / LEVELS.length / objects.length).toBeGreaterThanOrEqual(0.95);
  return violations;
}

/** What the controls and the API server judge differently, or the controls before and after defaults. */
function differenceIn(
  level: Level,
  object: KubernetesObject,
  denied: readonly string[],
  { violated, stored }: Answer,
): string | undefined {
  // Only in a Pod the API server fills in the ports of the host's network; in a template it has yet to.
  const unfilled = object.kind !== 'Pod' && podSpecOf(object).hostNetwork === true;
  const told = violated.filter((check) => !(unfilled && check === 'hostPort'));
  const found = checksOf(level, denied).filter((check) => !(unfilled && check === 'hostPort'));
  const atLevel = CONTROLS.filter(({ pss }) => pss === 'baseline' || level === 'restricted');
  const isDenied = atLevel.some(({ id }) => denied.includes(id));
  if (isDenied !== violated.length > 0 || !isDeepStrictEqual(found, told))
    return `${level}: the API server finds [${told.join()}]; the controls find [${found.join()}], by ${denied.join()}`;
  // At one level is enough: neither verdict depends on it.
  const asStored = stored && level === 'baseline' ? deniedBy(stored) : denied;
  if (!isDeepStrictEqual(asStored, denied))
    return `as sent it is denied by ${denied.join()}; as stored by ${asStored.join()}`;
  return undefined;
}

/** Ids of the controls that deny an object. */
function deniedBy(object: KubernetesObject): string[] {
  const subject = new Subject(object);
  return JUDGES.filter(({ judge }) => {
    const verdict = judge(subject);
    if (verdict.kind !== 'allowed' && verdict.kind !== 'denied') throw new Error(verdict.message);
    return verdict.kind === 'denied';
  }).map(({ id }) => id);
}

/** The checks of a level that these controls stand for. */
function checksOf(level: Level, denied: readonly string[]): string[] {
  const checks = Object.entries(CHECKS).filter(([, controls]) =>
    controls[level].some((id) => denied.includes(id)),
  );
  return checks.map(([check]) => check);
}

/** Would create it in the namespace of the level. */
const create: Ask = (object, level) =>
  answerTo('POST', `${pathOf(at(object, level))}?dryRun=All`, at(object, level));

/** Would add its ephemeral containers to the pod of its name. */
const debug: Ask = (object, level) => {
  const { ephemeralContainers } = podSpecOf(object);
  const pod = `${pathOf(at(object, debugNamespace(level)))}/${String(object.metadata?.name)}`;
  return answerTo('PATCH', `${pod}/ephemeralcontainers?dryRun=All`, { spec: { ephemeralContainers } });
};

async function answerTo(method: 'POST' | 'PATCH', path: string, body: object): Promise<Answer | undefined> {
  const contentType = method === 'PATCH' ? 'application/strategic-merge-patch+json' : 'application/json';
  const { status, text, warnings } = await cluster.plane.api.send(method, path, body, { contentType });
  const { message = '', ...stored } = JSON.parse(text) as KubernetesObject & { message?: string };
  if (status < 400) {
    // Long, and read by no control.
    delete stored.metadata?.managedFields;
    return { violated: sorted(warnings.flatMap(violationsIn)), stored: stored };
  }
  if (status !== 403 && status !== 422) throw new Error(`${method} ${path}: ${status} ${message}`);
  const violated = violationsIn(message);
  return violated.length > 0 ? { violated: sorted(violated) } : undefined;
}

/** The checks in `violates PodSecurity "baseline:latest": hostPort (…), privileged (…)`. */
function violationsIn(text: string): string[] {
  const [, list = ''] = / violates? PodSecurity "[a-z]+:latest": (.*)$/s.exec(` ${text}`) ?? [];
  return [...list.matchAll(/(?:^|\), )([^()]+) \(/g)].map(([, name = '']) => SYNONYMS[name] ?? name);
}

/** Without what is there twice, in the order of `CHECKS`; a check that is not there comes first. */
function sorted(checks: readonly string[]): string[] {
  const order = Object.keys(CHECKS);
  return [...new Set(checks)].sort((one, other) => order.indexOf(one) - order.indexOf(other));
}

const debugNamespace = (level: Level): string => `${level}-debug`;

/** The object in another namespace. */
function at(object: KubernetesObject, namespace: string): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, namespace } };
}

async function createNamespace(name: string): Promise<void> {
  const { api } = cluster.plane;
  await api.call('POST', '/api/v1/namespaces', { metadata: { name } });
  // Without it no pod is taken.
  await eventually(() => api.get(`/api/v1/namespaces/${name}/serviceaccounts/default`), 'a service account');
}

async function setLevel(name: string, level: Level): Promise<void> {
  const prefix = 'pod-security.kubernetes.io';
  const labels = { [`${prefix}/enforce`]: level, [`${prefix}/warn`]: level };
  await cluster.plane.api.call(
    'PATCH',
    `/api/v1/namespaces/${name}`,
    { metadata: { labels } },
    {
      contentType: 'application/merge-patch+json',
    },
  );
}
