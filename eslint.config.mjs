import prettier from 'eslint-config-prettier';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Imports run one way: index -> components -> policy; all may import from stacks; only tests and the sandbox see everything. */
const zones = [
  { target: './stacks', from: ['./components', './policy', './sandbox', './test', './index.ts'] },
  { target: './policy', from: ['./components', './sandbox', './test', './index.ts'] },
  { target: './components', from: ['./sandbox', './test', './index.ts'] },
  { target: './index.ts', from: ['./sandbox', './test'] },
  { target: './sandbox', from: ['./test', './index.ts'] },
];

export default tseslint.config(
  { ignores: ['node_modules/', '.sandbox/', '.charts/', 'coverage/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    // Without these the import rules find no file of ours, and pass everything.
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.json'] })],
    },
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // A resource is made for its effect.
      'no-new': 'off',
      complexity: ['error', 14],
      'max-depth': ['error', 3],
      'max-params': ['error', 6],
      'max-lines': ['error', 300],
      'no-console': 'off',
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.property.name='Config']",
          message: 'stacks/settings.ts is the only reader of pulumi.Config.',
        },
        {
          selector: "CallExpression[callee.property.name='allConfig']",
          message: 'stacks/settings.ts is the only reader of the configuration.',
        },
      ],
    },
  },
  {
    // What is loaded before TypeScript is; no types to go by.
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.recommended],
    rules: {
      '@typescript-eslint/no-require-imports': 'off',
      complexity: ['error', 14],
      eqeqeq: 'error',
      'max-depth': ['error', 3],
      'max-lines': ['error', 300],
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  // A list, one row an exemption.
  { files: ['policy/exemptions.ts'], rules: { 'max-lines': 'off' } },
  { files: ['stacks/settings.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'max-lines': 'off' },
  },
  prettier,
);
