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
