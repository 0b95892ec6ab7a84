import { gunzipSync, gzipSync } from 'node:zlib';

/** A chart's files by their paths in the chart, such as `Chart.yaml`. */
export type ChartFiles = ReadonlyMap<string, string | Buffer>;

const BLOCK = 512;
/** Helm's own limit for an unpacked chart. */
const MOST_UNPACKED = 100 * 1024 * 1024;

/**
 * A chart's archive. Its bytes depend on the name and the files alone: sorted, with no time, owner or machine in them,
 * and stored uncompressed, since compressors differ between machines.
 * @throws Error when a path is too long for a tar header
 */
export function packArchive(name: string, files: ChartFiles): Buffer {
  const blocks = [...files.keys()].sort().flatMap((path) => {
    const body = Buffer.from(files.get(path) ?? '');
    return [header(`${name}/${path}`, body.length), body, Buffer.alloc(padding(body.length))];
  });
  const zipped = gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]), { level: 0 });
  const operatingSystem = 9;
  zipped[operatingSystem] = 255;
  return zipped;
}

/**
 * The files in a chart's archive, by their paths below the archive's one folder.
 * @throws Error when the bytes are not a whole gzip'ed tar, or unpack to more than Helm would take
 */
export function unpackArchive(bytes: Buffer): Map<string, Buffer> {
  const tar = gunzipSync(bytes, { maxOutputLength: MOST_UNPACKED });
  const files = new Map<string, Buffer>();
  let longName = '';
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const { path, size, type } = parseHeader(tar.subarray(at, at + BLOCK));
    const body = tar.subarray(at + BLOCK, at + BLOCK + size);
    if (body.length < size) throw new Error(`"${path}" is cut short`);
    at += BLOCK + size + padding(size);
    if (type === 'L') longName = text(body);
    else if (type === 'x') longName = paxPath(body) ?? longName;
    else {
      if (type === '0') files.set(belowTop(longName || path), body);
      longName = '';
    }
  }
  return files;
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function header(path: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const [prefix, name] = splitPath(path);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  block.write(name, 0);
  block.write(`${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100);
  block.write(`${octal(size, 11)}\0${octal(0, 11)}\0${' '.repeat(8)}0`, 124);
  block.write('ustar\x0000', 257);
  block.write(prefix, 345);
  block.write(`${octal(checksum(block), 6)}\0 `, 148);
  return block;
}

/** A tar header holds a path as up to 155 bytes of folders and up to 100 of the rest. */
function splitPath(path: string): [string, string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const [folder, rest] = [path.slice(0, slash), path.slice(slash + 1)];
    if (Buffer.byteLength(folder) <= 155 && Buffer.byteLength(rest) <= 100) return [folder, rest];
  }
  throw new Error(
    `"${path}" is too long for a chart archive: at most 155 bytes of folders and 100 of file name`,
  );
}

function parseHeader(block: Buffer): { path: string; size: number; type: string } {
  const blank = Buffer.from(block);
  blank.fill(' ', 148, 156);
  const size = parseInt(text(block.subarray(124, 136)), 8);
  if (checksum(blank) !== parseInt(text(block.subarray(148, 156)), 8) || !(size >= 0)) {
    throw new Error('it is not a tar archive');
  }
  const name = text(block.subarray(0, 100));
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(block.subarray(345, 500)) : '';
  return {
    path: prefix ? `${prefix}/${name}` : name,
    size,
    type: text(block.subarray(156, 157)) || '0',
  };
}

function checksum(block: Buffer): number {
  return block.reduce((sum, byte) => sum + byte, 0);
}

function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

function paxPath(body: Buffer): string | undefined {
  return /(?:^|\n)\d+ path=(.*)\n/.exec(body.toString())?.[1];
}

/** Helm too takes the first folder for the chart's, whatever its name. */
function belowTop(path: string): string {
  return path.replace(/^(\.\/)?[^/]+\//, '');
}
