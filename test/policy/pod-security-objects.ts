import fc from 'fast-check';
import { POD_BEARING_KINDS, type KubernetesObject } from '../../policy/objects';
import { container, pod, workload } from '../../policy/samples';

/**
 * Pods, and what makes pods, over every field that a check of Pod Security reads. Each starts as one that passes, as a
 * plain one, as one for Windows or as one in a user namespace, and is then changed in a place or a few: so each check
 * is met and violated, often by nothing else.
 */

type Fields = Record<string, unknown>;
interface Draft {
  spec: Fields & { containers: Fields[]; initContainers: Fields[] };
  annotations: Fields;
}
type Change = (draft: Draft) => void;

const TEMPLATE_KINDS = POD_BEARING_KINDS.map((kind) => kind.split('/')[1]!).filter((kind) => kind !== 'Pod');

const HOST_FIELDS = ['hostNetwork', 'hostPID', 'hostIPC'];
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const HARDENED = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

const flag = fc.constantFrom(true, true, true, false, null);
const value = (...values: unknown[]): fc.Arbitrary<unknown> => fc.constantFrom(...values);
const containersOf = ({ spec }: Draft): Fields[] => [...spec.containers, ...spec.initContainers];

function contextOf(parent: Fields): Fields {
  return (parent.securityContext ??= {}) as Fields;
}

/** Sets fields of the pod spec. */
const onSpec = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Change> =>
  fc.record(fields).map(
    (set) =>
      ({ spec }) =>
        Object.assign(spec, set),
  );

/** Sets fields of one container, or of each. */
const onContainer = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Change> =>
  fc.tuple(fc.nat(7), fc.record(fields)).map(([place, set]) => (draft) => {
    const containers = containersOf(draft);
    for (const each of place === 0 ? containers : [containers[place % containers.length]!])
      Object.assign(each, structuredClone(set));
  });

/** Sets fields in the security context of one container, or of the pod where that is a place for them, too. */
const onContext = (fields: Record<string, fc.Arbitrary<unknown>>, pods: boolean): fc.Arbitrary<Change> =>
  fc.tuple(fc.nat(7), fc.record(fields)).map(([place, set]) => (draft) => {
    const places: Fields[] = pods ? [draft.spec, ...containersOf(draft)] : containersOf(draft);
    Object.assign(contextOf(places[place % places.length]!), set);
  });

/** A profile of one of these types, or none. */
const profile = (...types: string[]): fc.Arbitrary<unknown> =>
  value(null, ...types.map((type) => ({ type, ...(type === 'Localhost' ? { localhostProfile: 'a' } : {}) })));

const SAFE_SYSCTLS = ['kernel.shm_rmid_forced', 'net.ipv4.tcp_syncookies', 'net.ipv4.tcp_rmem'];
const OTHER_SYSCTLS = ['kernel.msgmax', 'net.core.somaxconn', 'fs.mqueue.msg_max', 'net/ipv4/tcp_rmem', 'a'];
const CAPABILITIES = 'NET_BIND_SERVICE CHOWN SETUID SYS_CHROOT NET_RAW SYS_ADMIN ALL all'.split(' ');
const SELINUX_TYPES = 'spc_t container_t container_init_t container_kvm_t container_engine_t'.split(' ');

const handler = (): fc.Arbitrary<unknown> =>
  fc
    .tuple(fc.constantFrom('httpGet', 'tcpSocket'), value('127.0.0.1', 'example.com', '', null, undefined))
    .map(([action, host]) => ({ [action]: { host, port: 8080 } }));

const STORAGE = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
/** Every type of volume, with what the API server asks of it. */
const VOLUMES: Record<string, unknown> = {
  configMap: { name: 'a' },
  csi: { driver: 'csi.example.com' },
  downwardAPI: {},
  emptyDir: {},
  ephemeral: { volumeClaimTemplate: { spec: STORAGE } },
  image: { reference: 'example.com/a:1' },
  persistentVolumeClaim: { claimName: 'a' },
  projected: { sources: [] },
  secret: { secretName: 'a' },
  awsElasticBlockStore: { volumeID: 'a' },
  azureDisk: { diskName: 'a', diskURI: 'https://example.com/a' },
  azureFile: { secretName: 'a', shareName: 'a' },
  cephfs: { monitors: ['a'] },
  cinder: { volumeID: 'a' },
  fc: { targetWWNs: ['a'], lun: 0 },
  flexVolume: { driver: 'example.com/a' },
  flocker: { datasetName: 'a' },
  gcePersistentDisk: { pdName: 'a' },
  gitRepo: { repository: 'https://example.com/a' },
  glusterfs: { endpoints: 'a', path: 'a' },
  hostPath: { path: '/a' },
  iscsi: { targetPortal: '192.0.2.1', iqn: 'iqn.2001-04.com.example:a', lun: 0 },
  nfs: { server: 'a', path: '/' },
  photonPersistentDisk: { pdID: 'a' },
  portworxVolume: { volumeID: 'a' },
  quobyte: { registry: 'a:1', volume: 'a' },
  rbd: { monitors: ['a'], image: 'a' },
  scaleIO: { gateway: 'a', system: 'a', volumeName: 'a', secretRef: { name: 'a' } },
  storageos: { volumeName: 'a' },
  vsphereVolume: { volumePath: 'a' },
};
const source = fc.oneof(
  fc.constant({ hostPath: { path: '/etc' } }),
  fc.constantFrom(...Object.entries(VOLUMES).map(([type, options]) => ({ [type]: options }))),
  fc.constantFrom({}, { hostPath: null, emptyDir: {} }),
);

const NOISE: fc.Arbitrary<Change>[] = [
  onContainer({ env: fc.constant([{ name: 'privileged', value: 'true' }]) }),
  onSpec({ automountServiceAccountToken: fc.boolean(), enableServiceLinks: flag }),
  onContext({ runAsGroup: value(0, 1000) }, true),
  onContext({ readOnlyRootFilesystem: fc.boolean() }, false),
];

const nonRoot = onContext({ runAsNonRoot: value(false, false, true, null) }, true);
/** Changes that Windows allows, too. */
const ON_WINDOWS: fc.Arbitrary<Change>[] = [
  onSpec({ hostNetwork: flag }),
  nonRoot,
  fc.nat(999).chain((port) =>
    onContainer({
      ports: value(
        [{ containerPort: 8000 + port, hostPort: 8000 + port }],
        [{ containerPort: 7000 }, { containerPort: 8000 + port, hostPort: 9000 + port, protocol: 'UDP' }],
        [{ containerPort: 8000 + port, hostPort: 0 }],
        [{ containerPort: 8000 + port, hostPort: null }],
      ),
    }),
  ),
  fc
    .tuple(fc.constantFrom(...PROBES), handler())
    .chain(([probe, action]) => onContainer({ [probe]: fc.constant(action) })),
  fc
    .tuple(fc.constantFrom('postStart', 'preStop'), handler())
    .chain(([hook, action]) => onContainer({ lifecycle: fc.constant({ [hook]: action }) })),
  fc.array(source, { minLength: 1, maxLength: 3 }).map((sources) => ({ spec }) => {
    spec.volumes = sources.map((each, index) => ({ name: `volume-${index}`, ...structuredClone(each) }));
  }),
  // The API server takes it on the host's network only, and in all containers or in none.
  fc.tuple(fc.boolean(), flag).map(([inPod, hostProcess]) => (draft) => {
    draft.spec.hostNetwork = hostProcess === true;
    const windowsOptions = { hostProcess, runAsUserName: 'NT AUTHORITY\\SYSTEM' };
    for (const each of inPod ? [draft.spec] : containersOf(draft))
      contextOf(each).windowsOptions = windowsOptions;
  }),
];
/** Changes of a container's security context that Linux alone has. */
const OF_CONTAINERS: fc.Arbitrary<Change>[] = [
  onContext({ privileged: flag, allowPrivilegeEscalation: value(true, undefined) }, false),
  onContext({ allowPrivilegeEscalation: value(true, false, null) }, false),
  onContext(
    {
      capabilities: fc.record({
        add: fc.oneof(fc.subarray(CAPABILITIES, { maxLength: 2 }), value(null)),
        drop: value(['ALL'], ['ALL'], ['NET_RAW', 'ALL'], ['all'], [], null),
      }),
    },
    false,
  ),
];
const procMount = onContext({ procMount: value('Unmasked', 'Unmasked', 'Default', null) }, false);
/** Changes of a security context, of the pod or a container, that Linux alone has. */
const OF_EITHER: fc.Arbitrary<Change>[] = [
  onContext({ runAsUser: value(0, 0, 1000, null) }, true),
  onContext({ seccompProfile: profile('Unconfined', 'Unconfined', 'RuntimeDefault', 'Localhost') }, true),
  onContext({ appArmorProfile: profile('Unconfined', 'RuntimeDefault', 'Localhost') }, true),
  onContext(
    {
      seLinuxOptions: fc.record({
        type: value(...SELINUX_TYPES, '', null),
        user: value('system_u', '', null, undefined, undefined),
        role: value('sysadm_r', '', null, undefined, undefined),
        level: value('s0:c1,c2', undefined),
      }),
    },
    true,
  ),
];
const ON_LINUX: fc.Arbitrary<Change>[] = [
  ...ON_WINDOWS,
  ...OF_CONTAINERS,
  ...OF_EITHER,
  procMount,
  ...NOISE,
  onSpec({ hostPID: flag }),
  onSpec({ hostIPC: flag }),
  onSpec({ hostUsers: value(true, false, null) }),
  fc
    .tuple(fc.subarray(SAFE_SYSCTLS, { maxLength: 2 }), fc.subarray(OTHER_SYSCTLS, { maxLength: 1 }))
    .map(([safe, others]) => ({ spec }) => {
      contextOf(spec).sysctls = [...safe, ...others].map((name) => ({ name, value: '1' }));
    }),
  fc
    .tuple(fc.nat(7), value('unconfined', 'unconfined', 'runtime/default', 'localhost/a', ''))
    .map(([place, annotation]) => (draft) => {
      const { name, securityContext } = containersOf(draft)[place % containersOf(draft).length]!;
      // Where the field says another thing, the API server refuses both.
      if (!(securityContext as Fields | undefined)?.appArmorProfile)
        draft.annotations[`container.apparmor.security.beta.kubernetes.io/${String(name)}`] = annotation;
    }),
  // Without effect since Kubernetes 1.27.
  value('unconfined', 'runtime/default').map((annotation) => ({ annotations }) => {
    annotations['container.seccomp.security.alpha.kubernetes.io/second'] = annotation;
  }),
];

/** Changes a draft, and takes back what the API server refuses, whatever Pod Security says. */
function changed(draft: Draft, changes: readonly Change[]): Draft {
  for (const change of changes) change(draft);
  const { spec } = draft;
  const contexts = containersOf(draft).map(({ securityContext }) => (securityContext ?? {}) as Fields);
  const sharesHost = HOST_FIELDS.some((field) => spec[field]);
  if (contexts.some(({ procMount }) => procMount === 'Unmasked')) {
    spec.hostUsers = false;
    for (const field of HOST_FIELDS) spec[field] = false;
  } else if (sharesHost && spec.hostUsers === false) spec.hostUsers = true;
  for (const context of contexts) if (context.privileged === true) delete context.allowPrivilegeEscalation;
  for (const each of spec.initContainers.filter(({ restartPolicy }) => restartPolicy !== 'Always'))
    for (const field of ['lifecycle', ...PROBES]) each[field] = undefined;
  return draft;
}

/** How a pod starts: it passes at the level restricted, or says nothing. */
type Base = (typeof BASES)[number] | 'plain';
const BASES = ['by pod', 'by containers', 'in a user namespace', 'on Windows'] as const;

function drafted(base: Base, containers: Fields[], initContainers: Fields[] = []): Draft {
  const draft: Draft = { spec: { containers, initContainers }, annotations: {} };
  if (base === 'plain') return draft;
  if (base === 'on Windows') {
    Object.assign(draft.spec, { os: { name: 'windows' }, securityContext: { runAsNonRoot: true } });
    return draft;
  }
  if (base === 'in a user namespace') draft.spec.hostUsers = false;
  for (const each of base === 'by containers' ? containersOf(draft) : [draft.spec]) {
    contextOf(each).seccompProfile = { type: 'RuntimeDefault' };
    if (base !== 'in a user namespace') contextOf(each).runAsNonRoot = true;
  }
  for (const each of containersOf(draft)) Object.assign(contextOf(each), structuredClone(HARDENED));
  return draft;
}

const drafts: fc.Arbitrary<Draft> = fc
  .record({
    base: fc.constantFrom<Base[]>('by pod', 'by pod', ...BASES, 'plain'),
    second: fc.boolean(),
    init: fc.constantFrom(undefined, {}, { restartPolicy: 'Always' }),
    changes: fc.constantFrom(0, 1, 1, 1, 1, 2, 2, 3, 5),
  })
  .chain(({ base, second, init, changes: length }) => {
    const change = fc.oneof(...(base === 'on Windows' ? ON_WINDOWS : ON_LINUX));
    return fc.array(change, { minLength: length, maxLength: length }).map((changes) => {
      const containers = [container(), ...(second ? [container({ name: 'second' })] : [])];
      return changed(drafted(base, containers, init ? [container({ name: 'init', ...init })] : []), changes);
    });
  });

export const pods: fc.Arbitrary<KubernetesObject> = drafts.map(({ spec, annotations }) => {
  const made = pod(spec);
  return { ...made, metadata: { ...made.metadata, annotations } };
});

export const workloads: fc.Arbitrary<KubernetesObject> = fc
  .tuple(fc.constantFrom(...TEMPLATE_KINDS), drafts)
  .map(([kind, { spec, annotations }]) => workload(kind, spec, { annotations }));

/** Pods of one name for each way to start, each with an ephemeral container that differs. */
export const debugged: fc.Arbitrary<KubernetesObject> = fc
  .record({
    base: fc.constantFrom(...BASES),
    start: fc.constantFrom<Base[]>('by pod', 'by containers', 'plain'),
  })
  .chain(({ base, start }) => {
    const onLinux = [nonRoot, ...OF_CONTAINERS, ...OF_EITHER];
    const changes = {
      'by pod': onLinux,
      'by containers': onLinux,
      // Elsewhere the API server takes no other value.
      'in a user namespace': [...onLinux, procMount],
      'on Windows': [nonRoot],
    };
    return fc.array(fc.oneof(...changes[base]), { minLength: 1, maxLength: 4 }).map((list) => {
      const debug = drafted(base === 'on Windows' ? 'plain' : start, [container({ name: 'debug' })]);
      const ephemeralContainers = changed(debug, list).spec.containers;
      const made = pod({ ...drafted(base, [container()]).spec, ephemeralContainers });
      return { ...made, metadata: { ...made.metadata, name: base.toLowerCase().replaceAll(' ', '-') } };
    });
  });
