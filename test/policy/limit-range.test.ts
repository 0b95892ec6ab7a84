import { Exemptions } from '../../policy/exemption';
import { EXEMPTIONS } from '../../policy/exemptions';
import { Judge } from '../../policy/judge';
import { podSpecOf, type KubernetesObject } from '../../policy/objects';
import { levelIn } from '../../policy/settings';
import { Subject } from '../../policy/subject';
import { Display } from '../../sandbox/engine/display';
import { objectsOf, withProgram } from '../../sandbox/policy/program';
import { stacks } from '../stacks/files';
import { ADMITTED } from './admission-support';

/**
 * Pods reach admission as the LimitRange of their namespace has filled them in: a request far below its default limit
 * passes every preview, and no pod of it ever starts.
 */

jest.setTimeout(900_000);

type Amounts = Record<string, string>;
interface Container {
  resources?: { requests?: Amounts; limits?: Amounts };
}

const quiet = new Display({ write: () => true } as unknown as NodeJS.WriteStream);
const judge = new Judge({
  controls: ADMITTED,
  levelOf: (id) => levelIn({}, id),
  configured: () => ({}),
  exemptions: new Exemptions(EXEMPTIONS),
});

/** What the API server makes of a container: https://kubernetes.io/docs/concepts/policy/limit-range */
function filled(container: Container, limits: Amounts, requests: Amounts): Container {
  const own = container.resources ?? {};
  return {
    ...container,
    resources: {
      limits: { ...limits, ...own.limits },
      // A limit of its own is the request, too, where it has none.
      requests: { ...requests, ...own.limits, ...own.requests },
    },
  };
}

it.each(stacks)(
  'every workload of %s keeps to the controls with the defaults of its namespace',
  async (stack) => {
    const { objects, settings } = await withProgram(
      { stack, mirror: undefined, display: quiet },
      async (program) => ({
        objects: await objectsOf(program),
        settings: program.settings,
      }),
    );
    const { limits, requests } = settings.namespaces.limits;
    const workloads = objects.map((object) => structuredClone(object)).filter((object) => hasPods(object));
    for (const object of workloads) {
      const spec = podSpecOf(object) as Record<string, Container[] | undefined>;
      for (const list of ['initContainers', 'containers'])
        if (spec[list]) spec[list] = spec[list].map((each) => filled(each, limits, requests));
    }
    expect(workloads.length).toBeGreaterThan(15);
    const denied = workloads.flatMap((object) => judge.object(new Subject(object)));
    expect(denied.filter(({ level }) => level === 'mandatory').map(({ message }) => message)).toEqual([]);
  },
);

function hasPods(object: KubernetesObject): boolean {
  return podSpecOf(object).containers !== undefined;
}
