import type { StackControl } from '../../control';
import type { KubernetesObject } from '../../objects';
import { appOf, judgedNamespaces, namespace } from '../../parts/namespaces';
import { labelled, sample, workload } from '../../samples';

const INSTANCE = 'app.kubernetes.io/instance';
const TENANT = 'platform.dev/tenant';

const app = (name: string, instance: string, kind = 'Deployment'): KubernetesObject => {
  const made = labelled(workload(kind), { [INSTANCE]: instance });
  return { ...made, metadata: { ...made.metadata, name } };
};

export const control: StackControl = {
  scope: 'stack',
  id: 'one-app-per-namespace',
  covers: ['NS-05'],
  title: 'A namespace holds several applications only where it is declared to be shared',
  why: 'Applications in one namespace share its quota, its Secrets and its network policies, so one opens the other.',
  severity: 'low',
  cis: [{ section: '5.6.1', formerly: '5.7.1', heuristic: true }],
  nsa: 'Namespaces',
  parameters: {
    label: {
      type: 'string',
      description: 'Label of a namespace that says who shares it.',
      default: TENANT,
    },
  },
  remediation:
    'Give each application a namespace, or label the namespace with the tenant that it belongs to.',
  judge: (stack, { label }) =>
    judgedNamespaces(stack, []).flatMap((each) => {
      const { name, labels } = each.metadata ?? {};
      const tenant = (labels as Record<string, unknown> | undefined)?.[String(label)];
      const apps = [...new Set(staying(stack.workloads(String(name))).map(appOf))].sort();
      if (apps.length <= 1 || (tenant !== undefined && tenant !== '')) return [];
      return [{ object: each, found: `it holds several applications: ${apps.join(', ')}` }];
    }),
  samples: {
    allowed: [
      sample('one application', [namespace(), app('web', 'shop'), app('queue', 'shop', 'StatefulSet')]),
      sample('none', [namespace()]),
      sample('several of one tenant', [
        namespace({ [TENANT]: 'team' }),
        app('web', 'shop'),
        app('blog', 'blog'),
      ]),
      sample('another label', [namespace({ team: 'a' }), app('web', 'shop'), app('blog', 'blog')], {
        label: 'team',
      }),
      sample('a Job that sets up another', [namespace(), app('web', 'shop'), app('setup', 'setup', 'Job')]),
      sample('without labels', [namespace(), labelled(workload('Deployment'))]),
    ],
    denied: [
      sample('two applications', [namespace(), app('web', 'shop'), app('blog', 'blog')]),
      sample('in a namespace of others', [app('web', 'shop'), app('agent', 'agent', 'DaemonSet')]),
      sample('a tenant without a name', [
        namespace({ [TENANT]: '' }),
        app('web', 'shop'),
        app('blog', 'blog'),
      ]),
      sample('a tenant under another label', [
        namespace({ team: 'a' }),
        app('web', 'shop'),
        app('blog', 'blog'),
      ]),
    ],
  },
};

/** Without what runs to an end: charts bring Jobs that set up others. */
function staying(workloads: readonly KubernetesObject[]): KubernetesObject[] {
  return workloads.filter(({ kind }) => kind !== 'Job' && kind !== 'CronJob');
}
