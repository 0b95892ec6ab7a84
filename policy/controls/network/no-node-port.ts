import type { ObjectControl } from '../../control';
import { allowList, IS_ALLOWED } from '../../parts/allow-list';
import { service } from '../../parts/network-samples';
import { object, sample } from '../../samples';

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-node-port',
  covers: ['NET-05'],
  title: 'No Service opens a port on every node',
  why: 'A NodePort is open on all addresses of all nodes, past the gateway and what it checks.',
  severity: 'medium',
  cis: [],
  nsa: 'Worker node segmentation',
  match: ['service'],
  parameters: allowList('Services'),
  expression: `object.?spec.?type.orValue('') != 'NodePort' || ${IS_ALLOWED}`,
  message: "'it is of type NodePort'",
  remediation: 'Use ClusterIP and a route through the gateway, or allow the Service by name.',
  samples: {
    allowed: [
      sample('no type, which is ClusterIP', service()),
      sample('ClusterIP', service({ type: 'ClusterIP' })),
      sample('a LoadBalancer, which another control is about', service({ type: 'LoadBalancer' })),
      sample('no spec', object('v1', 'Service', { spec: { ports: [{ port: 80 }] } })),
      sample('an allowed one', service({ type: 'NodePort' }), { allow: ['samples/sample'] }),
    ],
    denied: [
      sample('NodePort', service({ type: 'NodePort' })),
      sample(
        'a port of its own choice',
        service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
      ),
      sample('an allowed one of another namespace', service({ type: 'NodePort' }), {
        allow: ['other/sample'],
      }),
      sample('a name without its namespace', service({ type: 'NodePort' }), { allow: ['sample'] }),
    ],
  },
};
