const { availableParallelism, totalmem } = require('node:os');

/** In a container this process may have less of it than the machine has. */
const memory = Math.min(totalmem(), process.constrainedMemory?.() || Infinity);

/** A test file may bring a whole stack up on a plane of its own: 5 GiB, and what the tests themselves take. */
const BYTES_EACH = 7 * 2 ** 30;

/** Translates TypeScript, and a package that is published as ES modules only, to what jest loads. */
const translate = (syntax) => [
  '@swc/jest',
  { jsc: { parser: { syntax }, target: 'es2022' }, module: { type: 'commonjs' } },
];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  maxWorkers: Math.max(1, Math.min(availableParallelism(), Math.floor(memory / BYTES_EACH))),
  testSequencer: './test/sequencer.js',
  // Work copies of the project and data of control planes.
  modulePathIgnorePatterns: ['<rootDir>/.sandbox/'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': translate('typescript'),
    '/@marcbachmann/cel-js/.+\\.js$': translate('ecmascript'),
  },
  transformIgnorePatterns: ['/node_modules/(?!@marcbachmann/cel-js/)'],
};
