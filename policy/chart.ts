import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { unpackArchive } from './archive';
import { derivedObjects } from './derived';
import { describeObject, flattenList, isKubernetesObject, isRecord, type KubernetesObject } from './objects';
import { localChart } from './parts/releases';
import { kept, type RenderCache } from './render-cache';

/** What a chart says of itself. */
interface ChartMetadata {
  deprecated: boolean;
  /** Whether its templates call for anything that differs from one render to the next. */
  hasRandom: boolean;
  /** Whether what it renders to may hang on which APIs the cluster serves. */
  asksForApis: boolean;
}

const RANDOM =
  /\{\{[^}]*\b(rand(Alpha|AlphaNum|Ascii|Bytes|Int|Numeric)|gen(CA|PrivateKey|SelfSignedCert|SignedCert)\w*|uuidv4|now|shuffle|htpasswd|bcrypt|encryptAES)\b/;

/** A chart's archive, unpacked when something in it is first asked for. */
export class ChartArchive {
  /** sha256. */
  readonly digest: string;
  private unpacked?: ReadonlyMap<string, Buffer>;
  private known?: Promise<ChartMetadata | undefined>;

  /** @param cache where what is known of it is kept; by default nowhere */
  constructor(
    private readonly bytes: Buffer,
    private readonly cache?: RenderCache,
  ) {
    this.digest = createHash('sha256').update(bytes).digest('hex');
  }

  /** Undefined where the archive can't be read, of which rendering complains. */
  metadata(): Promise<ChartMetadata | undefined> {
    return (this.known ??= kept(this.cache, ['metadata', RANDOM.source, this.digest], () => {
      const templates = [...this.files].filter(([name]) => name.includes('templates/'));
      return {
        deprecated: isDeprecated(this.files.get('Chart.yaml')?.toString() ?? ''),
        hasRandom: templates.some(([, text]) => RANDOM.test(text.toString())),
        asksForApis: [...this.files.values()].some((text) => text.includes('APIVersions')),
      };
    }).catch(() => undefined));
  }

  /** What a chart that the program makes itself holds, for which Helm is not needed; undefined for every other. */
  derivedObjects(): KubernetesObject[] | undefined {
    try {
      const objects = derivedObjects(this.files);
      return objects?.filter(isKubernetesObject).flatMap(flattenList).filter(isKubernetesObject);
    } catch {
      return undefined;
    }
  }

  private get files(): ReadonlyMap<string, Buffer> {
    return (this.unpacked ??= unpackArchive(this.bytes));
  }
}

/** Helm takes a file that is no sound YAML to whoever reads it more strictly. */
function isDeprecated(chartFile: string): boolean {
  try {
    const chart = parse(chartFile) as unknown;
    return isRecord(chart) && chart.deprecated === true;
  } catch {
    return false;
  }
}

/** The chart of a release; undefined where it is not an archive on disk, of which rendering may complain. */
export function readChart(
  inputs: Readonly<Record<string, unknown>>,
  project: string,
  cache?: RenderCache,
): ChartArchive | undefined {
  const path = localChart(inputs);
  if (!path?.endsWith('.tgz')) return undefined;
  try {
    return new ChartArchive(readFileSync(resolve(project, path)), cache);
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
