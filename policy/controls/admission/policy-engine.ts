import type { StackControl } from '../../control';
import { groupOf, isRecord } from '../../objects';
import { admissionPolicy, constraint, policyBinding, rule, webhook, webhooks } from '../../parts/admission';
import { judgedNamespaces, namespace } from '../../parts/namespaces';
import { sample, workload } from '../../samples';
import type { Stack } from '../../stack';

const LABEL = 'pod-security.kubernetes.io/enforce';

const GATEKEEPER = webhooks(webhook({ name: 'validation.gatekeeper.sh', rules: [rule('*', '*')] }));

export const control: StackControl = {
  scope: 'stack',
  id: 'policy-engine',
  covers: ['ADM-01'],
  title: 'The pods of every namespace are judged at admission',
  why: 'What is judged in a preview only can be made past it, with kubectl or by a controller.',
  severity: 'high',
  cis: [{ section: '5.2.1' }],
  nsa: 'Pod security enforcement',
  remediation: 'Install a policy engine that fails closed, or set a Pod Security level on the namespace.',
  judge: (stack) => {
    if (engineIn(stack)) return [];
    return judgedNamespaces(stack, [])
      .filter(({ metadata }) => !['baseline', 'restricted'].includes(levelOf(metadata?.labels)))
      .map((each) => ({
        object: each,
        found: 'it enforces no Pod Security level, and the stack has no policy engine that denies pods',
      }));
  },
  samples: {
    allowed: [
      sample('a level', [namespace({ [LABEL]: 'baseline' }), workload('Deployment')]),
      sample('a webhook for all pods', [namespace(), webhooks(webhook({ rules: [rule('*', '*')] }))]),
      sample('an admission policy that denies', [
        namespace(),
        admissionPolicy(rule('', 'pods')),
        policyBinding('Deny'),
      ]),
      sample('a Gatekeeper with a constraint that denies', [
        namespace(),
        GATEKEEPER,
        constraint('NoPrivileged'),
      ]),
      sample('nothing', []),
    ],
    denied: [
      sample('nothing but a namespace', [namespace()]),
      sample('a level that allows everything', [namespace({ [LABEL]: 'privileged' })]),
      sample('a webhook that fails open', [namespace(), webhooks(webhook({ failurePolicy: 'Ignore' }))]),
      sample('a Gatekeeper without a constraint', [namespace(), GATEKEEPER]),
      sample('a Gatekeeper that only audits', [
        namespace(),
        GATEKEEPER,
        constraint('NoPrivileged', { enforcementAction: 'scoped' }),
      ]),
      sample('a webhook for something else', [
        namespace(),
        webhooks(webhook({ rules: [rule('example.com', 'widgets')] })),
      ]),
      sample('an admission policy that is not bound', [namespace(), admissionPolicy(rule('', 'pods'))]),
      sample('an admission policy that warns', [
        namespace(),
        admissionPolicy(rule('', 'pods')),
        policyBinding('Warn'),
      ]),
      sample('an admission policy for something else', [
        namespace(),
        admissionPolicy(rule('', 'configmaps')),
        policyBinding('Deny'),
      ]),
      sample('a workload in a namespace of others', [workload('Deployment')]),
    ],
  },
};

/** Whether something in the stack denies pods: a webhook, which is how every engine is called, or an admission policy. */
function engineIn(stack: Stack): boolean {
  // Gatekeeper lets pass what no constraint denies.
  const denies = stack.objects.some(
    ({ apiVersion, spec }) =>
      groupOf(apiVersion) === 'constraints.gatekeeper.sh' &&
      (!isRecord(spec) || [undefined, 'deny'].includes(spec.enforcementAction as string | undefined)),
  );
  const hooks = stack
    .of('validatingWebhook')
    .flatMap(({ webhooks: all }) => records(all))
    .filter(({ name }) => denies || !String(name).endsWith('.gatekeeper.sh'));
  if (hooks.some(({ failurePolicy, rules }) => failurePolicy !== 'Ignore' && judgesPods(rules))) return true;
  return stack.of('validatingAdmissionPolicyBinding').some(({ spec }) => {
    const { policyName, validationActions } = spec as { policyName: string; validationActions?: string[] };
    const policy = stack.find('validatingAdmissionPolicy', '', policyName)?.spec as
      { matchConstraints?: { resourceRules?: unknown } } | undefined;
    return validationActions?.includes('Deny') && judgesPods(policy?.matchConstraints?.resourceRules);
  });
}

function judgesPods(rules: unknown): boolean {
  return records(rules).some(({ apiGroups, resources }) => {
    const has = (list: unknown, ...items: string[]): boolean =>
      Array.isArray(list) && items.some((item) => list.includes(item));
    return has(apiGroups, '', '*') && has(resources, 'pods', '*', '*/*');
  });
}

function records(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

function levelOf(labels: unknown): string {
  return isRecord(labels) ? String(labels[LABEL]) : '';
}
