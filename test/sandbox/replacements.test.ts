import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFailure } from '../../sandbox/engine/errors';
import { planOf, refuseReplacements } from '../../sandbox/engine/replacements';
import { stackPaths } from '../../sandbox/paths';
import { expectClear, refusalOf } from '../helpers/refusal';
import { begin, logOf, RELEASE, replace, urn } from './engine-events';

const NAMESPACE = urn('app', 'kubernetes:core/v1:Namespace');
const GUARDED = [
  ['Namespace', 'kubernetes:core/v1:Namespace'],
  ['PersistentVolumeClaim', 'kubernetes:core/v1:PersistentVolumeClaim'],
  ['PersistentVolume', 'kubernetes:core/v1:PersistentVolume'],
  ['StatefulSet', 'kubernetes:apps/v1:StatefulSet'],
  ['CustomResourceDefinition', 'kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition'],
  ['Release', RELEASE],
] as const;

test.each(GUARDED)(
  'a plan that replaces a %s is refused: the object, why, what is lost, the setting',
  (kind, type) => {
    const log = logOf(...replace(urn('it', type), 'some.field'));
    const failure = refusalOf(() => refuseReplacements('dev', log, []));
    expectClear(failure);
    expect(failure.message).toMatch(
      new RegExp(`^  ${kind} it: some\\.field can't change while it is there; .*deleted`, 'm'),
    );
    expect(failure.cure).toContain(
      `platform:protection.allowReplacements in Pulumi.dev.yaml to ["${kind} it"]`,
    );
  },
);

test('every one of them is named, and those that the setting allows are let through', () => {
  const log = logOf(...GUARDED.flatMap(([, type]) => replace(urn('it', type), 'metadata.name')));
  const all = GUARDED.map(([kind]) => `${kind} it`);
  expect(() => refuseReplacements('dev', log, all)).not.toThrow();
  const { cure, message } = refusalOf(() => refuseReplacements('dev', log, all.slice(2)));
  expect(message.match(/^ {2}/gm)).toHaveLength(2);
  expect(cure).toContain('["Namespace it", "PersistentVolumeClaim it"]');
});

test('one that is replaced because of another one is refused too, whatever step of it is told last', () => {
  for (const op of ['delete-replaced', 'replace', 'create-replacement']) {
    const log = logOf(begin(NAMESPACE, op));
    expect(refusalOf(() => refuseReplacements('dev', log, [])).message).toContain(
      'Namespace app: what it depends on',
    );
  }
});

test('what is made, changed in place, deleted or of another kind is no replacement', () => {
  const log = logOf(
    begin(NAMESPACE, 'update', ['metadata.labels']),
    begin(urn('a', RELEASE), 'create'),
    begin(urn('b', RELEASE), 'delete'),
    begin(urn('c', RELEASE), 'same'),
    ...replace(urn('d', 'kubernetes:core/v1:ConfigMap'), 'data'),
  );
  expect(() => refuseReplacements('dev', log, [])).not.toThrow();
});

test('it is told in its own words, whatever the engine said', () => {
  const log = logOf(...replace(NAMESPACE, 'metadata.name'));
  try {
    refuseReplacements('dev', log, []);
    throw new Error('expected a refusal');
  } catch (error) {
    expect(describeFailure(error, log).message).toContain('nothing was touched');
  }
});

describe('whether an update is planned first', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'platform-plan-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const SETTINGS = 'config:\n  platform:a: { x: 1, y: [2, 3] }\n  platform:b: off\n';
  const asked = (file: string, type = RELEASE, version = '1'): ReturnType<typeof planOf> => {
    const paths = { ...stackPaths('dev', { PLATFORM_STATE: folder }), project: folder };
    writeFileSync(join(folder, 'Pulumi.dev.yaml'), file);
    const tools = [{ name: 'helm', version, path: '', origin: 'path' }] as const;
    return planOf('dev', paths, { version: 3, deployment: { resources: [{ type }] } }, [], tools);
  };

  it('is asked of what nobody has passed, and no more of what was, however its file is written', () => {
    expect(asked(SETTINGS).needed).toBe(true);
    asked(SETTINGS).pass();
    expect(asked(SETTINGS).needed).toBe(false);
    const rewritten = `config:\n  platform:b: "off"\n  platform:a:\n    'y': [2, 3]\n    x: 1\nencryptionsalt: v1:a\n`;
    expect(asked(rewritten).needed).toBe(false);
  });

  it('is asked again when a setting or a tool is another one, and never where nothing could be lost', () => {
    asked(SETTINGS).pass();
    expect(asked(SETTINGS.replace('[2, 3]', '[3, 2]')).needed).toBe(true);
    expect(asked(SETTINGS, RELEASE, '2').needed).toBe(true);
    expect(asked(SETTINGS, 'kubernetes:core/v1:ConfigMap', '2').needed).toBe(false);
  });
});
