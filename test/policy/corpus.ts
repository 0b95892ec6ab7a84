import fc from 'fast-check';
import { podMetadataOf, podSpecOf, podSpecPath, type KubernetesObject } from '../../policy/objects';
import { workload, pod } from '../../policy/samples';
import { POD_BEARING_KINDS } from '../../policy/objects';
import { ADMITTED, reachesPolicies } from './admission-support';
import { pods, workloads } from './pod-security-objects';

/** Objects of every kind that a control judges at admission, most of them pods and what makes pods. */

type Fields = Record<string, unknown>;

const SAMPLES = ADMITTED.flatMap(({ samples }) =>
  [...samples.allowed, ...samples.denied].map(({ object }) => object),
);
const CARRIERS = SAMPLES.filter((object) => podSpecPath(object) && Object.keys(podSpecOf(object)).length > 0);
const OTHERS = SAMPLES.filter((object) => !podSpecPath(object) && reachesPolicies(object));
const KINDS = POD_BEARING_KINDS.map((kind) => kind.split('/')[1]!);

/** A pod that has parts of several samples: containers and volumes of all, other fields of whoever has them last. */
const spliced: fc.Arbitrary<KubernetesObject> = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    parts: fc.array(fc.constantFrom(...CARRIERS), { minLength: 1, maxLength: 4 }),
  })
  .map(({ kind, parts }) => {
    const spec = parts.map(podSpecOf).reduce<Fields>(splice, {});
    const metadata = parts.map(podMetadataOf).reduce<Fields>(
      (all, each) => ({
        annotations: { ...(all.annotations as Fields), ...(each.annotations as Fields) },
        labels: { ...(all.labels as Fields), ...(each.labels as Fields) },
      }),
      {},
    );
    // Only a pod that is there gets ephemeral containers: the API server takes none in a new one.
    delete spec.ephemeralContainers;
    delete spec.nodeName;
    const { restartPolicy, ...rest } = structuredClone(spec);
    if (kind === 'Pod') {
      const made = pod({ ...rest, ...(restartPolicy ? { restartPolicy } : {}) });
      return { ...made, metadata: { ...made.metadata, ...metadata } };
    }
    return workload(kind, rest, metadata);
  });

function splice(all: Fields, each: Fields): Fields {
  const merged: Fields = { ...all, ...structuredClone(each) };
  for (const list of ['containers', 'initContainers', 'volumes', 'imagePullSecrets', 'tolerations']) {
    const items = [
      ...((all[list] as Fields[] | undefined) ?? []),
      ...((each[list] as Fields[] | undefined) ?? []),
    ];
    if (items.length === 0) continue;
    // Names are their own.
    merged[list] = items.filter(
      ({ name }, index) => name === undefined || items.findIndex((other) => other.name === name) === index,
    );
  }
  return merged;
}

export const corpus: fc.Arbitrary<KubernetesObject> = fc.oneof(
  { weight: 4, arbitrary: spliced },
  { weight: 2, arbitrary: pods },
  { weight: 2, arbitrary: workloads },
  { weight: 2, arbitrary: fc.constantFrom(...OTHERS) },
);
