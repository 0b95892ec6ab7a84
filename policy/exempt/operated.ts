import type { Exemption } from '../exemption';
import { exemptions } from './entry';

const BY_OPERATOR = 'Its operator makes it, on the cluster: no preview sees it.';

/** What operators make at run time, and what is fixed in it; facts of each are in `test/fixtures/operated/`. */
export const OPERATED: readonly Exemption[] = [
  ...exemptions({
    objects: ['StatefulSet monitoring/prometheus-kube-prometheus-stack-prometheus'],
    controls: ['no-token-automount'],
    component: 'observability',
    optional: BY_OPERATOR,
    reason: 'It finds what it scrapes by the API, which it can ask only with the token of its account.',
  }),
  ...exemptions({
    objects: ['ClusterRole calico-kube-controllers'],
    controls: ['no-role-redirects-services'],
    component: 'network',
    optional: BY_OPERATOR,
    reason: 'It gives Services of the type LoadBalancer their addresses.',
  }),
  ...exemptions({
    objects: ['ValidatingWebhookConfiguration api.projectcalico.org'],
    controls: ['webhook-safety'],
    component: 'network',
    optional: BY_OPERATOR,
    reason:
      'The webhook that guards policies fails closed; of the two that do not, one logs, and one keeps people from an object that Calico itself writes.',
  }),
];
