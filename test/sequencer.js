const Sequencer = require('@jest/test-sequencer').default;

/** What takes longest: whole stacks, and what runs on a control plane. */
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
