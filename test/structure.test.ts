import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { CATALOGUE, CHART_NAMES } from '../components/catalogue';
import { readFacts, standInCharts } from '../sandbox/charts/facts';

/** The layout of the repository, and the rules of its code that no linter knows. */

const ROOT = resolve(__dirname, '..');

/** Every tracked file, by its path in the repository. */
const FILES = execFileSync('git', ['-c', `safe.directory=${ROOT}`, 'ls-files', '-z'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(ROOT, file)));
const CODE = FILES.filter((file) => file.endsWith('.ts'));
const PAGES = FILES.filter((file) => file.endsWith('.md'));
const COMPONENTS = CODE.filter((file) => file.startsWith('components/'));
const TESTS = CODE.filter((file) => file.startsWith('test/'));

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Where a text is found: `file:line`. This file, which has to name what it looks for, is left out. */
function found(files: string[], pattern: RegExp, except: string[] = []): string[] {
  return files
    .filter((file) => file !== 'test/structure.test.ts' && !except.includes(file))
    .flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line, index) =>
          pattern.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 120)}`] : [],
        ),
    );
}

/** `runtimeSecurity` as a folder: `components/runtime-security`. */
function folderOf(area: string): string {
  return `components/${area.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

test('the top level holds what the design names, and nothing else', () => {
  expect([...new Set(FILES.map((file) => file.split('/')[0]))].sort()).toEqual([
    '.ci',
    '.gitignore',
    '.npmrc',
    '.prettierignore',
    '.prettierrc.json',
    'CONTRIBUTING.md',
    'LICENSE',
    'Makefile',
    'Pulumi.dev.yaml',
    'Pulumi.local.yaml',
    'Pulumi.prod.yaml',
    'Pulumi.staging.yaml',
    'Pulumi.yaml',
    'README.md',
    'charts.lock.json',
    'components',
    'docs',
    'eslint.config.mjs',
    'index.ts',
    'jest.config.js',
    'package-lock.json',
    'package.json',
    'policy',
    'sandbox',
    'stacks',
    'test',
    'tsconfig.json',
  ]);
});

describe.each(CHART_NAMES)('the row of %s', (chart) => {
  const { area, crdsOnly, version } = CATALOGUE[chart];
  const folder = folderOf(area);

  test('has a component that installs it', () => {
    const sources = COMPONENTS.filter((file) => dirname(file) === folder).map(read);
    expect(sources.some((text) => text.includes('extends PlatformComponent'))).toBe(true);
    const installs = sources.some((text) => text.includes(`foundation.install(this, '${chart}'`));
    expect(installs).toBe(!crdsOnly);
  });

  test('has a page beside the component, which names it', () => {
    expect(FILES).toContain(`${folder}/README.md`);
    expect(read(`${folder}/README.md`)).toContain(`\`${chart}\``);
  });

  test('has a test of the component', () => {
    const module = `'../../${folder}/`;
    expect(TESTS.filter((file) => file.endsWith('.test.ts') && read(file).includes(module))).not.toEqual([]);
  });

  test('has recorded facts of that very version, for its stand-in and for its values', () => {
    expect(readFacts(chart).upstream.chart).toBe(`${chart}-${version}`);
    expect(parse(read(`test/fixtures/values/${chart}.json`))).toMatchObject({ version });
  });

  test('is the one place that says its version', () => {
    const code = [
      ...COMPONENTS,
      ...CODE.filter((file) => file.startsWith('stacks/') || file === 'index.ts'),
      ...PAGES,
    ];
    const text = new RegExp(`(?<![\\w.])${version.replaceAll('.', '\\.')}(?![\\w.]*\\d)`);
    expect(found(code, text, ['components/catalogue.ts'])).toEqual([]);
  });

  test('has an entry in the lock', () => {
    expect(parse(read('charts.lock.json'))).toHaveProperty([chart], {
      version,
      sha256: expect.stringMatching(/^([0-9a-f]{64})?$/) as unknown,
    });
  });
});

test('what is recorded of charts is of charts that have a row', () => {
  expect(standInCharts()).toEqual([...CHART_NAMES].sort());
  expect(Object.keys(parse(read('charts.lock.json')) as object).sort()).toEqual([...CHART_NAMES].sort());
});

describe('code', () => {
  test('is in files of at most 300 lines', () => {
    // Exemptions are a list, in one file so that whoever reviews them reads one.
    const long = CODE.filter((file) => !file.startsWith('test/') && file !== 'policy/exemptions.ts').filter(
      (file) => read(file).trimEnd().split('\n').length > 300,
    );
    expect(long).toEqual([]);
  });

  test('names chart versions in the catalogue and nowhere else', () => {
    // components/charts makes charts of its own, out of CRDs.
    const components = COMPONENTS.filter((file) => !file.startsWith('components/charts/'));
    expect(found(components, /\bversion: *['"`]/, ['components/catalogue.ts'])).toEqual([]);
  });

  test('reads the configuration in one place', () => {
    const readers = found(CODE, /\b(allConfig|isConfigSecret)\(|new (pulumi\.)?Config\(/);
    expect([...new Set(readers.map((place) => place.split(':')[0]))]).toEqual(['stacks/settings.ts']);
  });

  test('records digests in two commands, and nowhere else', () => {
    const writers = found(CODE, /\bwriteLock\(/).map((place) => place.split(':')[0] ?? '');
    expect(writers.filter((file) => file.startsWith('sandbox/'))).toEqual([
      'sandbox/commands/charts.ts',
      'sandbox/commands/record.ts',
    ]);
  });

  test('of components does not know the names of stacks, and asks for its own in three places only', () => {
    expect(found(COMPONENTS, /['"`](prod|production|staging|dev|local)['"`]/)).toEqual([]);
    const askers = found(COMPONENTS, /\bgetStack\(/).map((place) => place.split(':')[0]);
    expect([...new Set(askers)].sort()).toEqual([
      'components/operations/marker.ts',
      'components/operations/owner.ts',
      'components/platform.ts',
    ]);
  });

  test('trusts no certificate that it has not checked', () => {
    const unsafe = /insecure-skip|rejectUnauthorized: *false|NODE_TLS_REJECT|insecureSkipTLSVerify: *true/i;
    // Recorded facts hold what upstream's charts do unless they are told otherwise.
    const ours = FILES.filter((file) => !file.startsWith('sandbox/charts/facts/'));
    const places = found(ours, unsafe).filter((place) => !place.includes('.not.toContain('));
    expect(places).toEqual([]);
  });

  test('has no test that is skipped or runs alone', () => {
    expect(found(TESTS, /\b(describe|it|test)\.(only|skip|todo)\b|\b(xit|xtest|fdescribe|fit)\(/)).toEqual(
      [],
    );
  });
});

test('no file names a folder of somebody’s machine', () => {
  // What is left is a folder of GKE's nodes.
  const places = found(FILES, /(^|[\s'"`(=:])\/(home|Users|root|work)\/(?!kubernetes\/bin)/);
  expect(places).toEqual([]);
});

describe('pages', () => {
  const prose = (page: string): string => read(page).replaceAll(/^```[^]*?^```$/gm, '');
  const links = PAGES.flatMap((page) =>
    [...prose(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)].map(([, target = '']) => ({
      page,
      target,
    })),
  );

  test('link to what is there', () => {
    const broken = links.filter(({ page, target }) => !existsSync(join(ROOT, dirname(page), target)));
    expect(broken).toEqual([]);
  });

  test('link to every decision', () => {
    const linked = links.map(({ page, target }) => join(dirname(page), target));
    const decisions = FILES.filter((file) => /^docs\/adr\/\d{4}-.+\.md$/.test(file));
    expect(decisions.length).toBeGreaterThan(0);
    expect(decisions.filter((file) => !linked.includes(file))).toEqual([]);
  });

  test('name only make targets that exist, and the README names every one', () => {
    const targets = [...read('Makefile').matchAll(/^([a-z][a-z-]*):.*## /gm)].map(([, name = '']) => name);
    // In code, since there is much else in prose that somebody may make; the messages of rules are such prose.
    const pages = PAGES.filter((page) => !page.startsWith('docs/controls/'));
    const code = pages.flatMap((page) => read(page).match(/^```[^]*?^```$|`[^`\n]+`/gm) ?? []);
    const inPages = code.flatMap((text) => [...text.matchAll(/\bmake ([a-z]+(?:\|[a-z]+)*)/g)]);
    const named = inPages.flatMap(([, names = '']) => names.split('|'));
    expect(targets).toEqual(expect.arrayContaining(['up', 'test', 'help']));
    expect([...new Set(named)].filter((name) => !targets.includes(name))).toEqual([]);
    const readme = read('README.md');
    const unnamed = targets.filter((name) => !new RegExp(`\\b${name}\\b`).test(readme));
    // For those who change the program; CONTRIBUTING names them.
    expect(unnamed.filter((name) => !read('CONTRIBUTING.md').includes(name))).toEqual([]);
  });
});

describe('stack files', () => {
  const stackFiles = FILES.filter((file) => /^Pulumi\..+\.yaml$/.test(file));

  test.each(stackFiles)('%s parses, names its schema and holds settings, and what the CLI adds', (file) => {
    const text = read(file);
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=stacks/settings.schema.json');
    const { config, ...rest } = parse(text) as { config: object };
    expect(Object.keys(config).every((key) => key.startsWith('platform:'))).toBe(true);
    // Secrets in plain text the settings themselves refuse.
    const added = ['encryptionsalt', 'encryptedkey', 'secretsprovider'];
    expect(Object.keys(rest).filter((key) => !added.includes(key))).toEqual([]);
  });

  test('describe every area in Pulumi.yaml', () => {
    const { config } = parse(read('Pulumi.yaml')) as { config: Record<string, { description?: string }> };
    const areas = stackFiles.flatMap((file) => Object.keys((parse(read(file)) as { config: object }).config));
    expect(areas.filter((area) => !config[area]?.description)).toEqual([]);
  });
});

describe('lint', () => {
  /** Prints which import rules refuse a file that holds nothing but an import, for each `[file, import]`. */
  const SCRIPT = `
    import { ESLint } from 'eslint';
    import typescript from 'typescript-eslint';
    const eslint = new ESLint({ overrideConfig: [typescript.configs.disableTypeChecked] });
    const said = [];
    for (const [filePath, target] of JSON.parse(process.argv[1])) {
      const [{ messages }] = await eslint.lintText(\`import '\${target}';\\n\`, { filePath });
      said.push(messages.map(({ ruleId }) => ruleId));
    }
    console.log(JSON.stringify(said));`;
  const lint = (probes: string[][]): string[][] =>
    JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '--eval', SCRIPT, JSON.stringify(probes)], {
        cwd: ROOT,
        encoding: 'utf8',
      }),
    ) as string[][];

  test.each([
    [
      'stacks/paths.ts',
      ['../components/platform', '../policy/catalogue', '../sandbox/paths', '../test/run', '../index'],
    ],
    ['policy/paths.ts', ['../components/platform', '../sandbox/paths', '../test/run', '../index']],
    ['components/outputs.ts', ['../sandbox/paths', '../test/run', '../index']],
    ['index.ts', ['./sandbox/paths', './test/run']],
    ['sandbox/files.ts', ['../test/run', '../index']],
  ])('refuses in %s what is against the direction of imports', (file, targets) => {
    const said = lint(targets.map((target) => [file, target]));
    expect(said.filter((rules) => !rules.includes('import-x/no-restricted-paths'))).toEqual([]);
  });

  test('takes imports that go with the direction', () => {
    const right = [
      ['policy/paths.ts', '../stacks/paths'],
      ['components/outputs.ts', '../policy/catalogue'],
      ['components/outputs.ts', '../stacks/schema'],
      ['index.ts', './components/platform'],
      ['sandbox/files.ts', '../components/platform'],
      ['sandbox/files.ts', '../policy/catalogue'],
    ];
    expect(lint(right)).toEqual(right.map(() => []));
  });

  test('refuses files that import one another', () => {
    // chart.ts imports render-cache.ts.
    expect(lint([['policy/render-cache.ts', './chart']])).toEqual([['import-x/no-cycle']]);
  });
});
