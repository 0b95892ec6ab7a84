import type { Finding, StackControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { certificate, provided, referencesOf, SYSTEM_PRIORITIES } from '../../parts/references';
import { container, object, sample, workload } from '../../samples';
import { namespaceOf, type Stack, SYSTEM_NAMESPACES } from '../../stack';

const mounting = (volume: object): KubernetesObject =>
  workload('Deployment', { volumes: [{ name: 'files', ...volume }] });
const secret = (name = 'db', namespace = 'samples'): KubernetesObject =>
  object('v1', 'Secret', { metadata: { name, namespace } });
const named = (apiVersion: string, kind: string, name: string): KubernetesObject =>
  object(apiVersion, kind, { metadata: { name } });
const SECRET = mounting({ secret: { secretName: 'db' } });
const env = (source: object, kind = 'Deployment'): KubernetesObject =>
  workload(kind, { containers: [container({ env: [{ name: 'A', valueFrom: source }] })] });

export const control: StackControl = {
  scope: 'stack',
  id: 'missing-references',
  covers: ['STK-03'],
  title:
    'What a pod names is in the stack: its service account, ConfigMaps, Secrets, claims and priority class',
  why: 'A pod that waits for something nobody makes never starts, and whoever makes it first decides what is in it.',
  severity: 'medium',
  cis: [],
  parameters: {
    external: {
      type: 'array',
      items: { type: 'string', pattern: '^[A-Za-z]+ [^/ ]*/[^/ ]+$' },
      description:
        'What others make, as "Secret namespace/name". The name may end in a star; a star alone is every namespace.',
      default: [],
    },
  },
  remediation: 'Add it to the stack, mend the name, or add it to the parameter external.',
  judge: (stack, { external }) => {
    const known = provided(stack);
    return stack
      .workloads()
      .filter((each) => !SYSTEM_NAMESPACES.includes(namespaceOf(each)))
      .flatMap((each) => missing(stack, each, known, external as string[]));
  },
  samples: {
    allowed: [
      sample('nothing named', [workload('Deployment')]),
      sample('a Secret', [SECRET, secret()]),
      sample('one that need not be there', [mounting({ secret: { secretName: 'db', optional: true } })]),
      sample('one that a certificate brings', [SECRET, certificate('db')]),
      sample('one that an external secret brings', [
        SECRET,
        named('external-secrets.io/v1', 'ExternalSecret', 'db'),
      ]),
      sample('one that others make', [SECRET], { external: ['Secret samples/db'] }),
      sample('several that others make', [SECRET], { external: ['Secret samples/d*'] }),
      sample('one that others make in every namespace', [SECRET], { external: ['Secret */db'] }),
      sample('the certificate of the cluster', [mounting({ configMap: { name: 'kube-root-ca.crt' } })]),
      sample('the service account that is always there', [
        workload('Job', { serviceAccountName: 'default' }),
      ]),
      sample('a service account', [
        workload('CronJob', { serviceAccountName: 'app' }),
        named('v1', 'ServiceAccount', 'app'),
      ]),
      sample('a claim', [
        mounting({ persistentVolumeClaim: { claimName: 'data' } }),
        named('v1', 'PersistentVolumeClaim', 'data'),
      ]),
      sample("the system's priority", [workload('DaemonSet', { priorityClassName: SYSTEM_PRIORITIES[0] })]),
      sample('a priority', [
        workload('Job', { priorityClassName: 'batch' }),
        named('scheduling.k8s.io/v1', 'PriorityClass', 'batch'),
      ]),
      sample('in the environment', [
        env({ configMapKeyRef: { name: 'settings', key: 'a' } }),
        named('v1', 'ConfigMap', 'settings'),
      ]),
    ],
    denied: [
      sample('no Secret', [SECRET]),
      sample('a Secret elsewhere', [SECRET, secret('db', 'other')]),
      sample('a Secret of another name', [SECRET, secret('web')]),
      sample('other things that others make', [SECRET], {
        external: ['Secret samples/web', 'ConfigMap samples/db', 'Secret */d', 'Secret other/*'],
      }),
      sample('no ConfigMap', [mounting({ configMap: { name: 'settings' } })]),
      sample('a projected volume', [mounting({ projected: { sources: [{ secret: { name: 'db' } }] } })]),
      sample('no claim', [mounting({ persistentVolumeClaim: { claimName: 'data' } })]),
      sample('no service account', [workload('StatefulSet', { serviceAccountName: 'app' })]),
      sample('no service account, by the deprecated field', [
        workload('Job', { serviceAccountName: '', serviceAccount: 'app' }),
      ]),
      sample('no priority', [workload('Job', { priorityClassName: 'batch' })]),
      sample('no Secret to pull with', [workload('Job', { imagePullSecrets: [{ name: 'registry' }] })]),
      sample('in the environment', [env({ secretKeyRef: { name: 'db', key: 'password' } }, 'CronJob')]),
      sample('the whole environment', [
        workload('Deployment', {
          initContainers: [container({ name: 'init', envFrom: [{ secretRef: { name: 'db' } }] })],
        }),
      ]),
    ],
  },
};

function missing(
  stack: Stack,
  each: KubernetesObject,
  known: ReadonlySet<string>,
  external: string[],
): Finding[] {
  const namespace = namespaceOf(each);
  const isExternal = (key: string): boolean =>
    external
      .map((one) => one.replace(/ \*\//, ` ${namespace}/`))
      .some((one) => (one.endsWith('*') ? key.startsWith(one.slice(0, -1)) : key === one));
  const names = [...referencesOf(each)].filter((key) => !known.has(key) && !isExternal(key));
  return names.length === 0 ? [] : [{ object: each, found: `the stack has no ${names.join(', ')}` }];
}
