import type { ObjectControl, Severity } from '../control';
import type { NsaItem } from '../frameworks';
import type { KubernetesObject } from '../objects';
import { sample } from '../samples';
import { type Expectation, last } from './expectations';

/** One row of the table: a flag, or several that belong together, and what each of them must be. */
export interface FlagRow {
  id: string;
  /** Row of the proposed catalogue. */
  row: string;
  section: string;
  title: string;
  why: string;
  severity: Severity;
  /** By default the component's. */
  nsa?: NsaItem;
  flags: readonly string[];
  expected: Expectation;
  /** A good value that kubeadm writes into the static Pod where its configuration says nothing of the flags. */
  kubeadm?: string;
}

/** A program that kubeadm runs as a static Pod. */
export interface Component {
  /** Its binary, container and label `component`. */
  name: string;
  /** CEL: where ClusterConfiguration has its flags, as an optional. */
  extraArgs: string;
  /** The same as a path, for samples. */
  path: readonly string[];
  /** CEL: true where ClusterConfiguration leaves the program to others. */
  elsewhere?: string;
  nsa: NsaItem;
  /** Whether it reads flags from the environment, too, as `ETCD_CERT_FILE`. */
  environment?: boolean;
}

/** What kubeadm runs as static Pods. */
export const API_SERVER: Component = {
  name: 'kube-apiserver',
  extraArgs: 'object.?apiServer.?extraArgs',
  path: ['apiServer', 'extraArgs'],
  nsa: 'Control plane hardening',
};
export const CONTROLLER_MANAGER: Component = {
  name: 'kube-controller-manager',
  extraArgs: 'object.?controllerManager.?extraArgs',
  path: ['controllerManager', 'extraArgs'],
  nsa: 'Control plane hardening',
};
export const SCHEDULER: Component = {
  name: 'kube-scheduler',
  extraArgs: 'object.?scheduler.?extraArgs',
  path: ['scheduler', 'extraArgs'],
  nsa: 'Control plane hardening',
};
export const ETCD: Component = {
  name: 'etcd',
  extraArgs: 'object.?etcd.?local.?extraArgs',
  path: ['etcd', 'local', 'extraArgs'],
  nsa: 'Etcd',
  elsewhere: 'object.?etcd.?external.hasValue()',
  environment: true,
};

const KUBEADM_VERSION = 'kubeadm.k8s.io/v1beta4';
/** Versions in which extraArgs is a map. */
const OLD_VERSIONS = "['kubeadm.k8s.io/v1beta2', 'kubeadm.k8s.io/v1beta3']";

/** The controls of a component, one for each row of its table. */
export function flagControls(component: Component, rows: readonly FlagRow[]): ObjectControl[] {
  return rows.map((row) => flagControl(component, row));
}

function flagControl(component: Component, row: FlagRow): ObjectControl {
  const { expected, flags, kubeadm, section, severity, title, why, id } = row;
  const running = `variables.podSpec.?containers.orValue([]).filter(c, ${runs(component.name)})`;
  const isSwitch = expected.words === 'true' || expected.words === 'false';
  const inPod = (flag: string): string => podValues(component, flag, isSwitch);
  const inConfiguration = (flag: string): string => configurationValues(component, flag, kubeadm);
  const good = (values: (flag: string) => string): string =>
    flags
      .map((flag) => `[${values(flag)}].all(v, v.size() == 0 ? ${expected.absent} : ${expected.ok})`)
      .join(' && ');
  const found = (values: (flag: string) => string): string =>
    flags
      .map((flag) => `[${values(flag)}].map(v, v.size() == 0 ? 'no --${flag}' : '--${flag}=' + ${last})[0]`)
      .join(" + ' and ' + ");
  // What is not in a Pod: nothing that is said of flags there is wrong where they may be absent.
  const unless = [
    ...(kubeadm === undefined && !expected.absent ? ["object.kind != 'ClusterConfiguration'"] : []),
    ...(component.elsewhere ? [component.elsewhere] : []),
  ];
  const configured = [...unless, `(${good(inConfiguration)})`].join(' || ');
  const words = `' (expected: ${expected.words})'`;
  return {
    scope: 'object',
    id,
    covers: [row.row],
    title,
    why,
    severity,
    cis: [{ section }],
    nsa: row.nsa ?? component.nsa,
    match: ['pod', 'clusterConfiguration'],
    noAdmissionTwin:
      'the kubelet starts static Pods by itself, and refusing the mirror Pod would only hide one; ClusterConfiguration never reaches the API server',
    ...(expected.parameters ? { parameters: expected.parameters } : {}),
    expression: `${running}.all(c, ${good(inPod)}) && (${configured})`,
    message:
      `(object.kind == 'ClusterConfiguration' ? 'kubeadm is given ' + ${found(inConfiguration)} : ` +
      `${running}.filter(c, !(${good(inPod)})).map(c, 'container ' + c.name + ' has ' + ${found(inPod)}).join(', ')) + ${words}`,
    remediation: `Set ${flags.map((flag) => `--${flag}`).join(' and ')} of ${component.name} as expected, in kubeadm's ClusterConfiguration and in the static Pod's manifest.`,
    samples: samplesOf(component, row),
  };
}

/** CEL over `c`, a container: what it runs, with a blank before each word. */
const COMMAND = "([''] + c.?command.orValue([]) + c.?args.orValue([])).join(' ')";

function runs(name: string): string {
  const labelled = `variables.podMetadata.?labels.?component.orValue('') == '${name}' && c.?name.orValue('') == '${name}'`;
  return `${COMMAND}.matches('^ ([^ ]*/)?${name}( |$)') || (${labelled})`;
}

/** CEL over `c`, a container: the values of a flag, in their order. `--flag value` counts as `--flag=value`. */
function podValues({ environment }: Component, flag: string, isSwitch: boolean): string {
  const matched = `f.matches('^${flag.replaceAll('-', '[-_]')}([= ]|$)')`;
  const after = `f.substring(${flag.length + 1}).trim()`;
  // A switch alone is on; any other flag without a value has an empty one.
  const value = isSwitch
    ? `f.size() > ${flag.length} ? ${after} : 'true'`
    : `(f + ' ').substring(${flag.length + 1}).trim()`;
  const values = `${COMMAND}.split(' --').filter(f, ${matched}).map(f, ${value})`;
  if (!environment) return values;
  return `c.?env.orValue([]).filter(e, e.name == '${variableOf(flag)}').map(e, e.?value.orValue('')) + ${values}`;
}

function variableOf(flag: string): string {
  return `ETCD_${flag.replaceAll('-', '_').toUpperCase()}`;
}

function environmentOf(flags: readonly string[], value: string): object[] {
  return flags.map((flag) => ({ name: variableOf(flag), value }));
}

function configurationValues({ extraArgs }: Component, flag: string, kubeadm?: string): string {
  const entry = `${extraArgs}[?'${flag}']`;
  const map = `(${entry}.hasValue() ? [${entry}.value()] : [])`;
  const list = `${extraArgs}.orValue([]).filter(a, a.name == '${flag}').map(a, a.?value.orValue(''))`;
  const written = `object.apiVersion in ${OLD_VERSIONS} ? ${map} : ${list}`;
  return kubeadm === undefined ? written : `[${written}].map(v, v.size() > 0 ? v : ['${kubeadm}'])[0]`;
}

function samplesOf(component: Component, { expected, flags, kubeadm }: FlagRow): ObjectControl['samples'] {
  const pod = (args: readonly string[], fields?: object): KubernetesObject =>
    staticPod(component, args, fields);
  const all = (value: string): string[] => flags.map((flag) => `--${flag}=${value}`);
  const [good = '', bad = ''] = [expected.good[0], expected.bad[0]];
  const configuration = (value: string): KubernetesObject =>
    clusterConfiguration(component, Object.fromEntries(flags.map((flag) => [flag, value])));
  const older = (version: string, value: string): KubernetesObject => ({
    apiVersion: `kubeadm.k8s.io/${version}`,
    kind: 'ClusterConfiguration',
    ...nested(component.path, Object.fromEntries(flags.map((flag) => [flag, value]))),
  });
  const absent = sample('without the flag', pod([]));
  const kubeadmIsGood = kubeadm === undefined ? expected.absent : true;
  const unwritten = sample('kubeadm without the flag', clusterConfiguration(component, {}));
  const allowed = [
    ...expected.good.map((value) => sample(`"${value}"`, pod(all(value)))),
    sample('the value as a word of its own', pod(flags.flatMap((flag) => [`--${flag}`, good]))),
    ...(expected.gathers ? [] : [sample('the last one counts', pod([...all(bad), ...all(good)]))]),
    sample('another program', {
      ...pod(all(bad)),
      metadata: { name: 'other', namespace: 'samples' },
      spec: { containers: [{ name: 'other', image: 'ghcr.io/example/app:1.0.0', args: all(bad) }] },
    }),
    ...expected.good.map((value) => sample(`kubeadm with "${value}"`, configuration(value))),
    sample('kubeadm of an older version', older('v1beta3', good)),
    sample('kubeadm of a version before that', older('v1beta2', good)),
    sample('another container of its Pod', pod([], { name: 'other', command: ['/bin/other', ...all(bad)] })),
    sample('a container of its name elsewhere', {
      ...pod([], { command: undefined, args: all(bad) }),
      metadata: { name: 'other', namespace: 'samples' },
    }),
    ...(component.elsewhere === undefined
      ? []
      : [sample('kubeadm that leaves it to others', elsewhere(configuration(bad)))]),
  ];
  const denied = [
    ...expected.bad.map((value) => sample(`"${value}"`, pod(all(value)))),
    ...expected.bad.map((value) => sample(`kubeadm with "${value}"`, configuration(value))),
    ...oneBad(component, flags, good, bad),
    sample('in args', pod([], { args: all(bad) })),
    sample('by its image alone', pod([], { command: undefined, args: all(bad) })),
    sample(
      'by another path',
      pod([], { name: 'main', command: [`/usr/local/bin/${component.name}`, ...all(bad)] }),
    ),
    sample('kubeadm of an older version', older('v1beta3', bad)),
  ];
  if (component.environment) {
    const env = (value: string): object[] => environmentOf(flags, value);
    allowed.push(sample('in the environment', pod([], { env: env(good) })));
    denied.push(sample('in the environment', pod([], { env: env(bad) })));
    allowed.push(sample('the flag wins over the environment', pod(all(good), { env: env(bad) })));
  }
  if (expected.words === 'true' || expected.words === 'false') {
    const alone = sample('the flag alone, which is true', pod(flags.map((flag) => `--${flag}`)));
    (expected.words === 'true' ? allowed : denied).push(alone);
  }
  return {
    allowed: [...allowed, ...(expected.absent ? [absent] : []), ...(kubeadmIsGood ? [unwritten] : [])],
    denied: [...denied, ...(expected.absent ? [] : [absent]), ...(kubeadmIsGood ? [] : [unwritten])],
  };
}

/** Of several flags one is bad. */
function oneBad(
  component: Component,
  flags: readonly string[],
  good: string,
  bad: string,
): ObjectControl['samples']['denied'] {
  return (flags.length > 1 ? flags : []).flatMap((odd) => {
    const values = flags.map((flag): [string, string] => [flag, flag === odd ? bad : good]);
    const args = values.map(([flag, value]) => `--${flag}=${value}`);
    return [
      sample(`only --${odd} not as it must be`, staticPod(component, args)),
      sample(
        `kubeadm with only ${odd} not as it must be`,
        clusterConfiguration(component, Object.fromEntries(values)),
      ),
      ...(component.environment
        ? [
            sample(
              `no ${variableOf(odd)} beside the rest`,
              staticPod(component, [], {
                env: environmentOf(
                  flags.filter((flag) => flag !== odd),
                  good,
                ),
              }),
            ),
          ]
        : []),
    ];
  });
}

/** The same where etcd runs elsewhere, so that what is said of a local one counts for nothing. */
function elsewhere({ etcd, ...rest }: KubernetesObject): KubernetesObject {
  return {
    ...rest,
    etcd: { ...(etcd as object), external: { endpoints: ['https://etcd.example.com:2379'] } },
  };
}

/** A static Pod as kubeadm writes it. */
function staticPod({ name }: Component, args: readonly string[], fields: object = {}): KubernetesObject {
  const container = { name, image: `registry.k8s.io/${name}:v1.36.0`, command: [name, ...args], ...fields };
  const labels = { component: name, tier: 'control-plane' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-node`, namespace: 'kube-system', labels },
    spec: { hostNetwork: true, containers: [container] },
  };
}

function clusterConfiguration(
  { path }: Component,
  flags: Readonly<Record<string, string>>,
): KubernetesObject {
  const extraArgs = Object.entries(flags).map(([name, value]) => ({ name, value }));
  return { apiVersion: KUBEADM_VERSION, kind: 'ClusterConfiguration', ...nested(path, extraArgs) };
}

function nested(path: readonly string[], value: unknown): object {
  return path.reduceRight<unknown>((inner, field) => ({ [field]: inner }), value) as object;
}
