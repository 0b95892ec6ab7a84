import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { CATALOGUE, type ChartName } from '../catalogue';
import { isLoopback, type Limits, retry, TransferError } from './download';
import { ChartError, reasonOf } from './error';
import type { Helm } from './helm';
import type { Fetched } from './mirror';

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

/** Asks a repository for the head of what it must have, straight and, where one is set, through the proxy. */
async function probe(repository: string, limits: Limits): Promise<void> {
  const { host, pathname, protocol } = new URL(repository);
  const oci = protocol === 'oci:';
  const url = new URL(
    oci ? `https://${host}/v2/` : `${protocol}//${host}${pathname.replace(/\/+$/, '')}/index.yaml`,
  );
  const proxy = process.env.HTTPS_PROXY ?? process.env.https_proxy;
  const ways = [ask(url, url, { method: 'HEAD' }, limits)];
  if (proxy && URL.canParse(proxy)) {
    ways.push(
      ask(new URL(proxy), url, { method: 'CONNECT', path: `${url.hostname}:${url.port || 443}` }, limits),
    );
  }
  await Promise.any(ways);
}

function ask(
  server: URL,
  target: URL,
  options: { method: string; path?: string },
  limits: Limits,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = server.protocol === 'https:' ? https : http;
    const { username, password } = server;
    const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
      'base64',
    );
    const headers = options.path && username ? { 'proxy-authorization': `Basic ${login}` } : {};
    const request = client.request(server, { ...options, agent: false, headers });
    const fail = (reason: string): void => {
      reject(new Error(`${target.host} cannot be reached (${reason})`));
      request.destroy();
    };
    const timer = setTimeout(() => fail(`no answer within ${limits.probe / 1000} s`), limits.probe);
    const judge = ({ statusCode = 0 }: http.IncomingMessage): void => {
      // 401 is how a registry greets who has not logged in; other refusals may be a filter's on the way.
      if (statusCode < 400 || statusCode === 401) resolve();
      else fail(`HTTP ${statusCode}`);
      request.destroy();
    };
    request.on('response', judge);
    request.on('connect', judge);
    request.on('error', (error) => fail(reasonOf(error)));
    request.on('close', () => clearTimeout(timer));
    request.end();
  });
}
