import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writePrivate } from '../files';
import type { Api, KubeObject } from './api';
import type { Authority } from './pki';
import { claim } from './ports';
import { isAlive, startDetached, stopAll, type ProcessRecord } from './processes';

const NAMESPACE = 'gatekeeper-system';
const OPERATIONS = ['audit', 'generate', 'status', 'webhook'];

/** Where the host process is recorded, so that it can be stopped whoever started it. */
function recordFile(folder: string): string {
  return join(folder, 'gatekeeper.json');
}

/** Of the host process, and the port of its webhook. */
export interface GatekeeperProcess extends ProcessRecord {
  port: number;
}

/** The process as recorded, if there is one. */
export function readGatekeeper(folder: string): GatekeeperProcess | undefined {
  const path = recordFile(folder);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as GatekeeperProcess) : undefined;
}

/** Ends the process, if there is one, and forgets it. */
export async function stopGatekeeper(folder: string): Promise<void> {
  const record = readGatekeeper(folder);
  if (record) await stopAll([record]);
  rmSync(recordFile(folder), { force: true });
}

/**
 * Runs the real Gatekeeper on the host while the plane has templates and the pods that would judge by them: no pod
 * runs, but templates, audit and admission reviews need a controller. It takes the place of one of those pods, which own
 * the status that it writes.
 */
export class GatekeeperHost {
  constructor(
    private readonly folder: string,
    private readonly binary: string,
    private readonly api: Api,
    private readonly authority: Authority,
  ) {}

  /** Starts or stops it, as the plane is now. */
  async follow(): Promise<void> {
    const pod = await this.pod();
    const record = readGatekeeper(this.folder);
    const runs = record !== undefined && isAlive(record);
    if (!pod && record) await stopGatekeeper(this.folder);
    else if (pod && !runs && (await this.hasTemplates())) await this.start(pod.metadata.name);
  }

  /** Without any it would have nothing to do. */
  private async hasTemplates(): Promise<boolean> {
    const templates = await this.api.list('/apis/templates.gatekeeper.sh/v1/constrainttemplates?limit=1');
    return templates.length > 0;
  }

  private async pod(): Promise<KubeObject | undefined> {
    const selector = encodeURIComponent('gatekeeper.sh/operation=webhook');
    const pods = await this.api.list(`/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${selector}`);
    return pods.find(({ metadata, status }) => {
      const { phase } = (status ?? {}) as { phase?: string };
      return phase === 'Running' && metadata.deletionTimestamp === undefined;
    });
  }

  private async start(pod: string): Promise<void> {
    const certificates = join(this.folder, 'gatekeeper');
    const cache = join(certificates, 'audit');
    makeFolder(cache);
    const pair = await this.authority.issue({ commonName: 'gatekeeper', names: ['127.0.0.1'] });
    writePrivate(join(certificates, 'tls.crt'), pair.cert);
    writePrivate(join(certificates, 'tls.key'), pair.key);
    writePrivate(join(certificates, 'ca.crt'), this.authority.pair.cert);
    const [port = 0, health, metrics] = [await claim(0), await claim(0), await claim(0)];
    const args = [
      `--kubeconfig=${join(this.folder, 'agent.kubeconfig')}`,
      '--host=127.0.0.1',
      `--port=${port}`,
      `--health-addr=127.0.0.1:${health}`,
      `--prometheus-port=${metrics}`,
      `--cert-dir=${certificates}`,
      `--api-cache-dir=${cache}`,
      ...OPERATIONS.map((operation) => `--operation=${operation}`),
      '--disable-cert-rotation',
      '--default-create-vap-for-templates=false',
      '--default-create-vap-binding-for-constraints=false',
      '--audit-interval=60',
      '--shutdown-delay=0',
    ];
    // It has less to do than an API server, and memory is what counts.
    const env = { ...process.env, GOGC: '100', POD_NAME: pod, POD_NAMESPACE: NAMESPACE };
    const log = join(this.folder, 'logs', 'gatekeeper.log');
    const record = startDetached('gatekeeper', { command: this.binary, args, env }, log);
    writePrivate(recordFile(this.folder), JSON.stringify({ ...record, port }));
  }
}
