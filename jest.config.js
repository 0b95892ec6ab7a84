/** Translates TypeScript, and a package that is published as ES modules only, to what jest loads. */
const translate = (syntax) => [
  '@swc/jest',
  { jsc: { parser: { syntax }, target: 'es2022' }, module: { type: 'commonjs' } },
];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // Work copies of the project and data of control planes.
  modulePathIgnorePatterns: ['<rootDir>/.sandbox/'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': translate('typescript'),
    '/@marcbachmann/cel-js/.+\\.js$': translate('ecmascript'),
  },
  transformIgnorePatterns: ['/node_modules/(?!@marcbachmann/cel-js/)'],
};
