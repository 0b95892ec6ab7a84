import { parseCondition, toSetting, type Entry } from './entry';
import type { Facts, JsonObject } from './facts';

/** A definition's name, such as `certificates.cert-manager.io`, and its line in the facts. */
type Line = [name: string, line: string];

/** The definitions of a chart, sorted as in its facts. */
export function crdLines(facts: Facts): Line[] {
  const groups = Object.entries(facts.crds?.groups ?? {});
  return groups.flatMap(([group, kinds]) =>
    Object.entries(kinds).map(([plural, line]): Line => [`${plural}.${group}`, line]),
  );
}

/**
 * A custom resource definition of upstream's name, kind, scope and versions, whose schema takes anything.
 *
 * @param line `Kind v1,v1beta1`, then any of `cluster`, `no-status`, `storage=v1beta1` (else the first version),
 * `unserved=v1alpha1`, `short=a,b`
 */
export function crdManifest([name, line]: Line, labels: Record<string, string> = {}): JsonObject {
  const [plural = '', ...group] = name.split('.');
  const [kind = '', versions = '', ...words] = line.split(' ');
  const option = (key: string): string[] | undefined =>
    words
      .find((word) => word.startsWith(`${key}=`))
      ?.slice(key.length + 1)
      .split(',');
  const [storage] = option('storage') ?? versions.split(',');
  const shortNames = option('short');
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name, labels },
    spec: {
      group: group.join('.'),
      scope: words.includes('cluster') ? 'Cluster' : 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        ...(shortNames && { shortNames }),
      },
      versions: versions.split(',').map((version) => ({
        name: version,
        served: !option('unserved')?.includes(version),
        storage: version === storage,
        schema: { openAPIV3Schema: { ...open, properties: { spec: open, status: open } } },
        ...(!words.includes('no-status') && { subresources: { status: {} } }),
      })),
    },
  };
}

/**
 * The definitions that the chart holds as templates, on the conditions upstream puts them on, where `$crd` and
 * `$plural` are the definition's own name and plural.
 */
export function crdEntries(facts: Facts): Entry[] {
  const crds = facts.crds;
  if (crds?.place !== 'templates') return [];
  const keep = { to: 'metadata.annotations[helm.sh/resource-policy]', value: 'keep' };
  return crdLines(facts).map(([name, line]) => ({
    when: parseCondition(crds.when?.replaceAll('$crd', name).replaceAll('$plural', name.split('.')[0] ?? '')),
    object: crdManifest([name, line], crds.labels),
    set:
      crds.keep === undefined
        ? []
        : [toSetting({ ...keep, when: crds.keep === true ? undefined : crds.keep })],
  }));
}
