import { parseDocument } from 'yaml';
import { current, pretty, writeGenerated } from './generated';
import { areas, stackFileSchema } from './jsonschema';
import { settingsPage } from './page';

/**
 * Writes what follows from the settings schema: `npm run generate`. With `--check` it writes nothing, names each file
 * that is stale, and fails.
 */

/** What each generated file should hold, by its path in the repository. */
export async function generated(): Promise<Record<string, string>> {
  return {
    'stacks/settings.schema.json': await pretty('json', JSON.stringify(stackFileSchema())),
    'docs/settings.md': await pretty('markdown', settingsPage()),
    'Pulumi.yaml': await pretty('yaml', projectFile(current('Pulumi.yaml'))),
  };
}

/** Pulumi.yaml with every area described; the rest of it is written by hand and kept. */
function projectFile(text: string): string {
  const project = parseDocument(text);
  const described = Object.entries(areas().properties).map(([area, { description, type }]) => [
    `platform:${area}`,
    // Pulumi requires a value for each key that is described without a default.
    { description, default: type === 'object' ? {} : '' },
  ]);
  project.set('config', project.createNode(Object.fromEntries(described)));
  return project.toString({ lineWidth: 0 });
}

if (require.main === module) void generated().then((files) => writeGenerated(files));
