const Sequencer = require('@jest/test-sequencer').default;

/** Where those are that take longest: of whole stacks, and of what is around them. */
const FIRST = ['/test/promises/', '/test/sandbox/'];

/** The longest files first, so that none of them is left for the end, when nothing else runs beside it. */
module.exports = class extends Sequencer {
  sort(tests) {
    const rest = super.sort(tests);
    return FIRST.reduceRight(
      (sorted, folder) => [
        ...sorted.filter(({ path }) => path.includes(folder)),
        ...sorted.filter(({ path }) => !path.includes(folder)),
      ],
      rest,
    );
  }
};
