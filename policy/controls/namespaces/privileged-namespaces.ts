import type { ObjectControl } from '../../control';
import { namespace } from '../../parts/namespaces';
import { sample } from '../../samples';

const LABEL = 'pod-security.kubernetes.io/enforce';

export const control: ObjectControl = {
  scope: 'object',
  id: 'privileged-namespaces',
  covers: ['NS-02'],
  title: 'Only namespaces that are listed let privileged pods in',
  why: 'Whoever makes pods in a privileged namespace owns its nodes, and so the cluster.',
  severity: 'high',
  cis: [{ section: '5.2.1' }],
  nsa: 'Pod security enforcement',
  match: ['namespace'],
  parameters: {
    namespaces: {
      type: 'array',
      items: { type: 'string' },
      description: 'Namespaces that may enforce the level privileged.',
      default: ['kube-system'],
    },
  },
  expression:
    `object.?metadata.?labels[?'${LABEL}'].orValue('') != 'privileged' || ` +
    'object.metadata.name in variables.params.namespaces',
  message: "'it lets privileged pods in, and is not listed'",
  remediation: `Set the label ${LABEL} to baseline or restricted, or add the namespace to the parameter namespaces.`,
  samples: {
    allowed: [
      sample('restricted', namespace({ [LABEL]: 'restricted' })),
      sample('baseline', namespace({ [LABEL]: 'baseline' })),
      sample('no labels, which another control judges', namespace()),
      sample('listed', namespace({ [LABEL]: 'privileged' }, 'agents'), { namespaces: ['agents'] }),
      sample("the cluster's own", namespace({ [LABEL]: 'privileged' }, 'kube-system')),
    ],
    denied: [
      sample('privileged', namespace({ [LABEL]: 'privileged' })),
      sample('another one is listed', namespace({ [LABEL]: 'privileged' }), { namespaces: ['agents'] }),
      sample('none is listed', namespace({ [LABEL]: 'privileged' }, 'kube-system'), { namespaces: [] }),
      sample('part of a name is listed', namespace({ [LABEL]: 'privileged' }, 'agents'), {
        namespaces: ['agents-2'],
      }),
    ],
  },
};
