import { type Api, ApiError } from '../../sandbox/plane/api';
import { listAll, listCollections } from '../../sandbox/plane/discovery';

jest.setTimeout(20_000);

const WIDGETS = { path: '/apis/example.com/v1/widgets', apiVersion: 'example.com/v1', kind: 'Widget' };
const WIDGET = { metadata: { name: 'one' } };

/** An API server whose answers are given in turn, the last one again and again: a status where it refuses. */
function apiOf(answers: Record<string, unknown[]>): Api {
  const get = (path: string): Promise<unknown> => {
    const [answer, ...others] = answers[path] ?? [404];
    if (others.length > 0) answers[path] = others;
    return typeof answer === 'number'
      ? Promise.reject(new ApiError(answer, `GET ${path}: ${answer}`))
      : Promise.resolve(answer);
  };
  return { get, call: (_method: string, path: string) => get(path) } as unknown as Api;
}

it('lists nothing of a kind that is gone', async () => {
  expect(await listAll(apiOf({ [WIDGETS.path]: [404] }), [WIDGETS])).toEqual([]);
});

it('asks again for a kind that is not ready yet', async () => {
  const api = apiOf({ [WIDGETS.path]: [429, { items: [WIDGET] }] });
  expect(await listAll(api, [WIDGETS])).toEqual([
    { ...WIDGET, apiVersion: 'example.com/v1', kind: 'Widget' },
  ]);
});

it('has no list where a kind can not be read', async () => {
  const api = apiOf({ [WIDGETS.path]: [500] });
  await expect(listAll(api, [WIDGETS])).rejects.toThrow('GET /apis/example.com/v1/widgets: 500');
});

it('leaves out a group whose server is not there, and no other', async () => {
  const group = (name: string): object => ({ preferredVersion: { groupVersion: `${name}/v1` } });
  const groups = [group('example.com'), group('metrics.k8s.io')];
  const widgets = { name: 'widgets', kind: 'Widget', verbs: ['list'] };
  const answers = (status: number): Record<string, unknown[]> => ({
    '/apis': [{ groups }],
    '/api/v1': [{ resources: [] }],
    '/apis/example.com/v1': [{ resources: [widgets, { ...widgets, name: 'widgets/status' }] }],
    '/apis/metrics.k8s.io/v1': [status],
  });
  expect(await listCollections(apiOf(answers(503)))).toEqual([WIDGETS]);
  await expect(listCollections(apiOf(answers(500)))).rejects.toThrow('GET /apis/metrics.k8s.io/v1: 500');
});
