import { CATALOGUE, CHART_NAMES } from '../../components/catalogue';
import { unknownPaths, valueKeys } from '../../components/charts/value-keys';
import { loadValueFacts, loadValueKeys } from '../helpers/value-keys';

const files = (texts: Record<string, string>): Map<string, Buffer> =>
  new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));

describe('unknown paths', () => {
  const chart = {
    replicas: 1,
    image: { tag: '' },
    affinity: {},
    extra: null,
    list: [],
    hosts: ['a'],
    podLabels: { a: 'b' },
    resources: { limits: { cpu: 1 } },
  };

  it('are the leaves that the chart does not have', () => {
    const values = {
      replicas: 2,
      replcas: 3,
      image: { tag: 'x', regstry: 'y' },
      more: { a: { b: 1, c: [] } },
    };
    expect(unknownPaths(values, chart)).toEqual(['replcas', 'image.regstry', 'more.a.b', 'more.a.c']);
  });

  it('are none below what the chart leaves open', () => {
    const open = { affinity: { a: { b: 1 } }, extra: { a: 1 }, list: [{ a: 1 }] };
    const kubernetes = { podLabels: { c: 'd' }, resources: { limits: { memory: '1Gi' } } };
    expect(unknownPaths({ ...open, ...kubernetes }, chart)).toEqual([]);
  });

  it('are those below a single value or a list', () => {
    expect(unknownPaths({ replicas: { min: 1 }, hosts: { a: 1 } }, chart)).toEqual([
      'replicas.min',
      'hosts.a',
    ]);
  });

  it('count an empty map, quote odd keys, and leave out what is undefined', () => {
    const values = { a: {}, b: undefined, image: { 'exec.enabled': true } };
    expect(unknownPaths(values, chart)).toEqual(['a', 'image["exec.enabled"]']);
  });

  it('are all that is set on a chart without values', () => {
    expect(unknownPaths({ a: 1 }, {})).toEqual(['a']);
  });
});

describe("a chart's keys", () => {
  it("hold a subchart's under its name or alias, its global ones, and its condition", () => {
    const keys = valueKeys(
      files({
        'Chart.yaml': 'dependencies: [{ name: sub, alias: other, condition: use.other }, { name: plain }]',
        'values.yaml': 'other: { a: 1, open: 1 }\nplain: {}',
        'charts/sub/values.yaml': 'b: {}\nopen: {}\nglobal: { registry: "" }',
        'charts/plain/values.yaml': 'c: { d: 1 }',
        'charts/plain/charts/deep/values.yaml': 'e: 1',
      }),
    );
    expect(keys).toEqual({
      other: { a: 0, b: null, open: null, global: { registry: 0 } },
      plain: { c: { d: 0 }, deep: { e: 0 } },
      global: { registry: 0 },
      use: { other: 0 },
    });
  });

  it("are Istio's from below its wrapper", () => {
    const keys = valueKeys(
      files({ 'values.yaml': '_internal_defaults_do_not_set: { a: 1, global: { b: "" } }' }),
    );
    expect(keys).toEqual({ a: 0, global: { b: 0 }, profile: 0, platform: 0, compatibilityVersion: 0 });
  });

  it('count those of the schema, through its references', () => {
    const schema = {
      $ref: '#/$defs/values',
      $defs: {
        values: {
          properties: {
            a: { type: 'integer' },
            b: { type: 'object' },
            c: { anyOf: [{ type: 'string' }, { $ref: '#/$defs/c' }] },
            values: { $ref: '#/$defs/open' },
            loop: { allOf: [{ $ref: '#/$defs/values' }] },
          },
        },
        c: { type: 'object', properties: { d: true } },
        open: { type: 'object' },
      },
    };
    const keys = valueKeys(
      files({ 'values.schema.json': JSON.stringify(schema), 'values.yaml': 'values: { x: 1 }\nown: 1' }),
    );
    expect(keys).toMatchObject({ a: 0, b: null, c: { d: null }, values: { x: 0 }, own: 0 });
    expect(unknownPaths({ loop: { a: 1 }, lop: 1 }, keys)).toEqual(['lop']);
  });
});

describe('the committed keys', () => {
  it.each(CHART_NAMES)("of %s are its row's version's", (chart) => {
    // After a new version: npx tsx test/fixtures/generate-values.ts <folder of archives>
    expect(loadValueFacts(chart).version).toBe(CATALOGUE[chart].version);
  });

  it('tell a key of the chart from a slip of the pen', () => {
    const values = { replicaCount: 2, webhook: { replicaCount: 3, replicas: 3 }, crds: { enabled: false } };
    expect(unknownPaths(values, loadValueKeys('cert-manager'))).toEqual(['webhook.replicas']);
    expect(
      unknownPaths({ pilot: { a: 1 }, global: { logAsJson: true } }, loadValueKeys('istiod')),
    ).not.toContain('global.logAsJson');
  });
});
