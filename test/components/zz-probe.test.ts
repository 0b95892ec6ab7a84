import { construct } from '../helpers/mocks';
import { settingsOf } from './settings';
const many = (n: number) =>
  Object.fromEntries(
    Array.from({ length: n }, (_, i) => [
      `w${i}`,
      { image: 'registry.example.com/w:1.0.0', secrets: ['KEY'], config: { 'a.yaml': 'b' } },
    ]),
  );
const tenants = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`t${i}`, { admins: ['x'] }]));
test.each([1, 1, 10, 100])(
  '%d',
  async (n) => {
    const s = settingsOf('prod', {
      'platform:workloads': many(n),
      ...(n === 100 ? { 'platform:tenants': tenants } : {}),
    });
    const t = Date.now();
    const c = await construct(s);
    console.log(n, Date.now() - t, c.resources.length);
  },
  120000,
);
