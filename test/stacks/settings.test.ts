import * as pulumi from '@pulumi/pulumi';
import { rawOf, withSecrets } from './files';
import { load } from '../../stacks/settings';
import { SettingsError } from '../../stacks/validate';

const prod = withSecrets('prod', rawOf('prod'));

/** Sets the configuration in the form in which the engine hands it to a program: groups as JSON, texts as they are. */
function configure(raw: Record<string, unknown>, secretKeys: string[]): void {
  const texts = Object.entries(raw).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(texts) as Record<string, string>, secretKeys);
  void pulumi.runtime.setMocks(
    { newResource: ({ name }) => ({ id: name, state: {} }), call: () => ({}) },
    'platform',
    'prod',
  );
}

test('the configuration of the running stack becomes sealed settings', async () => {
  configure(prod, Object.keys(prod));
  const settings = load();
  expect(settings.domain).toBe('platform.example.com');
  expect(settings.availability).toEqual({ replicas: 3, zones: 3, podDisruptionBudgets: true });
  expect(await pulumi.isSecret(settings.backup.credentials)).toBe(true);
});

test('the engine says which keys are encrypted, and one that is not is refused', () => {
  configure(prod, ['platform:observability', 'platform:delivery']);
  expect(load).toThrow(/prod: platform:backup.credentials is in plain text/);
});

test.each(['not json', '{"a":', '3', 'null', '"x"', '[]'])(
  'a group given as %j is refused or empty, never a crash',
  (text) => {
    configure({ ...prod, 'platform:network': text }, Object.keys(prod));
    if (text === 'null') expect(load().network.mode).toBe('managed');
    else expect(load).toThrow(SettingsError);
  },
);
