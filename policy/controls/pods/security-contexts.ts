import { eachContainer, type ObjectControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { container, pod, sample, workload } from '../../samples';

/** CEL: whether anything is said; the API server drops an empty list. */
const says = (context: string): string => `${context}.exists(field, ${context}[field] != [])`;
const POD_HAS_ONE = says('variables.podSpec.?securityContext.orValue({})');
/** CEL over `c`: what the API server writes into the security context of a container. */
const ANNOTATION = "'container.apparmor.security.beta.kubernetes.io/' + c.?name.orValue('')";
const isAnnotated = `variables.podMetadata.?annotations[?(${ANNOTATION})].orValue('') != ''`;
const containers = eachContainer(
  `(${says('c.?securityContext.orValue({})')} || ${isAnnotated})`,
  "'has no security context'",
);
const securityContext = { runAsNonRoot: true };
const good = container({ securityContext });

function annotated(profile: string): KubernetesObject {
  const one = pod({ securityContext });
  const annotations = { 'container.apparmor.security.beta.kubernetes.io/app': profile };
  return { ...one, metadata: { ...one.metadata, annotations } };
}

export const control: ObjectControl = {
  scope: 'object',
  id: 'security-contexts',
  covers: ['POD-05'],
  title: 'Every pod and every container has a security context',
  why: 'Where nothing is said, the image and the runtime decide with what rights a process runs.',
  severity: 'medium',
  cis: [{ section: '5.6.3', formerly: '5.7.3' }],
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  // The API server fills in an empty one.
  expression: `${POD_HAS_ONE} && ${containers.expression}`,
  message: `${POD_HAS_ONE} ? ${containers.message} : 'the pod has no security context'`,
  culprits: `${POD_HAS_ONE} ? ${containers.culprits} : []`,
  remediation: 'Set securityContext on the pod and on each of its containers.',
  samples: {
    allowed: [
      sample('both', pod({ securityContext, containers: [good] })),
      sample('a single field', pod({ securityContext: { fsGroup: 2000 }, containers: [good] })),
      sample('false', pod({ securityContext: { runAsNonRoot: false }, containers: [good] })),
      sample(
        'Windows',
        pod({
          os: { name: 'windows' },
          securityContext: { windowsOptions: { runAsUserName: 'ContainerUser' } },
          containers: [good],
        }),
      ),
      sample('in a Deployment', workload('Deployment', { securityContext, containers: [good] })),
      sample('an AppArmor profile of old', annotated('runtime/default')),
    ],
    denied: [
      sample('none', pod()),
      sample('an AppArmor profile of old that is empty', annotated('')),
      sample('an empty list', pod({ securityContext: { sysctls: [] }, containers: [good] })),
      sample('empty ones', pod({ securityContext: {}, containers: [container({ securityContext: {} })] })),
      sample('none on the pod', pod({ containers: [good] })),
      sample('an empty one on the pod', pod({ securityContext: {}, containers: [good] })),
      sample(
        'none on a container',
        pod({ securityContext, containers: [good, container({ name: 'second' })] }),
      ),
      sample(
        'an empty one on a container',
        pod({ securityContext, containers: [container({ securityContext: {} })] }),
      ),
      sample(
        'an init container',
        pod({ securityContext, containers: [good], initContainers: [container({ name: 'init' })] }),
      ),
      sample(
        'an ephemeral container',
        pod({ securityContext, containers: [good], ephemeralContainers: [container({ name: 'debug' })] }),
      ),
      sample('in a CronJob', workload('CronJob', { securityContext })),
    ],
  },
};
