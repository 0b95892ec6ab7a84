import type { Finding, StackControl } from '../../control';
import { CONTAINER_LISTS, containersOf, isRecord, podSpecOf, type KubernetesObject } from '../../objects';
import { parseImage, type ImageReference } from '../../parts/images';
import { container, pod, sample, workload } from '../../samples';

/** The pinned images of an object's pods, each once. */
function pinnedIn(object: KubernetesObject): ImageReference[] {
  const images = containersOf(podSpecOf(object), CONTAINER_LISTS)
    .filter(isRecord)
    .map(({ image }) => image)
    // One that is not known yet is judged by the update.
    .filter((image) => typeof image === 'string');
  return [...new Set(images)].map(parseImage).filter(({ digest }) => digest !== undefined);
}

const digestOf = (digit: string): string => `sha256:${digit.repeat(64)}`;
const image = (reference: string, digit?: string): object =>
  container({ image: digit === undefined ? reference : `${reference}@${digestOf(digit)}` });
const APP = 'ghcr.io/example/app:1.0.0';

export const control: StackControl = {
  scope: 'stack',
  id: 'one-digest-per-tag',
  covers: ['IMG-08'],
  title: 'A tag stands for one digest in the whole stack',
  why: 'Two digests behind one tag are two programs under one name: one of them was not updated, or not built by you.',
  severity: 'low',
  cis: [],
  nsa: 'Building secure container images',
  remediation: 'Pin the tag to the same digest everywhere, or give the other image its own tag.',
  judge: (stack) => {
    const digests = new Map<string, Set<string>>();
    const used = stack.of('podBearing').map((object) => ({ object, images: pinnedIn(object) }));
    for (const { name, digest = '' } of used.flatMap(({ images }) => images)) {
      digests.set(name, (digests.get(name) ?? new Set()).add(digest));
    }
    return used.flatMap(({ object, images }): Finding[] =>
      [...new Set(images.map(({ name }) => name))]
        .filter((name) => (digests.get(name)?.size ?? 0) > 1)
        .map((name) => ({
          object,
          found: `${name} has ${digests.get(name)?.size} digests in this stack: ${[...(digests.get(name) ?? [])].join(', ')}`,
        })),
    );
  },
  samples: {
    allowed: [
      sample('no images', []),
      sample('no digests', [pod(), workload('Deployment')]),
      sample('one digest', [
        pod({ containers: [image(APP, 'a')] }),
        workload('Job', { containers: [image(APP, 'a')] }),
      ]),
      sample('two tags', [
        pod({ containers: [image(APP, 'a')] }),
        workload('Job', { containers: [image('ghcr.io/example/app:2.0.0', 'b')] }),
      ]),
      sample('a digest and none', [
        pod({ containers: [image(APP, 'a')] }),
        workload('Job', { containers: [image(APP)] }),
      ]),
    ],
    denied: [
      sample('two digests', [
        pod({ containers: [image(APP, 'a')] }),
        workload('Deployment', { containers: [image(APP, 'b')] }),
      ]),
      sample('in one object', [pod({ containers: [image(APP, 'a')], initContainers: [image(APP, 'b')] })]),
      sample('by two names of one image', [
        pod({ containers: [image('nginx:1.29', 'a')] }),
        workload('CronJob', { containers: [image('docker.io/library/nginx:1.29', 'b')] }),
      ]),
    ],
  },
};
