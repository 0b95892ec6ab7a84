import type { Values } from '../foundation/values';

/** Alerts on backups that fail or cannot be kept. */
export const BACKUP_RULES: Values[] = [
  // A partial failure counts as one.
  rule(
    'VeleroBackupFailed',
    'velero_backup_last_status{schedule!=""} != 1',
    'The last backup of schedule {{ $labels.schedule }} failed, in full or in part.',
  ),
  rule(
    'VeleroBackupLocationUnavailable',
    'velero_backup_location_status_gauge != 1',
    'Velero cannot use the backup location {{ $labels.backup_location_name }}.',
  ),
];

function rule(alert: string, expr: string, summary: string): Values {
  return {
    alert,
    expr,
    for: '15m',
    labels: { severity: 'critical' },
    annotations: { summary, description: 'How to recover: components/backup/README.md.' },
  };
}
