import type { ObjectControl } from '../../control';
import { namedAccount, NAMESPACED_NAME, namespace } from '../../parts/service-accounts';
import { container, object, pod, sample, workload } from '../../samples';

// A pod has containers; what has none is the account itself.
const isAccount = 'variables.containers.size() == 0';
const name = "object.?metadata.?name.orValue('')";
const account = `(${isAccount} ? ${name} : ${namedAccount} == '' ? 'default' : ${namedAccount})`;
const mounts =
  `(${isAccount} ? object.?automountServiceAccountToken.orValue(true)` +
  ` : variables.podSpec.?automountServiceAccountToken.orValue(true))`;

const serviceAccount = (fields: Record<string, unknown> = {}): ReturnType<typeof object> =>
  object('v1', 'ServiceAccount', fields);
const off = { automountServiceAccountToken: false };
const on = { automountServiceAccountToken: true };
const allow = { allow: ['samples/sample'] };

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-token-automount',
  covers: ['SA-01'],
  title: 'No pod has the token of its ServiceAccount mounted, unless it needs the API',
  why: 'Who breaks into a pod that has a token asks the API server with it; most software never needs one.',
  severity: 'medium',
  cis: [{ section: '5.1.6' }],
  nsa: 'Protecting Pod service account tokens',
  match: ['podBearing', 'serviceAccount'],
  parameters: {
    allow: {
      type: 'array',
      items: { type: 'string', pattern: NAMESPACED_NAME },
      description: 'ServiceAccounts whose pods need the API, as namespace/name.',
      default: [],
    },
  },
  expression:
    `!${mounts} || (${namespace} + '/' + ${account}) in variables.params.allow || ` +
    // The cluster makes the one named default; another control judges it.
    `(${isAccount} && ${name} == 'default')`,
  message:
    `(${isAccount} ? 'its token is mounted by default' : ` +
    // What the pod leaves open its ServiceAccount decides, which is another object.
    `variables.podSpec.?automountServiceAccountToken.orValue(false) ? 'the pod has the token of ' + ${account} + ' mounted'` +
    ` : 'the pod leaves it to its ServiceAccount ' + ${account} + ' whether a token is mounted')`,
  remediation: 'Set automountServiceAccountToken to false, or add the ServiceAccount to the parameter allow.',
  samples: {
    allowed: [
      sample('a pod without', pod(off)),
      sample('an account without', serviceAccount(off)),
      sample('a pod of an allowed account', pod(), { allow: ['samples/default'] }),
      sample('an allowed account', serviceAccount(on), allow),
      sample('in a Deployment', workload('Deployment', off)),
      sample(
        'a pod of an allowed account in the deprecated field',
        pod({ serviceAccountName: '', serviceAccount: 'sample' }),
        allow,
      ),
      sample('in a Job of an allowed account', workload('Job', { serviceAccountName: 'sample' }), allow),
    ],
    denied: [
      sample('a pod that says nothing', pod()),
      sample('a pod with', pod(on)),
      sample(
        'whatever its containers',
        pod({
          initContainers: [container({ name: 'init' })],
          ephemeralContainers: [container({ name: 'debug' })],
        }),
      ),
      sample(
        "a pod by the name of the cluster's account",
        // Only the account has it from the cluster.
        { ...pod(), metadata: { name: 'default', namespace: 'samples' } },
      ),
      sample('an account that says nothing', serviceAccount()),
      sample('an account with', serviceAccount(on)),
      sample('a pod of another account', pod(on), allow),
      sample('an account of another namespace', serviceAccount(on), { allow: ['other/sample'] }),
      sample('in a CronJob', workload('CronJob', { serviceAccountName: 'sample' })),
    ],
  },
};
