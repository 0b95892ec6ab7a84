import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { CATALOGUE, type ChartName } from '../catalogue';
import { type Limits, retry, TransferError } from './download';
import { ChartError, reasonOf } from './error';
import type { Helm } from './helm';
import type { Fetched } from './mirror';
import { wayTo } from './proxy';
import { isLoopback } from './url';

/** The publishers' repositories, as far as they can be reached. */
export class Upstream {
  private readonly added = new Map<string, Promise<string>>();
  private probed: Promise<Map<string, string>> | undefined;

  /**
   * @param repositories of the charts that may be asked for
   */
  constructor(
    private readonly helm: Helm,
    private readonly repositories: (chart: ChartName) => string = (chart) => CATALOGUE[chart].repository,
  ) {}

  /**
   * Why a chart's repository cannot be reached, or '' when upstream can. Asked once a run, of the repositories of all
   * `charts` at the same time: one that answers will do.
   */
  async unreachable(chart: ChartName, charts: readonly ChartName[]): Promise<string> {
    const places = [...new Set(charts.map((each) => this.repositories(each)))];
    this.probed ??= this.probe(places);
    return (await this.probed).get(this.repositories(chart)) ?? '';
  }

  /** @throws ChartError when the chart's repository lacks it or does not answer */
  async fetch(chart: ChartName): Promise<Fetched> {
    const repository = this.repositories(chart);
    try {
      const bytes = await (repository.startsWith('oci://')
        ? this.pullOci(chart, repository)
        : this.pullHttps(chart, repository));
      return { bytes, where: repository };
    } catch (error) {
      if (!(error instanceof TransferError)) throw error;
      throw new ChartError(
        `chart ${chart} ${CATALOGUE[chart].version} from ${repository}: ${error.message}`,
        'Run again later, or set CHARTS=<folder or URL> or platform:charts.mirror to a mirror that holds it.',
      );
    }
  }

  /** By repository, why it cannot be reached; nothing at all where one can. */
  private async probe(places: string[]): Promise<Map<string, string>> {
    const reasons = new Map<string, string>();
    const probes = places.map(async (place) => {
      await probe(place, this.helm.limits).catch((error: unknown) => {
        reasons.set(place, reasonOf(error));
        throw error;
      });
    });
    return Promise.any(probes).then(
      () => new Map(),
      () => reasons,
    );
  }

  private pullOci(chart: ChartName, repository: string): Promise<Buffer> {
    const plain = isLoopback(new URL(repository)) ? ['--plain-http'] : [];
    const args = [
      `${repository.replace(/\/+$/, '')}/${chart}`,
      '--version',
      CATALOGUE[chart].version,
      ...plain,
    ];
    return retry(this.helm.limits, () => this.helm.pull(args));
  }

  private async pullHttps(chart: ChartName, repository: string): Promise<Buffer> {
    const home = await this.add(repository);
    const args = [`upstream/${chart}`, '--version', CATALOGUE[chart].version];
    return retry(this.helm.limits, () => this.helm.pull(args, home));
  }

  /** Adds a repository once, so that its index, which may be large, comes once for all its charts. */
  private add(repository: string): Promise<string> {
    const home = join(this.helm.home, `repository-${this.added.size}`);
    const adding =
      this.added.get(repository) ??
      retry(this.helm.limits, () => this.helm.run(['repo', 'add', 'upstream', repository], home)).then(
        () => home,
      );
    this.added.set(repository, adding);
    return adding;
  }
}

/** Asks a repository for the head of what it must have. */
async function probe(repository: string, { probe: patience }: Limits): Promise<void> {
  const { host, pathname, protocol } = new URL(repository);
  const oci = protocol === 'oci:';
  const url = new URL(
    oci ? `https://${host}/v2/` : `${protocol}//${host}${pathname.replace(/\/+$/, '')}/index.yaml`,
  );
  try {
    const way = await wayTo(url, patience);
    await new Promise<void>((resolve, reject) => {
      const request = (url.protocol === 'https:' ? https : http).request(url, { ...way, method: 'HEAD' });
      const silence = new Error(`no answer within ${patience / 1000} s`);
      const timer = setTimeout(() => request.destroy(silence), patience);
      request.on('response', ({ statusCode = 0 }) => {
        // 401 is how a registry greets who has not logged in; other refusals may be a filter's on the way.
        if (statusCode < 400 || statusCode === 401) resolve();
        else reject(new Error(`HTTP ${statusCode}`));
        request.destroy();
      });
      request.on('error', reject);
      request.on('close', () => clearTimeout(timer));
      request.end();
    });
  } catch (error) {
    throw new Error(`${host} cannot be reached (${reasonOf(error)})`);
  }
}
