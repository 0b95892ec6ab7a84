import { gzipSync } from 'node:zlib';
import { derivedArchive, type DerivedChart } from '../../policy/derived';
import { ChartError } from './error';

/** Bytes of a Helm release's Secret that Kubernetes takes. */
const MOST_RELEASE = 1024 * 1024;

/**
 * The archive of a derived chart that Helm can install.
 * @throws ChartError when its objects are more than one Helm release takes
 */
export function packDerived(chart: DerivedChart): Buffer {
  assertFits(chart);
  return derivedArchive(chart);
}

/** A Helm release is kept in one Secret: manifests gzip'ed and in base64. */
function assertFits({ name, manifests }: DerivedChart): void {
  const size = Math.ceil(gzipSync([...manifests.values()].join('\n---\n')).length / 3) * 4;
  if (size < MOST_RELEASE * 0.9) return;
  throw new ChartError(
    `chart ${name}: its objects make a Helm release of ${size} bytes; Kubernetes takes ${MOST_RELEASE}`,
    'Split them over two charts.',
  );
}
