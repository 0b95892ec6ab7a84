import type * as pulumi from '@pulumi/pulumi';
import type { Area, Receiver } from '../../stacks/schema';
import type { Values } from '../foundation/values';

type Alerts = Area<'observability'>['alerts'];

/** Secret that holds what each receiver keeps secret, by the receiver's name. */
export const RECEIVERS_SECRET = 'alertmanager-receivers';

/** Receiver of what nobody is told. No other can have this name, which is not a DNS label. */
const NOBODY = 'no one';

/** Receiver of the heartbeat, and the key of its URL in the Secret; no DNS label either. */
const SWITCH = 'dead_mans_switch';

/** Where the Prometheus operator mounts that Secret in Alertmanager's pods. */
const SECRETS = `/etc/alertmanager/secrets/${RECEIVERS_SECRET}`;

/** Severities that are at least as serious; `info` also gets alerts that name none, so it matches everything. */
const AT_LEAST: Record<Receiver['severity'], string[]> = {
  critical: ['severity = "critical"'],
  warning: ['severity =~ "critical|warning"'],
  info: [],
};

/** Sends Watchdog on every minute for as long as it fires. */
const HEARTBEAT = {
  receiver: SWITCH,
  matchers: ['alertname = "Watchdog"'],
  group_wait: '0s',
  group_interval: '1m',
  // Looked at once an interval, when the last notification is not quite an interval old.
  repeat_interval: '50s',
};

/**
 * Alertmanager's configuration: every receiver gets the alerts from its severity on. It holds no secret, it only
 * names the files that do.
 */
export function alertmanagerConfig({ deadMansSwitch, receivers }: Alerts): Values {
  const watched = deadMansSwitch !== undefined;
  return {
    global: { resolve_timeout: '5m' },
    route: {
      receiver: NOBODY,
      // By severity too, so that a group has one and a receiver's matcher takes all of it or none.
      group_by: ['namespace', 'alertname', 'severity'],
      group_wait: '30s',
      group_interval: '5m',
      repeat_interval: '4h',
      routes: [
        // Watchdog always fires, for a dead man's switch; InfoInhibitor only serves the rules below.
        ...(watched ? [HEARTBEAT] : []),
        { receiver: NOBODY, matchers: ['alertname =~ "Watchdog|InfoInhibitor"'] },
        ...receivers.map(({ name, severity }) => ({
          receiver: name,
          matchers: AT_LEAST[severity],
          continue: true,
        })),
      ],
    },
    inhibit_rules: [
      inhibition('severity = "critical"', 'severity =~ "warning|info"', ['namespace', 'alertname']),
      inhibition('severity = "warning"', 'severity = "info"', ['namespace', 'alertname']),
      inhibition('alertname = "InfoInhibitor"', 'severity = "info"', ['namespace']),
    ],
    receivers: [
      { name: NOBODY },
      ...(watched ? [webhookConfig(SWITCH, false)] : []),
      ...receivers.map(receiverConfig),
    ],
  };
}

function inhibition(source: string, target: string, equal: string[]): Values {
  return { source_matchers: [source], target_matchers: [target], equal };
}

function receiverConfig(receiver: Receiver): Values {
  const secret = `${SECRETS}/${receiver.name}`;
  const { name } = receiver;
  switch (receiver.kind) {
    case 'slack':
      return {
        name,
        slack_configs: [
          {
            api_url_file: secret,
            channel: receiver.channel,
            send_resolved: true,
            title: '[{{ .Status | toUpper }}] {{ .CommonLabels.alertname }} in {{ .CommonLabels.namespace }}',
            text: '{{ range .Alerts }}*{{ .Labels.severity }}* {{ .Annotations.summary }} {{ .Annotations.description }} {{ .Annotations.runbook_url }}\n{{ end }}',
          },
        ],
      };
    case 'pagerduty':
      return {
        name,
        pagerduty_configs: [
          {
            routing_key_file: secret,
            send_resolved: true,
            // PagerDuty refuses an event with a severity that it does not know.
            severity:
              '{{ if eq .CommonLabels.severity "critical" "warning" }}{{ .CommonLabels.severity }}{{ else }}info{{ end }}',
          },
        ],
      };
    case 'email':
      return {
        name,
        email_configs: [
          {
            to: receiver.address,
            from: receiver.from,
            smarthost: receiver.smarthost,
            auth_username: receiver.username ?? receiver.from,
            auth_password_file: secret,
            require_tls: true,
            send_resolved: true,
          },
        ],
      };
    case 'webhook':
      return webhookConfig(name, true);
  }
}

function webhookConfig(name: string, sendResolved: boolean): Values {
  return { name, webhook_configs: [{ url_file: `${SECRETS}/${name}`, send_resolved: sendResolved }] };
}

/** What is in the Secret of the receivers; nothing where there are none. */
export function receiverSecrets({ deadMansSwitch, receivers }: Alerts): Record<string, pulumi.Input<string>> {
  return {
    ...(deadMansSwitch === undefined ? {} : { [SWITCH]: deadMansSwitch }),
    ...Object.fromEntries(receivers.map(({ name, secret }) => [name, secret])),
  };
}

/** TCP ports that Alertmanager reaches its receivers on. A webhook's own port is secret: it must be 443. */
export function receiverPorts({ deadMansSwitch, receivers }: Alerts): number[] {
  const ports = receivers.map((receiver) =>
    receiver.kind === 'email' ? Number(receiver.smarthost.split(':').at(-1)) : 443,
  );
  return [...new Set(deadMansSwitch === undefined ? ports : [443, ...ports])].sort((a, b) => a - b);
}
