import { resolve } from 'node:path';
import { parse } from 'yaml';
import { readArchive } from '../components/charts/archive';
import { describeObject, isRecord, type KubernetesObject } from './objects';
import { localChart } from './parts/releases';

/** What the archive of a release's chart says of itself. */
export interface ChartMetadata {
  deprecated: boolean;
  /** Whether its templates call for anything that differs from one render to the next. */
  hasRandom: boolean;
}

const RANDOM =
  /\{\{[^}]*\b(rand(Alpha|AlphaNum|Ascii|Bytes|Int|Numeric)|gen(CA|PrivateKey|SelfSignedCert|SignedCert)\w*|uuidv4|now|shuffle|htpasswd|bcrypt|encryptAES)\b/;

/** Reads a release's chart; undefined where it is not an archive on disk, of which rendering may complain. */
export function readChart(
  inputs: Readonly<Record<string, unknown>>,
  project: string,
): ChartMetadata | undefined {
  const path = localChart(inputs);
  if (!path?.endsWith('.tgz')) return undefined;
  try {
    const files = readArchive(resolve(project, path));
    const metadata = parse(files.get('Chart.yaml')?.toString() ?? '') as unknown;
    const templates = [...files].filter(([name]) => name.includes('templates/'));
    return {
      deprecated: isRecord(metadata) && metadata.deprecated === true,
      hasRandom: templates.some(([, text]) => RANDOM.test(text.toString())),
    };
  } catch {
    return undefined;
  }
}

/** Names of the objects that differ between two renders of one release. */
export function varyingObjects(
  one: readonly KubernetesObject[],
  other: readonly KubernetesObject[],
): string[] {
  const texts = new Set(other.map((object) => JSON.stringify(object)));
  return one.filter((object) => !texts.has(JSON.stringify(object))).map(describeObject);
}
