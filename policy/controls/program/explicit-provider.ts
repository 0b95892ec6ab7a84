import type { ResourceControl } from '../../control';
import { resource } from '../../parts/program';
import { sample } from '../../samples';

const by = (provider: Record<string, unknown>): ReturnType<typeof resource> =>
  resource('core/v1:ConfigMap', { provider });

export const control: ResourceControl = {
  scope: 'resource',
  id: 'explicit-provider',
  covers: ['PUL-03'],
  title: 'Every Kubernetes resource has a provider that names its cluster and applies on the server',
  why: 'By default it goes to whatever cluster the kubeconfig of the one who runs happens to point at.',
  severity: 'medium',
  cis: [],
  types: ['kubernetes:'],
  remediation:
    'Give the provider a kubeconfig, a context or a clusterIdentifier, and leave enableServerSideApply on.',
  judge: ({ provider }) => {
    // Not told by every engine command: nothing can be said then.
    if (provider === undefined) return undefined;
    const { kubeconfig, context, clusterIdentifier, enableServerSideApply } = provider;
    const named = [kubeconfig, context, clusterIdentifier].some(
      (value) => value !== undefined && value !== '',
    );
    if (!named) return 'its provider takes whatever cluster the kubeconfig at hand points at';
    const off = enableServerSideApply === false || enableServerSideApply === 'false';
    return off ? 'its provider has server-side apply switched off' : undefined;
  },
  samples: {
    allowed: [
      sample('a kubeconfig', by({ kubeconfig: 'apiVersion: v1' })),
      sample('a context', by({ context: 'prod', enableServerSideApply: 'true' })),
      sample('the name of the cluster', by({ kubeconfig: '', clusterIdentifier: 'platform/prod' })),
    ],
    denied: [
      sample('the default provider', by({})),
      sample('an empty kubeconfig', by({ kubeconfig: '', version: '4.0.0' })),
      sample('client-side apply', by({ context: 'prod', enableServerSideApply: 'false' })),
      sample('client-side apply, as a boolean', by({ context: 'prod', enableServerSideApply: false })),
    ],
  },
};
