import { DEFAULT_KUBERNETES_VERSION } from '../../../stacks/kubernetes';
import type { ObjectControl } from '../../control';
import { RETIREMENTS, type Retirement } from '../../parts/api-versions';
import { object, pod, sample, workload } from '../../samples';

const KEY = "(object.apiVersion + ' ' + object.kind)";
const MINOR = "int(variables.params.kubernetesVersion.split('.')[1])";

/** CEL: what a retirement says of the object's kind; absent where it has none. */
function lookUp(value: (retirement: Retirement) => string | number | undefined): string {
  const entries = RETIREMENTS.flatMap((retirement) => {
    const found = value(retirement);
    const of = (kind: string): string =>
      `${JSON.stringify(`${retirement.apiVersion} ${kind}`)}: ${JSON.stringify(found)}`;
    return found === undefined ? [] : retirement.kinds.map(of);
  });
  return `{${entries.join(', ')}}[?${KEY}]`;
}

const isRetiring = `object.apiVersion in ${JSON.stringify([...new Set(RETIREMENTS.map(({ apiVersion }) => apiVersion))])}`;
const isRemoved = `${lookUp(({ removed }) => removed)}.orValue(1000) <= ${MINOR}`;
const isDeprecated = `${lookUp(({ deprecated }) => deprecated)}.orValue(1000) <= ${MINOR}`;

const of = (apiVersion: string, kind: string): ReturnType<typeof object> => object(apiVersion, kind);
const endpoints = object('v1', 'Endpoints', { subsets: [] });
const on = (kubernetesVersion: string): Record<string, unknown> => ({ kubernetesVersion });

export const control: ObjectControl = {
  scope: 'object',
  id: 'served-api-versions',
  covers: ['POD-17'],
  title: "Every object is of an API version that the cluster's Kubernetes serves and does not warn of",
  why: 'An object of a version that is gone fails the update half-way; of a deprecated one, the next upgrade.',
  severity: 'high',
  cis: [],
  nsa: 'Upgrading and application security practices',
  match: ['all'],
  parameters: {
    kubernetesVersion: {
      type: 'string',
      pattern: '^1[.][0-9]+$',
      description: 'The Kubernetes version of the cluster.',
      default: DEFAULT_KUBERNETES_VERSION,
    },
    deprecated: {
      type: 'boolean',
      description: 'Whether versions that are still served, but deprecated, are refused as well.',
      default: true,
    },
  },
  expression: `!(${isRetiring}) || !(${isRemoved} || (variables.params.deprecated && ${isDeprecated}))`,
  message:
    `${KEY} + (${isRemoved} ? ' is not served any more in Kubernetes ' : ' is deprecated in Kubernetes ') + ` +
    `variables.params.kubernetesVersion + ', which has ' + ${lookUp(({ instead }) => instead)}.orValue('another')`,
  remediation: 'Write it in the version that took its place; fields may have changed.',
  noAdmissionTwin:
    'The API server converts what it serves, refuses the rest and warns itself; its own controllers still write Endpoints.',
  samples: {
    allowed: [
      sample('a Pod', pod()),
      sample('a Deployment', workload('Deployment')),
      sample('a version that is not deprecated yet', of('extensions/v1beta1', 'Ingress'), on('1.13')),
      sample('a deprecated one', endpoints, { deprecated: false }),
      sample('one that is deprecated later', endpoints, on('1.32')),
      sample('another kind of the version', of('policy/v1beta1', 'Eviction')),
      sample('a kind of others', of('example.com/v1beta1', 'Ingress')),
    ],
    denied: [
      sample('a deprecated one', endpoints),
      sample('since this version', endpoints, on('1.33')),
      sample('one that is gone', of('policy/v1beta1', 'PodDisruptionBudget')),
      sample('gone since this version', of('batch/v1beta1', 'CronJob'), { ...on('1.25'), deprecated: false }),
      sample('deprecated since this version', of('extensions/v1beta1', 'Ingress'), on('1.14')),
      sample('a Deployment of old', { ...workload('Deployment'), apiVersion: 'apps/v1beta1' }),
      sample('a cluster-wide one', of('flowcontrol.apiserver.k8s.io/v1beta3', 'FlowSchema')),
    ],
  },
};
