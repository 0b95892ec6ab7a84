import { packArchive } from './archive';

/** The subchart that holds the objects. */
const OBJECTS = 'charts/objects';
const TEMPLATE_PATH = `${OBJECTS}/templates/manifests.yaml`;
/** See `manifestPath`. */
const MANIFEST = /^charts\/objects\/manifests\/[\w.-]+\/[\w.:-]+\.json$/;
/** Prints the manifests as they are: what they hold that looks like a template stays text. */
const TEMPLATE = `{{- range $path, $content := .Files.Glob "manifests/**" }}
---
{{ toString $content }}
{{- end }}
`;

/** A chart that is made here, of objects that are known. */
export interface DerivedChart {
  name: string;
  version: string;
  description: string;
  /** Each object as JSON, by its path in the chart: `manifests/<kind>/<name>.json`. */
  manifests: ReadonlyMap<string, string>;
}

/**
 * The archive of a derived chart: the same bytes for the same objects.
 *
 * The manifests are in a subchart, because Helm keeps a release's own chart in its Secret, but not its subcharts: so
 * they are there once, as rendered, and not twice.
 */
export function derivedArchive({ name, version, description, manifests }: DerivedChart): Buffer {
  const subchart = { apiVersion: 'v2', name: 'objects', version: '0.0.0', description };
  const dependencies = [{ name: 'objects', version: '0.0.0' }];
  const metadata = { apiVersion: 'v2', name, version, description, dependencies };
  return packArchive(
    name,
    new Map([
      ['Chart.yaml', `${JSON.stringify(metadata)}\n`],
      [`${OBJECTS}/Chart.yaml`, `${JSON.stringify(subchart)}\n`],
      [TEMPLATE_PATH, TEMPLATE],
      ...[...manifests].map(([path, text]): [string, string] => [`${OBJECTS}/${path}`, text]),
    ]),
  );
}

/**
 * The objects of a derived chart, which are what Helm makes of it; undefined for every other chart, one that holds
 * anything more among them.
 * @throws Error when a manifest is no JSON
 */
export function derivedObjects(files: ReadonlyMap<string, Buffer>): unknown[] | undefined {
  const known = ['Chart.yaml', `${OBJECTS}/Chart.yaml`, TEMPLATE_PATH];
  const manifests = [...files].filter(([path]) => !known.includes(path));
  if (files.get(TEMPLATE_PATH)?.toString() !== TEMPLATE) return undefined;
  if (!manifests.every(([path]) => MANIFEST.test(path))) return undefined;
  return manifests.map(([, text]) => JSON.parse(text.toString()) as unknown);
}

/** The path of an object in a derived chart. */
export function manifestPath(kind: string | undefined, name: string | undefined): string {
  return `manifests/${kind}/${name}.json`;
}
