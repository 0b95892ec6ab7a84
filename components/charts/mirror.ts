import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveName, CATALOGUE, type ChartName } from '../catalogue';
import { download, retry, TransferError } from './download';
import { ChartError } from './error';
import { readIfThere } from './files';
import type { Helm } from './helm';
import { isLoopback, isSafe, shownUrl } from './url';

/** Bytes of an archive, and where they are from, for messages. */
export interface Fetched {
  bytes: Buffer;
  where: string;
}

/** A folder, an https URL (http on this machine only) or an oci:// path that holds charts. */
export class Mirror {
  private readonly url: URL | undefined;

  /** @throws ChartError when the URL is of no kind that can be used */
  constructor(
    private readonly place: string,
    private readonly helm: Helm,
  ) {
    if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(place)) return;
    this.url = parseUrl(place);
    if (this.url?.protocol === 'oci:' || (this.url && isSafe(this.url))) return;
    throw new ChartError(
      `chart mirror ${this.name}: expected a folder or an https:// or oci:// URL`,
      'Give CHARTS=<folder or URL> or platform:charts.mirror such a place; http:// only for this machine.',
    );
  }

  /** For people, and to know it again: without a password. */
  get name(): string {
    return this.url ? shownUrl(this.url) : this.place;
  }

  /** Whether its charts are kept: a folder is read each time. */
  get remote(): boolean {
    return this.url !== undefined;
  }

  /** @throws ChartError when the mirror lacks the chart or does not answer */
  async fetch(chart: ChartName): Promise<Fetched> {
    if (!this.url) return this.read(chart);
    const oci = this.url.protocol === 'oci:';
    const where = oci
      ? `${this.name}/${chart}:${CATALOGUE[chart].version}`
      : shownUrl(fileUrl(this.url, chart));
    try {
      return { where, bytes: await (oci ? this.pull(chart, this.url) : this.get(chart, this.url)) };
    } catch (error) {
      if (!(error instanceof TransferError)) throw error;
      const expected = `chart ${chart} ${CATALOGUE[chart].version}: expected ${where} in the chart mirror`;
      throw new ChartError(
        error.missing ? `${expected}, found nothing (${error.message})` : `${expected}: ${error.message}`,
        error.missing ? cureOf(chart, this.name) : `See that ${this.name} can be reached, then run again.`,
      );
    }
  }

  private get(chart: ChartName, url: URL): Promise<Buffer> {
    return download(fileUrl(url, chart), this.helm.limits);
  }

  private pull(chart: ChartName, url: URL): Promise<Buffer> {
    const plain = isLoopback(url) ? ['--plain-http'] : [];
    const args = [
      `${this.place.replace(/\/+$/, '')}/${chart}`,
      '--version',
      CATALOGUE[chart].version,
      ...plain,
    ];
    return retry(this.helm.limits, () => this.helm.pull(args, this.helm.home, 'user'));
  }

  private async read(chart: ChartName): Promise<Fetched> {
    const isFolder = await stat(this.place).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) {
      throw new ChartError(
        `chart mirror ${this.place}: expected a folder that holds <chart>-<version>.tgz, found no such folder`,
        'Give CHARTS=<folder or URL> or platform:charts.mirror a folder that is there, or neither.',
      );
    }
    const where = join(this.place, archiveName(chart));
    const bytes = await readIfThere(where);
    if (bytes) return { bytes, where };
    const others = (await readdir(this.place)).filter(
      (name) => name.startsWith(`${chart}-`) && name.endsWith('.tgz'),
    );
    const found = others.join(', ') || 'no archive of that chart';
    throw new ChartError(
      `chart ${chart} ${CATALOGUE[chart].version}: expected ${where} in the chart mirror, found ${found}`,
      cureOf(chart, this.place),
    );
  }
}

function cureOf(chart: ChartName, place: string): string {
  return `Put ${archiveName(chart)} into ${place}, or run without CHARTS and platform:charts.mirror.`;
}

function fileUrl(mirror: URL, chart: ChartName): URL {
  const url = new URL(mirror);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${archiveName(chart)}`;
  return url;
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
