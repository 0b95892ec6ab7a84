import { type AdmissionOptions, type EnforcedControl, hasAdmissionTwin } from '../../policy/admission';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { EXEMPTIONS } from '../../policy/exemptions';
import { levelIn, tuned } from '../../policy/settings';
import type { Settings } from '../../stacks/schema';
import { CALICO_NAMESPACE } from '../network/installation';

/** Of a stack's settings, sealed or not, what says who is left alone. */
type Judged = Pick<Settings, 'network' | 'policy'> & {
  backup: Pick<Settings['backup'], 'mode' | 'nodeAgent'>;
};

/** The cluster's own, which no policy judges: what runs there is not the platform's. */
export const CLUSTER_NAMESPACES = ['kube-node-lease', 'kube-public', 'kube-system'];

/**
 * Where operators make pods that work on nodes, under names that nobody knows beforehand, so that no exemption could name
 * them: Calico's own, and those by which Velero moves data. They pass admission unjudged; Gatekeeper's audit judges them.
 */
export function operatedNamespaces({ backup, network }: Judged): string[] {
  return [
    ...(network.mode !== 'off' ? [CALICO_NAMESPACE] : []),
    ...(backup.mode !== 'off' && backup.nodeAgent ? ['velero'] : []),
  ];
}

/** The controls that are enforced on the cluster, each with what is done about a violation. */
export function enforced(settings: Settings): EnforcedControl[] {
  const { images, policy, security } = settings;
  return OBJECT_CONTROLS.filter(hasAdmissionTwin).flatMap((control) => {
    const level = levelIn(security, control.id);
    if (level === 'disabled') return [];
    const action = level === 'advisory' ? ('warn' as const) : policy.action;
    return [{ control: tuned(control, { images, security }), action }];
  });
}

/** What no control on the cluster judges. */
export function optionsFor({ policy }: Settings): Required<AdmissionOptions> {
  return {
    exemptions: EXEMPTIONS,
    exemptNamespaces: [...CLUSTER_NAMESPACES, ...Object.keys(policy.exemptNamespaces)],
  };
}

/** What the API server's policies do not judge. */
export function admissionOptions(settings: Settings): Required<AdmissionOptions> {
  const { exemptions, exemptNamespaces } = optionsFor(settings);
  return { exemptions, exemptNamespaces: [...exemptNamespaces, ...operatedNamespaces(settings)] };
}

/** The namespaces that the API server's policies leave alone, each with the reason; none where there are no such policies. */
export function unjudgedNamespaces(settings: Judged): { namespace: string; reason: string }[] {
  const { admission, exemptNamespaces } = settings.policy;
  if (admission !== 'kubernetes') return [];
  const operated = 'Its operator makes pods that work on nodes, under names that nobody knows beforehand.';
  return [
    ...CLUSTER_NAMESPACES.map((namespace) => ({ namespace, reason: "The cluster's own." })),
    ...operatedNamespaces(settings).map((namespace) => ({ namespace, reason: operated })),
    ...Object.entries(exemptNamespaces).map(([namespace, reason]) => ({ namespace, reason })),
  ];
}
