import type { ObjectControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { sample, workload } from '../../samples';

const labels = 'variables.podMetadata.?labels';
const selector = 'object.?spec.?selector';
const expressions = `${selector}.?matchExpressions.orValue([])`;
/** CEL over `e`, a requirement: whether the pods meet it. */
const met =
  `(e.operator == 'Exists' ? ${labels}[?e.key].hasValue() : e.operator == 'DoesNotExist' ? !${labels}[?e.key].hasValue() : ` +
  `e.operator == 'In' ? ${labels}[?e.key].hasValue() && ${labels}[?e.key].orValue('') in e.values : ` +
  `!(${labels}[?e.key].hasValue() && ${labels}[?e.key].orValue('') in e.values))`;
// A label that is empty is another than one that is not there.
const equal =
  `${selector}.?matchLabels.orValue({}).all(k, ${labels}[?k].hasValue() && ` +
  `${labels}[?k].orValue('') == ${selector}.?matchLabels[?k].orValue(''))`;
const some = `(${selector}.?matchLabels.orValue({}).size() > 0 || ${expressions}.size() > 0)`;

const selecting = (kind: string, spec: object, podLabels?: object): KubernetesObject => {
  const base = workload(kind, {}, podLabels ? { labels: podLabels } : {});
  return { ...base, spec: { ...(base.spec as object), ...spec } };
};
const by = (...matchExpressions: object[]): object => ({ selector: { matchExpressions } });
const APP = { app: 'shop' };

export const control: ObjectControl = {
  scope: 'object',
  id: 'matching-selector',
  covers: ['REL-15'],
  title: 'Every workload selects the pods that it makes',
  why: 'One that does not can never be made: an update stops there, half way through.',
  severity: 'high',
  cis: [],
  match: ['selecting'],
  noAdmissionTwin: 'the API server refuses such an object by itself, before it asks any policy',
  expression: `${some} && ${equal} && ${expressions}.all(e, ${met})`,
  message: `${some} ? 'its selector does not match the labels of its pods' : 'it has no selector'`,
  remediation: 'Give spec.template.metadata.labels what spec.selector asks for.',
  samples: {
    allowed: [
      sample('equal labels', workload('Deployment')),
      sample(
        'more labels',
        selecting('StatefulSet', { selector: { matchLabels: APP } }, { ...APP, team: 'a' }),
      ),
      sample(
        'one of several values',
        selecting('DaemonSet', by({ key: 'app', operator: 'In', values: ['shop', 'blog'] }), APP),
      ),
      sample(
        'an empty value',
        selecting('Deployment', { selector: { matchLabels: { app: '' } } }, { app: '' }),
      ),
      sample('there', selecting('ReplicaSet', by({ key: 'app', operator: 'Exists' }), APP)),
      sample('not there', selecting('Deployment', by({ key: 'team', operator: 'DoesNotExist' }), APP)),
      sample(
        'none of several values',
        selecting('Deployment', by({ key: 'app', operator: 'NotIn', values: ['blog'] }), APP),
      ),
      sample(
        'not there, and so not empty',
        selecting('Deployment', by({ key: 'app', operator: 'NotIn', values: [''] }), { team: 'a' }),
      ),
    ],
    denied: [
      sample('another value', selecting('Deployment', { selector: { matchLabels: { app: 'blog' } } }, APP)),
      sample(
        'a label that is not there',
        selecting('StatefulSet', { selector: { matchLabels: { ...APP, team: 'a' } } }, APP),
      ),
      sample(
        'an empty value of a label that is not there',
        selecting('Deployment', { selector: { matchLabels: { app: '' } } }, { team: 'a' }),
      ),
      sample('no labels', selecting('DaemonSet', { selector: { matchLabels: APP } }, {})),
      sample('no selector', selecting('Deployment', { selector: undefined })),
      sample('an empty selector', selecting('ReplicaSet', { selector: {} })),
      sample(
        'none of the values',
        selecting('Deployment', by({ key: 'app', operator: 'In', values: ['blog'] }), APP),
      ),
      sample(
        'empty or one of several values, and not there',
        selecting('Deployment', by({ key: 'app', operator: 'In', values: ['', 'shop'] }), { team: 'a' }),
      ),
      sample('not there', selecting('Deployment', by({ key: 'team', operator: 'Exists' }), APP)),
      sample('there', selecting('Deployment', by({ key: 'app', operator: 'DoesNotExist' }), APP)),
      sample(
        'one of those excluded',
        selecting('Deployment', by({ key: 'app', operator: 'NotIn', values: ['shop'] }), APP),
      ),
    ],
  },
};
