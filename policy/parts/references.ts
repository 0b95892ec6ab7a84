import { CONTAINER_LISTS, containersOf, isRecord, podSpecOf, type KubernetesObject } from '../objects';
import { object } from '../samples';
import { namespaceOf, type Stack } from '../stack';
import { specOf } from './scaling';

/** Priority classes that every cluster has. */
export const SYSTEM_PRIORITIES = ['system-cluster-critical', 'system-node-critical'];
/** ConfigMaps that the cluster and the mesh put into every namespace. */
const EVERYWHERE = ['kube-root-ca.crt', 'istio-ca-root-cert', 'istio-ca-crl'];

type Fields = Record<string, unknown>;

/** What the pods of a workload name and can't start without, as "Secret namespace/name". */
export function referencesOf(workload: KubernetesObject): Set<string> {
  const spec = podSpecOf(workload);
  const namespace = namespaceOf(workload);
  const found = new Set<string>();
  const add = (kind: string, name: unknown, optional?: unknown): void => {
    const own = kind === 'ConfigMap' && EVERYWHERE.includes(String(name));
    if (typeof name === 'string' && name !== '' && optional !== true && !own)
      found.add(`${kind} ${namespace}/${name}`);
  };
  const { serviceAccount, serviceAccountName } = spec;
  const account =
    serviceAccountName === undefined || serviceAccountName === '' ? serviceAccount : serviceAccountName;
  if (account !== 'default') add('ServiceAccount', account);
  if (
    !SYSTEM_PRIORITIES.includes(String(spec.priorityClassName)) &&
    typeof spec.priorityClassName === 'string'
  ) {
    if (spec.priorityClassName !== '') found.add(`PriorityClass /${spec.priorityClassName}`);
  }
  for (const { name } of records(spec.imagePullSecrets)) add('Secret', name);
  for (const volume of records(spec.volumes)) addVolume(volume, add);
  for (const container of records(containersOf(spec, CONTAINER_LISTS))) addEnvironment(container, add);
  // A claim of a template is made with the pod.
  for (const { metadata } of records(specOf(workload).volumeClaimTemplates)) {
    found.delete(`PersistentVolumeClaim ${namespace}/${String(record(metadata).name)}`);
  }
  return found;
}

type Add = (kind: string, name: unknown, optional?: unknown) => void;

function addVolume(volume: Fields, add: Add): void {
  const [secret, configMap] = [record(volume.secret), record(volume.configMap)];
  add('Secret', secret.secretName, secret.optional);
  add('ConfigMap', configMap.name, configMap.optional);
  add('PersistentVolumeClaim', record(volume.persistentVolumeClaim).claimName);
  for (const source of records(record(volume.projected).sources)) {
    add('Secret', record(source.secret).name, record(source.secret).optional);
    add('ConfigMap', record(source.configMap).name, record(source.configMap).optional);
  }
}

function addEnvironment(container: Fields, add: Add): void {
  for (const { secretRef, configMapRef } of records(container.envFrom)) {
    add('Secret', record(secretRef).name, record(secretRef).optional);
    add('ConfigMap', record(configMapRef).name, record(configMapRef).optional);
  }
  for (const { valueFrom } of records(container.env)) {
    const { secretKeyRef, configMapKeyRef } = record(valueFrom);
    add('Secret', record(secretKeyRef).name, record(secretKeyRef).optional);
    add('ConfigMap', record(configMapKeyRef).name, record(configMapKeyRef).optional);
  }
}

/** What a stack has, or has others make of what is in it, as "Secret namespace/name"; without what it does not name. */
export function provided(stack: Stack): Set<string> {
  return new Set(
    stack.objects.flatMap((each) => {
      const { name } = each.metadata ?? {};
      const namespace = namespaceOf(each);
      const made = secretsMadeOf(each).map((secret) => `Secret ${namespace}/${secret}`);
      return typeof name === 'string' ? [`${each.kind} ${namespace}/${name}`, ...made] : made;
    }),
  );
}

/** Names of the Secrets that a controller makes of a custom resource, in its namespace. */
function secretsMadeOf(each: KubernetesObject): string[] {
  const spec = specOf(each);
  const own = each.metadata?.name;
  const names: Readonly<Record<string, unknown>> = {
    Certificate: spec.secretName,
    ExternalSecret: record(spec.target).name ?? own,
    SealedSecret: own,
    VaultStaticSecret: record(spec.destination).name,
  };
  const name = names[each.kind];
  return typeof name === 'string' ? [name] : [];
}

/** A sample of a certificate, which becomes a Secret. */
export function certificate(secretName: string): KubernetesObject {
  return object('cert-manager.io/v1', 'Certificate', { spec: { secretName } });
}

function records(list: unknown): Fields[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

function record(value: unknown): Fields {
  return isRecord(value) ? value : {};
}
