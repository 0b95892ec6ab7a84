import { writeGenerated } from '../stacks/generated';
import { CONTROLS } from './catalogue';
import { cataloguePage } from './pages/catalogue';
import { areaOf, controlPage } from './pages/control';
import { coveragePage } from './pages/coverage';

/**
 * Writes docs/controls from the controls: `npm run generate`. With `--check` it writes nothing, names each file that
 * is stale, and fails.
 */

const FOLDER = 'docs/controls';

/** What each generated page holds, by its path in the repository. Prettier leaves them alone. */
export function controlPages(): Record<string, string> {
  return Object.fromEntries([
    [`${FOLDER}/README.md`, cataloguePage()],
    [`${FOLDER}/coverage.md`, coveragePage()],
    ...CONTROLS.map(
      (control) => [`${FOLDER}/${areaOf(control)}/${control.id}.md`, controlPage(control)] as const,
    ),
  ]);
}

if (require.main === module) writeGenerated(controlPages(), FOLDER);
