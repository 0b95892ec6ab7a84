/** CEL: the ServiceAccount that a pod names; empty where it names none. The deprecated field counts where the other is empty. */
export const namedAccount =
  "(variables.podSpec.?serviceAccountName.orValue('') != '' ? variables.podSpec.?serviceAccountName.orValue('') : " +
  "variables.podSpec.?serviceAccount.orValue(''))";

/** CEL: the namespace of an object. */
export const namespace = "object.?metadata.?namespace.orValue('default')";

/** A pattern of objects in namespaces, as allow-lists name them: namespace/name. */
export const NAMESPACED_NAME = '^[a-z0-9-]+/[a-z0-9.-]+$';
