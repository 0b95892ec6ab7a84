import { CONTAINER_LISTS, containersOf, isRecord, podSpecOf, type KubernetesObject } from '../objects';

type Fields = Record<string, unknown>;

/** Every container of an object's pods, to be changed in place by a `fix`. */
export function containersIn(object: KubernetesObject): Fields[] {
  return containersOf(podSpecOf(object), CONTAINER_LISTS).filter(isRecord);
}

/** The object in a field, to be changed in place; made where there is none. */
export function ensure(parent: Fields, field: string): Fields {
  const value = parent[field];
  if (isRecord(value)) return value;
  return (parent[field] = {});
}

/** Whether an object's pods run on Windows, where much of a security context can't be set. */
export function isWindows(object: KubernetesObject): boolean {
  const { os } = podSpecOf(object);
  return isRecord(os) && os.name === 'windows';
}
