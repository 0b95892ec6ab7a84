import type { ObjectControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { constraint, policyBinding } from '../../parts/admission';
import { sample } from '../../samples';

const ACTION = "object.?spec.?enforcementAction.orValue('deny')";
const SCOPED =
  "object.?spec.?scopedEnforcementActions.orValue([]).exists(s, s.?action.orValue('') == 'deny')";
const ACTIONS = 'object.?spec.?validationActions.orValue([])';
/** What is being rolled out says so, for everyone to see. */
const ADVISORY = "object.metadata.?annotations[?'platform/level'].orValue('') == 'advisory'";
const isBinding = "object.kind == 'ValidatingAdmissionPolicyBinding'";

function marked(object: KubernetesObject, level: string): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, annotations: { 'platform/level': level } } };
}

export const control: ObjectControl = {
  scope: 'object',
  id: 'enforcing-admission',
  covers: ['ADM-03'],
  title:
    'Every constraint and every binding of an admission policy denies what it finds, or says that it is advisory',
  why: 'One that only warns or records looks like a rule, and stops nothing.',
  severity: 'medium',
  cis: [{ section: '5.2.1' }],
  match: ['constraint', 'validatingAdmissionPolicyBinding'],
  expression: `${ADVISORY} || (${isBinding} ? 'Deny' in ${ACTIONS} : (${ACTION} == 'deny' || ${ACTION} == 'scoped' && ${SCOPED}))`,
  message:
    `${isBinding} ? 'its validationActions are ' + ${ACTIONS}.map(a, string(a)).join(', ') : ` +
    `'its enforcementAction is ' + ${ACTION}`,
  remediation:
    'Set enforcementAction to deny, or add Deny to validationActions; annotate one that is being rolled out with platform/level: advisory.',
  samples: {
    allowed: [
      sample('deny', constraint('K8sRequiredLabels', { enforcementAction: 'deny' })),
      sample('nothing said, which is deny', constraint('K8sRequiredLabels')),
      sample(
        'deny at one point',
        constraint('K8sRequiredLabels', {
          enforcementAction: 'scoped',
          scopedEnforcementActions: [
            { action: 'warn', enforcementPoints: [{ name: 'audit.gatekeeper.sh' }] },
            { action: 'deny', enforcementPoints: [{ name: 'validation.gatekeeper.sh' }] },
          ],
        }),
      ),
      sample('a binding', policyBinding('Deny')),
      sample('a binding that is being rolled out', marked(policyBinding('Warn', 'Audit'), 'advisory')),
      sample(
        'a constraint that is being rolled out',
        marked(constraint('Other', { enforcementAction: 'warn' }), 'advisory'),
      ),
      sample('a binding that records, too', policyBinding('Deny', 'Audit')),
    ],
    denied: [
      sample('dryrun', constraint('K8sRequiredLabels', { enforcementAction: 'dryrun' })),
      sample('warn', constraint('Other', { enforcementAction: 'warn' })),
      sample('scoped, and denied nowhere', constraint('Other', { enforcementAction: 'scoped' })),
      sample(
        'scoped to a warning',
        constraint('Other', {
          enforcementAction: 'scoped',
          scopedEnforcementActions: [{ action: 'warn', enforcementPoints: [{ name: '*' }] }],
        }),
      ),
      sample(
        'an action that nothing puts in force',
        constraint('Other', {
          enforcementAction: 'warn',
          scopedEnforcementActions: [{ action: 'deny', enforcementPoints: [{ name: '*' }] }],
        }),
      ),
      sample('a binding that records', policyBinding('Audit')),
      sample(
        'one that says something else',
        marked(constraint('Other', { enforcementAction: 'warn' }), 'mandatory'),
      ),
      sample('a binding that warns', policyBinding('Warn', 'Audit')),
    ],
  },
};
