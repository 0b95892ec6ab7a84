import type { StackControl } from '../../control';
import { podSpecOf, type KubernetesObject } from '../../objects';
import { policiesIn } from '../../parts/network';
import { object, sample, workload } from '../../samples';
import { namespaceOf, podLabelsOf, SYSTEM_NAMESPACES } from '../../stack';

const policy = (podSelector: object, namespace = 'samples'): KubernetesObject =>
  object('networking.k8s.io/v1', 'NetworkPolicy', { metadata: { namespace }, spec: { podSelector } });
const calico = (kind: string, selector?: string): KubernetesObject =>
  object('projectcalico.org/v3', kind, { spec: { ...(selector === undefined ? {} : { selector }) } });

export const control: StackControl = {
  scope: 'stack',
  id: 'isolated-pods',
  covers: ['STK-04'],
  title: 'Every pod is selected by a network policy',
  why: 'A pod that no policy selects may talk to everyone, and everyone to it.',
  severity: 'medium',
  cis: [{ section: '5.3.2' }],
  nsa: 'Network policies',
  remediation: 'Add a NetworkPolicy for all pods of the namespace that denies by default.',
  judge: (stack) =>
    stack
      .workloads()
      .filter((each) => !SYSTEM_NAMESPACES.includes(namespaceOf(each)))
      // No policy reaches what is on the network of its node.
      .filter((each) => podSpecOf(each).hostNetwork !== true)
      .filter(
        (each) => !policiesIn(stack, namespaceOf(each)).some(({ selects }) => selects(podLabelsOf(each))),
      )
      .map((each) => ({ object: each, found: 'no network policy selects its pods' })),
  samples: {
    allowed: [
      sample('a policy for all', [workload('Deployment'), policy({})]),
      sample('a policy by label', [
        workload('CronJob'),
        policy({ matchLabels: { 'app.kubernetes.io/name': 'sample' } }),
      ]),
      sample('a policy of Calico for all', [workload('DaemonSet'), calico('NetworkPolicy')]),
      sample('a policy of Calico for the cluster', [
        workload('DaemonSet'),
        calico('GlobalNetworkPolicy', 'all()'),
      ]),
      sample('a policy of Calico by label', [
        workload('Job'),
        calico('NetworkPolicy', "app.kubernetes.io/name == 'sample'"),
      ]),
      sample('on the network of the node', [workload('DaemonSet', { hostNetwork: true })]),
      sample('no pods', [policy({})]),
    ],
    denied: [
      sample('no policy', [workload('Deployment')]),
      sample('a policy for others', [workload('Job'), policy({ matchLabels: { app: 'other' } })]),
      sample('a policy elsewhere', [workload('StatefulSet'), policy({}, 'other')]),
      sample('a policy of Calico for some', [
        workload('Deployment'),
        calico('NetworkPolicy', "app == 'other'"),
      ]),
    ],
  },
};
