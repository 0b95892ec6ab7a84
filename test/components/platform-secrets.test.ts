import { type Construction, construct, GENERATED } from '../helpers/mocks';
import { settingsOf } from './settings';

/** Each secret is a text that nothing else holds, so that it is found wherever it turns up. */

const RECEIVERS = [
  { name: 'team', kind: 'slack', channel: '#alerts' },
  { name: 'on-call', kind: 'pagerduty', severity: 'critical' },
  {
    name: 'mail',
    kind: 'email',
    address: 'ops@example.com',
    from: 'alerts@example.com',
    smarthost: 'smtp.example.com:587',
  },
  { name: 'hook', kind: 'webhook' },
];

describe('secrets', () => {
  const paths = [
    'platform:backup.credentials',
    'platform:delivery.oidc.clientSecret',
    ...RECEIVERS.map((_, index) => `platform:observability.alerts.receivers[${index}].secret`),
  ];
  let platform: Construction;

  beforeAll(async () => {
    platform = await construct(
      settingsOf('prod', {
        'platform:observability.alerts.receivers': RECEIVERS,
        'platform:observability.alerts.deadMansSwitch': 'https://hidden-switch.example.com',
        'platform:cluster.kubeconfig': 'apiVersion: v1\nkind: Config\n# hidden-kubeconfig\n',
      }),
    );
  });

  test('reach the objects that need them', () => {
    const all = JSON.stringify(platform.resources.map(({ inputs }) => inputs));
    for (const path of paths) expect(all).toContain(`hidden-${path}`);
    expect(all).toContain('hidden-kubeconfig');
    expect(all).toContain('hidden-switch');
    for (const { name } of platform.ofType(':RandomPassword')) expect(all).toContain(`${GENERATED}${name}`);
  });

  test('are in no plain input, not one of them, and in no output', () => {
    const shown = JSON.stringify([platform.resources.map((resource) => resource.shown), platform.outputs]);
    expect(shown).not.toContain('hidden-');
    expect(shown).not.toContain(GENERATED);
    expect(shown).toContain('[secret]');
  });

  test('do not pass through Helm, which keeps the values of a release', () => {
    const values = JSON.stringify(platform.ofType(':Release').map(({ shown }) => shown));
    expect(values).not.toContain('[secret]');
  });
});
