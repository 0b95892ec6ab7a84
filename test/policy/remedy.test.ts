import { compile } from '../../policy/cel';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import type { ObjectControl, Parameters } from '../../policy/control';
import { matches, podSpecPath, type KubernetesObject } from '../../policy/objects';
import { changesBetween, formatPath } from '../../policy/paths';
import { applyChanges, fixedBy, remediesFor } from '../../policy/remedy';
import { container, pod, workload } from '../../policy/samples';
import { Subject, UNKNOWN } from '../../policy/subject';

const CONTAINER = String.raw`spec\.(initC|ephemeralC|c)ontainers\[\d+\]`;
/** The rest of a path to a capability list, from the security context that may have to be made. */
const capabilities = (list: string): string =>
  String.raw`${CONTAINER}\.securityContext(\.capabilities(\.(${list})(\[\d+\])?)?)?`;

/** All that the cure of a control may touch, from the template (or the object, where it makes no pods) on. */
const TOUCHED: Record<string, string> = {
  'allowed-apparmor-profiles': String.raw`(spec|${CONTAINER})\.securityContext\.(appArmorProfile|privileged)|${CONTAINER}\.securityContext|metadata\.annotations\["container\.apparmor.*"\]`,
  'default-capabilities': capabilities('add'),
  'default-proc-mount': String.raw`${CONTAINER}\.securityContext\.procMount`,
  'default-proc-mount-always': String.raw`${CONTAINER}\.securityContext\.procMount`,
  'default-service-account-tokens': 'automountServiceAccountToken',
  'drop-all-capabilities': capabilities('add|drop'),
  'drop-net-raw': capabilities('add|drop'),
  'evict-unhealthy-pods': String.raw`spec(\.unhealthyPodEvictionPolicy)?`,
  'mesh-injection': String.raw`metadata\.(labels|annotations)(\.[\w-]+|\[".*"\])?`,
  'no-dangerous-capabilities': capabilities('add'),
  'no-deprecated-account-field': String.raw`spec\.serviceAccount(Name)?`,
  'no-external-ips': String.raw`spec\.externalIPs`,
  'no-host-namespaces': String.raw`spec\.host(PID|IPC)`,
  'no-host-process': String.raw`(spec|${CONTAINER})\.securityContext\.windowsOptions\.hostProcess`,
  'no-interactive-containers': String.raw`${CONTAINER}\.(stdin|tty)`,
  'no-privilege-escalation': String.raw`${CONTAINER}\.securityContext(\.allowPrivilegeEscalation)?`,
  'no-privileged': String.raw`${CONTAINER}\.securityContext\.privileged`,
  'no-probe-host': String.raw`${CONTAINER}\.(\w+Probe|lifecycle\.\w+)\.\w+\.host`,
  'no-shared-process-namespace': String.raw`spec\.shareProcessNamespace`,
  'no-unconfined-seccomp': String.raw`(spec|${CONTAINER})\.securityContext\.seccompProfile(\.\w+)?`,
  'pod-security-labels': String.raw`metadata\.labels(\["pod-security\.kubernetes\.io/.*"\])?`,
  'pull-always': String.raw`${CONTAINER}\.imagePullPolicy`,
  'seccomp-profile': String.raw`(spec|${CONTAINER})\.securityContext(\.seccompProfile(\.\w+)?)?`,
  'selinux-options': String.raw`(spec|${CONTAINER})\.securityContext\.seLinuxOptions(\.\w+)?`,
  'short-lived-tokens': String.raw`spec\.volumes\[\d+\]\.projected\.sources\[\d+\]\.serviceAccountToken\.expirationSeconds`,
};

const FIXING = OBJECT_CONTROLS.filter(({ fix }) => fix);
const JUDGES = OBJECT_CONTROLS.map((control) => ({ control, judge: compile(control) }));

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

function verdict(control: ObjectControl, object: KubernetesObject, parameters?: Parameters): string {
  const known = JUDGES.find((each) => each.control === control)?.judge ?? compile(control);
  return known(new Subject(object), parameters).kind;
}

/** The controls that an object does not keep to, of all that judge its kind. */
function violated(object: KubernetesObject, except: string): string[] {
  const subject = new Subject(object);
  return JUDGES.filter(
    ({ control, judge }) =>
      control.id !== except && matches(object, control.match) && judge(subject).kind !== 'allowed',
  ).map(({ control }) => control.id);
}

/** A Pod with a security context of its own, which hides no container's from rules that want one on each. */
function hardened(object: KubernetesObject): KubernetesObject[] {
  if (object.kind !== 'Pod') return [];
  const spec = object.spec as { securityContext?: object; [field: string]: unknown };
  const securityContext = {
    runAsNonRoot: true,
    ...spec.securityContext,
  };
  return [{ ...object, spec: { ...spec, securityContext } }];
}

/** A path without what stands above the pod template in its kind. */
function fromTemplate(object: KubernetesObject, path: string): string {
  const template = podSpecPath(object)?.slice(0, -1).join('.');
  return template && path.startsWith(`${template}.`) ? path.slice(template.length + 1) : path;
}

it('says of every control with a cure what that may touch', () => {
  expect(FIXING.map(({ id }) => id)).toEqual(Object.keys(TOUCHED));
});

describe.each(FIXING.map((control) => [control.id, control] as const))('the cure of %s', (id, control) => {
  // As they are, and in a pod of which other rules find less to say.
  const samples = control.samples.denied
    .flatMap((sample) => [
      sample,
      ...hardened(sample.object).map((object) => ({ ...sample, title: `${sample.title}, hardened`, object })),
    ])
    .map((sample) => ({ ...sample, object: deepFreeze(sample.object) }));

  it.each(samples.map((sample) => [sample.title, sample] as const))(
    'mends and touches nothing else: %s',
    (_title, { object, parameters }) => {
      const fixed = fixedBy(control, object, parameters)!;
      expect(verdict(control, fixed, parameters)).toBe('allowed');
      const before = violated(object, id);
      expect(violated(fixed, id).filter((other) => !before.includes(other))).toEqual([]);
      expect(fixedBy(control, fixed, parameters)).toEqual(fixed);
      const touched = changesBetween(object, fixed).map(({ path }) => fromTemplate(object, formatPath(path)));
      expect(touched).not.toEqual([]);
      const outside = touched.filter((path) => !new RegExp(`^(${TOUCHED[id]})$`).test(path));
      expect(outside).toEqual([]);
    },
  );
});

describe('all cures together, in whatever order,', () => {
  const denied = FIXING.flatMap(({ samples }) => samples.denied.map(({ object }) => object));
  const mend = (object: KubernetesObject, controls: readonly ObjectControl[]): KubernetesObject =>
    controls
      .filter((control) => matches(object, control.match))
      .filter((control) => verdict(control, object) === 'denied')
      .reduce((current, control) => fixedBy(control, current) ?? current, object);
  const settle = (object: KubernetesObject, controls: readonly ObjectControl[]): KubernetesObject =>
    [1, 2, 3].reduce((current) => mend(current, controls), object);

  it('leave nothing that one of them could mend, and come to an end', () => {
    for (const object of denied) {
      const there = settle(object, FIXING);
      const left = FIXING.filter(
        (control) => matches(there, control.match) && verdict(control, there) === 'denied',
      );
      const still = left.filter((control) => remediesFor(control, there, {}).length > 0);
      expect(still.map(({ id }) => id)).toEqual([]);
      const back = settle(object, [...FIXING].reverse());
      const ids = FIXING.filter(
        (control) => matches(back, control.match) && verdict(control, back) === 'denied',
      ).map(({ id }) => id);
      expect(ids).toEqual(left.map(({ id }) => id));
    }
  });
});

describe('a cure', () => {
  const privileged = OBJECT_CONTROLS.find(({ id }) => id === 'no-privileged')!;

  it('leaves what is not known yet as it is', () => {
    const bad = container({ image: UNKNOWN, securityContext: { privileged: true } });
    const object = workload('Deployment', { containers: [bad], hostname: UNKNOWN });
    const changes = remediesFor(privileged, object, {});
    expect(changes).toEqual([
      { path: ['spec', 'template', 'spec', 'containers', 0, 'securityContext', 'privileged'], value: false },
    ]);
    applyChanges(object, changes);
    expect(object).toMatchObject({ spec: { template: { spec: { hostname: UNKNOWN } } } });
    expect(verdict(privileged, object)).not.toBe('denied');
  });

  it('that would write what is not known yet is not taken', () => {
    const control = { ...privileged, fix: (object: KubernetesObject) => void (object.copy = object.spec) };
    expect(remediesFor(control, { ...pod(), spec: UNKNOWN }, {})).toEqual([]);
  });

  it('that fails changes nothing', () => {
    const fix = (): never => {
      throw new Error('of a shape that it did not expect');
    };
    expect(remediesFor({ ...privileged, fix }, pod(), {})).toEqual([]);
  });

  it('is none where the control has none', () => {
    const control = OBJECT_CONTROLS.find(({ id }) => id === 'non-root')!;
    expect(fixedBy(control, pod())).toBeUndefined();
  });
});
