import type { ObjectControl } from '../../control';
import { mutatingWebhooks, rule, webhook, webhooks } from '../../parts/admission';
import { sample } from '../../samples';

const NAME = 'kubernetes.io/metadata.name';
/** What the cluster itself needs to come up: a webhook that waits for these while it is down keeps it down. */
const VITAL = [
  '*',
  '*/*',
  'pods',
  'pods/*',
  'services',
  'endpoints',
  'configmaps',
  'secrets',
  'serviceaccounts',
]
  .concat(['daemonsets', 'deployments', 'replicasets', 'leases', 'endpointslices', 'nodes'])
  .map((resource) => `'${resource}'`)
  .join(', ');

const vital = `w.?rules.orValue([]).exists(r, r.?resources.orValue([]).exists(n, n in [${VITAL}]))`;
/** CEL: whether a selector takes only what carries a label that nothing in kube-system does. */
const asked = (selector: string): string =>
  `w.?${selector}.?matchLabels.orValue({}).exists(k, k != '${NAME}') || ` +
  `w.?${selector}.?matchExpressions.orValue([]).exists(e, e.key != '${NAME}' && e.operator in ['In', 'Exists'])`;
const byName =
  `w.?namespaceSelector.?matchLabels[?'${NAME}'].orValue('kube-system') != 'kube-system' || ` +
  `w.?namespaceSelector.?matchExpressions.orValue([]).exists(e, e.key == '${NAME}' && ` +
  "(e.operator == 'NotIn' && 'kube-system' in e.values || e.operator == 'In' && !('kube-system' in e.values)))";

/** CEL over `w`, a webhook: what is wrong, or an empty text. What is left out the API server fills in well. */
const wrong = [
  ["w.?failurePolicy.orValue('Fail') != 'Fail'", 'lets everything pass while it is down'],
  ['int(w.?timeoutSeconds.orValue(10)) > variables.params.maximum', 'may hold a request up for too long'],
  ["w.?sideEffects.orValue('') != 'None'", 'has side effects'],
  [
    `${vital} && !(${byName} || ${asked('namespaceSelector')} || ${asked('objectSelector')})`,
    'judges kube-system, too',
  ],
].reduceRight((otherwise, [bad, words]) => `(${bad}) ? '${words}' : ${otherwise}`, "''");

/** Some of what the cluster needs to come up, and the API group of each. */
const NEEDED = [
  ['*', '*/*'],
  ['', 'pods/*'],
  ['', 'services'],
  ['', 'endpoints'],
  ['', 'configmaps'],
  ['', 'secrets'],
  ['', 'serviceaccounts'],
  ['', 'nodes'],
  ['apps', 'daemonsets'],
  ['apps', 'deployments'],
  ['apps', 'replicasets'],
  ['coordination.k8s.io', 'leases'],
  ['discovery.k8s.io', 'endpointslices'],
] as const;

const everything = [rule('*', '*')];
const except = (operator: string, values: string[], key = NAME): object => ({
  matchExpressions: [{ key, operator, values }],
});

export const control: ObjectControl = {
  scope: 'object',
  id: 'webhook-safety',
  covers: ['ADM-02'],
  title:
    'Every admission webhook fails closed, answers in time, changes nothing else and leaves kube-system alone',
  why: 'One that fails open judges nothing under load; one that waits on kube-system keeps a broken cluster broken.',
  severity: 'medium',
  cis: [],
  match: ['webhooks'],
  parameters: {
    maximum: {
      type: 'integer',
      minimum: 1,
      maximum: 30,
      description: 'The longest time to answer in, in seconds.',
      default: 10,
    },
  },
  expression: `object.?webhooks.orValue([]).all(w, (${wrong}) == '')`,
  message: `object.webhooks.filter(w, (${wrong}) != '').map(w, 'webhook ' + w.name + ' ' + (${wrong})).join(', ')`,
  remediation:
    'Set failurePolicy to Fail, timeoutSeconds to 10 or less and sideEffects to None; leave kube-system out by namespaceSelector.',
  samples: {
    allowed: [
      sample('namespaces that ask for it', webhooks(webhook())),
      sample(
        'what is left out is filled in well',
        webhooks(webhook({ namespaceSelector: except('NotIn', ['kube-system']) })),
      ),
      sample('all said', webhooks(webhook({ failurePolicy: 'Fail', timeoutSeconds: 5, rules: everything }))),
      sample(
        'objects that ask for it',
        mutatingWebhooks(
          webhook({ namespaceSelector: {}, objectSelector: except('In', ['true'], 'inject') }),
        ),
      ),
      sample(
        'objects with a label',
        webhooks(webhook({ namespaceSelector: {}, objectSelector: { matchLabels: { inject: 'true' } } })),
      ),
      sample(
        'namespaces that have a label',
        webhooks(
          webhook({ namespaceSelector: { matchExpressions: [{ key: 'inject', operator: 'Exists' }] } }),
        ),
      ),
      sample(
        'namespaces that have a value of a label',
        webhooks(webhook({ namespaceSelector: except('In', ['true'], 'inject') })),
      ),
      sample(
        'objects that have a label',
        webhooks(
          webhook({
            namespaceSelector: {},
            objectSelector: { matchExpressions: [{ key: 'inject', operator: 'Exists' }] },
          }),
        ),
      ),
      sample(
        'some namespaces by name',
        webhooks(webhook({ namespaceSelector: except('In', ['shop', 'blog']) })),
      ),
      sample(
        'custom resources of all namespaces',
        webhooks(webhook({ namespaceSelector: {}, rules: [rule('example.com', 'widgets')] })),
      ),
      sample(
        'one namespace by name',
        webhooks(webhook({ namespaceSelector: { matchLabels: { [NAME]: 'shop' } } })),
      ),
      sample('no webhooks', webhooks()),
    ],
    denied: [
      sample('fails open', webhooks(webhook({ failurePolicy: 'Ignore' }))),
      sample('takes too long', webhooks(webhook({ timeoutSeconds: 11 }))),
      sample('takes longer than allowed', webhooks(webhook({ timeoutSeconds: 5 })), { maximum: 3 }),
      sample('the default takes longer than allowed', webhooks(webhook()), { maximum: 3 }),
      sample('has side effects', webhooks(webhook({ sideEffects: 'NoneOnDryRun' }))),
      sample('kube-system, too', webhooks(webhook({ namespaceSelector: {} }))),
      sample(
        'everything of everywhere',
        mutatingWebhooks(webhook({ namespaceSelector: undefined, rules: everything })),
      ),
      sample(
        'another namespace left out',
        webhooks(webhook({ namespaceSelector: except('NotIn', ['kube-public']) })),
      ),
      sample(
        'kube-system among others',
        webhooks(webhook({ namespaceSelector: except('In', ['shop', 'kube-system']) })),
      ),
      sample(
        'namespaces that have a name',
        webhooks(webhook({ namespaceSelector: { matchExpressions: [{ key: NAME, operator: 'Exists' }] } })),
      ),
      sample(
        'pods among others',
        webhooks(
          webhook({
            namespaceSelector: {},
            rules: [rule('example.com', 'widgets'), rule('', 'bindings', 'pods')],
          }),
        ),
      ),
      ...NEEDED.map(([group, resource]) =>
        sample(
          `${resource} of '${group}', everywhere`,
          webhooks(webhook({ namespaceSelector: {}, rules: [rule(group, resource)] })),
        ),
      ),
      sample(
        'objects unless labelled',
        webhooks(webhook({ namespaceSelector: {}, objectSelector: except('NotIn', ['true'], 'ignore') })),
      ),
      sample(
        'kube-system left out by a label that it does not have',
        webhooks(webhook({ namespaceSelector: except('NotIn', ['kube-system'], 'name') })),
      ),
      sample(
        'namespaces by the label of their name, and so every one',
        webhooks(
          webhook({
            namespaceSelector: {},
            objectSelector: { matchExpressions: [{ key: NAME, operator: 'Exists' }] },
            rules: everything,
          }),
        ),
      ),
      sample(
        'kube-system alone',
        webhooks(webhook({ namespaceSelector: { matchLabels: { [NAME]: 'kube-system' } } })),
      ),
      sample(
        'unless labelled',
        webhooks(webhook({ namespaceSelector: except('NotIn', ['true'], 'ignore') })),
      ),
      sample(
        'the second of two',
        mutatingWebhooks(webhook(), webhook({ name: 'b.example.com', failurePolicy: 'Ignore' })),
      ),
    ],
  },
};
