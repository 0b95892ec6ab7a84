import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';

/**
 * What gives way to what when nodes are full, below the two classes that every cluster has (`system-…`). Names of
 * PriorityClasses.
 */
export const PRIORITY = {
  /** Services of the platform that workloads run on without, for a while: monitoring, delivery, backups. */
  services: 'platform-services',
  /** Workloads that the stack declares. */
  workloads: 'platform-workloads',
} as const;

/** Makes the classes. A pod that names one which is not there is refused. */
export function createPriorityClasses(
  options: pulumi.CustomResourceOptions,
): k8s.scheduling.v1.PriorityClass[] {
  const create = (name: string, value: number, description: string): k8s.scheduling.v1.PriorityClass =>
    new k8s.scheduling.v1.PriorityClass(name, { metadata: { name }, value, description }, options);
  return [
    create(
      PRIORITY.services,
      1_000_000,
      'Monitoring, delivery, backups and the like, to which workloads give way.',
    ),
    create(PRIORITY.workloads, 1_000, 'Workloads of the stack, to which pods without a class give way.'),
  ];
}
