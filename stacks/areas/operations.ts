import { z } from 'zod';
import { choice, flag, group, helmValues, list, mode, secret } from '../fields';
import {
  bytes,
  cron,
  dnsLabel,
  duration,
  email,
  hostname,
  hostPort,
  httpsUrl,
  line,
  literal,
  url,
} from '../literals';
import { shown } from '../problems';
import { isGroup } from '../paths';

/** What runs and keeps the platform: metrics, observability, backup, delivery. */

export const metrics = group({
  mode: mode.describe('Who runs metrics-server. `off` also leaves out autoscalers, which need it.'),
  values: helmValues.exactOptional(),
});

const receiverBase = {
  name: dnsLabel.describe('Name of the receiver, its own among all.'),
  severity: choice(['critical', 'warning', 'info'])
    .default('warning')
    .describe('The least serious alerts that it gets.'),
};

const words = '"slack", "pagerduty", "email", "webhook"';

const receiver = z.discriminatedUnion(
  'kind',
  [
    group({
      kind: z.literal('slack'),
      ...receiverBase,
      channel: literal({ noun: 'a channel', example: '#alerts', pattern: /^[#@]?[^\s#@]{1,79}$/ }).describe(
        'Channel that alerts go to.',
      ),
      secret: secret("URL of the Slack channel's incoming webhook"),
    }).describe('A Slack channel.'),
    group({
      kind: z.literal('pagerduty'),
      ...receiverBase,
      secret: secret("Routing key of the PagerDuty service's Events API v2 integration"),
    }).describe('A PagerDuty service.'),
    group({
      kind: z.literal('email'),
      ...receiverBase,
      address: email.describe('Address that alerts go to.'),
      from: email.describe('Address that alerts come from.'),
      smarthost: hostPort.describe('Mail server, as host:port; TLS is required.'),
      username: line.exactOptional().describe('User on the mail server. Default: `from`.'),
      secret: secret('Password on the mail server'),
    }).describe('A mailbox.'),
    group({
      kind: z.literal('webhook'),
      ...receiverBase,
      secret: secret('URL that alerts are posted to'),
    }).describe('An endpoint that takes Alertmanager webhooks.'),
  ],
  {
    // Says which keys there are, never their values: one of them may be a secret.
    error: ({ input }) =>
      isGroup(input) && 'kind' in input
        ? `is not one of ${words}`
        : `is missing${among(input)}; a receiver's kind is one of ${words}`,
  },
);

function among(input: unknown): string {
  const keys = isGroup(input) ? Object.keys(input) : [];
  return keys.length > 0
    ? ` among ${keys.map((key) => (/^\w{1,60}$/.test(key) ? key : shown(key))).join(', ')}`
    : '';
}

export const observability = group({
  mode: mode.describe('Who runs kube-prometheus-stack. `off` leaves out every monitor, rule and dashboard.'),
  retention: duration.default('30d').describe('How long Prometheus keeps samples; at least 1d.'),
  storage: bytes.default('50Gi').describe('Volume of each Prometheus replica, in bytes.'),
  scrapeInterval: duration.default('30s').describe('Time between two scrapes; at most 1m.'),
  alertmanager: group({
    storage: bytes.default('5Gi').describe('Volume of each Alertmanager replica, in bytes.'),
    retention: duration.default('5d').describe('How long Alertmanager keeps silences and past alerts.'),
  }).prefault({}),
  grafana: group({
    storage: bytes.default('5Gi').describe("Grafana's volume, in bytes."),
    host: hostname.exactOptional().describe('Host name of Grafana. Default: `grafana.<domain>`.'),
  }).prefault({}),
  alerts: group({
    receivers: list(receiver, 20).default([]).describe('Who is told of alerts. Nobody is, without one.'),
    deadMansSwitch: secret(
      "URL of a dead man's switch: it is posted to every minute, and raises the alarm when it no longer is",
      { optional: true },
    ),
  }).prefault({}),
  values: helmValues.exactOptional(),
});

export const backup = group({
  mode: mode.describe('Who runs Velero.'),
  provider: choice(['aws', 'gcp', 'azure'])
    .default('aws')
    .describe('Whose object storage holds the backups; `aws` is also every S3-compatible one.'),
  bucket: literal({
    noun: 'a bucket name',
    example: 'example-platform-backups',
    pattern: /^[a-z0-9][-a-z0-9._]{1,61}[a-z0-9]$/,
  })
    .exactOptional()
    .describe('Bucket (Azure: blob container) of the backups. Required unless mode is `existing` or `off`.'),
  prefix: literal({ noun: 'a path', example: 'clusters/prod', pattern: /^[A-Za-z0-9][-\w.]*(\/[-\w.]+)*$/ })
    .exactOptional()
    .describe('Folder in the bucket, so that several clusters can share it.'),
  region: literal({ noun: 'a region', example: 'eu-west-1', pattern: /^[a-z][-a-z0-9]{1,40}$/ })
    .exactOptional()
    .describe('Region of the bucket. Required by the provider `aws`.'),
  s3Url: url.exactOptional().describe('Address of an S3-compatible store that is not AWS.'),
  azure: group({
    storageAccount: literal({
      noun: 'a storage account',
      example: 'examplebackups',
      pattern: /^[a-z0-9]{3,24}$/,
    }).describe('Storage account that holds the blob container, for the provider `azure`.'),
    resourceGroup: literal({
      noun: 'a resource group',
      example: 'example-backups',
      pattern: /^[-\w.()]{0,89}[-\w()]$/,
    }).describe('Resource group of the storage account.'),
  })
    .exactOptional()
    .describe('Where the blob container is. Required by the provider `azure`.'),
  credentials: secret(
    "Content of the credentials file of the backup bucket's provider, as Velero's plugin reads it",
  ),
  schedules: list(
    group({
      name: dnsLabel.describe('Name of the schedule, its own among all.'),
      cron: cron.describe('When a backup starts, in UTC.'),
      ttl: duration.describe('How long a backup is kept; at least 1h.'),
      namespaces: list(
        literal({
          noun: 'a namespace or "*"',
          example: 'shop',
          pattern: /^(\*|[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)$/,
        }),
      )
        .default(['*'])
        .describe('Namespaces to back up; `*` is all of them.'),
      excludedNamespaces: list(dnsLabel).default([]).describe('Namespaces to leave out.'),
    }),
    50,
  )
    .default([{ name: 'daily', cron: '0 2 * * *', ttl: '30d', namespaces: ['*'], excludedNamespaces: [] }])
    .describe('When backups are made and how long they are kept.'),
  nodeAgent: flag
    .default(true)
    .describe('Whether an agent on each node copies the files of volumes that no snapshot covers.'),
  values: helmValues.exactOptional(),
});

export const delivery = group({
  mode: mode.describe('Who runs Argo CD.'),
  host: hostname.exactOptional().describe('Host name of Argo CD. Default: `argocd.<domain>`.'),
  oidc: group({
    issuer: httpsUrl.describe("The identity provider's issuer URL."),
    clientId: line.describe("The platform's client id at the identity provider."),
    clientSecret: secret("Client secret of the platform's client at the OIDC identity provider"),
  })
    .exactOptional()
    .describe('Single sign-on. Without it, only the built-in admin can log in.'),
  admins: list(line).default([]).describe('Groups of the identity provider that administer Argo CD.'),
  repositories: list(
    literal({
      noun: 'a repository URL',
      example: 'https://github.com/example/apps',
      pattern: /^(https|ssh|oci):\/\/[^\s/?#]+\S*$/,
      max: 1000,
    }),
  )
    .default([])
    .describe('Repositories that applications may come from; a `*` stands for any text. None, when empty.'),
  values: helmValues.exactOptional(),
});
