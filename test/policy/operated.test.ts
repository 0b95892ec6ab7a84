import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { platformPolicies } from '../../components/policy/chart';
import { parseManifests } from '../../policy/manifests';
import { settingsOf } from '../components/settings';
import { PLANE_TIMEOUT } from '../helpers/plane';
import { AdmissionPlane } from './admission-support';

/** What operators, injectors and the cluster make at run time, which no preview sees, before the policies of prod. */

jest.setTimeout(4 * PLANE_TIMEOUT);

const FOLDER = join(__dirname, '..', 'fixtures', 'operated');
const objects = readdirSync(FOLDER).flatMap((file) =>
  parseManifests(readFileSync(join(FOLDER, file), 'utf8')),
);

let plane: AdmissionPlane;
beforeAll(async () => {
  plane = await AdmissionPlane.start(objects);
  const priority = { metadata: { name: 'platform-workloads' }, value: 1000 };
  await plane.cluster.plane.api.call('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', priority);
  const policies = platformPolicies(settingsOf('prod'));
  await plane.install(policies.flatMap(({ policy, binding }) => [policy, binding]));
}, PLANE_TIMEOUT);
afterAll(() => plane.delete());

it.each(objects.map((object) => [`${object.kind} ${String(object.metadata?.name)}`, object] as const))(
  '%s is let in',
  async (_name, object) => {
    expect(await plane.judge(object)).toMatchObject({ kind: 'taken' });
  },
);

it('and what nobody exempts is not: the policies are in force', async () => {
  const role = objects.find(({ metadata }) => metadata?.name === 'calico-kube-controllers')!;
  const other = { ...role, metadata: { name: 'other' } };
  expect(await plane.judge(other)).toMatchObject({
    kind: 'denied',
    message: expect.stringMatching(/^no-role-redirects-services: ClusterRole other: /) as string,
  });
});
