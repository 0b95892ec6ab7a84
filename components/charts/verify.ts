import { parse } from 'yaml';
import { unpackArchive } from '../../policy/archive';
import { ChartError, reasonOf } from './error';

const GZIP = Buffer.from([0x1f, 0x8b]);

/**
 * Requires that bytes are the archive of a chart. `where` says where they came from, for messages.
 * @throws ChartError when they are something else (an error page, another chart) or not all of it
 */
export function assertChart(bytes: Buffer, chart: string, version: string, where: string): void {
  const wrong = (found: string): ChartError =>
    new ChartError(
      `${where}: expected the archive of chart ${chart} ${version}, found ${found}`,
      `Put the archive that "helm pull ${chart} --version ${version}" gives there.`,
    );
  const metadata = parseMetadata(bytes, wrong);
  if (metadata.name !== chart || metadata.version !== version) {
    throw wrong(`chart ${metadata.name ?? '(no name)'} ${metadata.version ?? '(no version)'}`);
  }
}

/** What Chart.yaml says, as texts. */
interface Metadata {
  name?: string;
  version?: string;
  /** The range of Kubernetes versions that the chart takes. */
  kubeVersion?: string;
}

/** What an archive that {@link assertChart} has passed says of its chart. */
export function metadataOf(bytes: Buffer): Metadata {
  return parseMetadata(bytes, (found) => new ChartError(`found ${found}`, ''));
}

function parseMetadata(bytes: Buffer, wrong: (found: string) => ChartError): Metadata {
  if (bytes.length === 0) throw wrong('nothing');
  if (!bytes.subarray(0, 2).equals(GZIP)) throw wrong(describe(bytes));
  let file: Buffer | undefined;
  try {
    file = unpackArchive(bytes).get('Chart.yaml');
  } catch (error) {
    throw wrong(`a damaged or incomplete archive of ${bytes.length} bytes (${reasonOf(error)})`);
  }
  if (!file) throw wrong('an archive without Chart.yaml');
  try {
    // As texts: a version such as 1.30 is no number.
    return (parse(file.toString(), { schema: 'failsafe' }) ?? {}) as Metadata;
  } catch (error) {
    throw wrong(`a Chart.yaml that is no YAML (${reasonOf(error)})`);
  }
}

/** The first words of what is no archive, which mostly tell what went wrong. */
function describe(bytes: Buffer): string {
  const start = bytes.toString('latin1', 0, 60).replace(/[^\x20-\x7e]+/g, ' ');
  return /^\s*<(!doctype|html)/i.test(start) ? `a web page ("${start}…")` : `no gzip file ("${start}…")`;
}
