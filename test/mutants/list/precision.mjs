/** Bits that are chosen by error, and what is refused. */
const search = 'src/model/quantize/search.ts';
const accuracy = 'src/model/quantize/accuracy.ts';
const allocation = 'src/model/quantize/allocate.ts';
const sensitivity = 'src/model/quantize/sensitivity.ts';
const tests = ['test/model/tolerance.test.ts'];

export const mutants = [
  {
    id: 'tolerance-not-held',
    file: 'src/model/quantize/quantize.ts',
    find: 'if (!search.holds(judged)) throw',
    replace: 'if (false) throw',
    tests,
    why: 'a plan that misses the tolerance is refused',
  },
  {
    id: 'tolerance-of-one-output-alone',
    file: accuracy,
    find: 'Math.max(...scores.map(({ error }) => error))',
    replace: 'scores[0]!.error',
    tests,
    why: 'each output has to be within the tolerance',
  },
  {
    id: 'error-against-the-fixed-outputs',
    file: accuracy,
    find: '    power += float[i]! ** 2;\n  }\n  return',
    replace: '    power += fixed[i]! ** 4;\n  }\n  return',
    tests,
    why: 'the error is a part of the float outputs',
  },
  {
    id: 'no-more-bits',
    file: search,
    find: 'round < MOST_ROUNDS && !this.holds(best)',
    replace: 'round < 1',
    tests,
    why: 'layers that lose too much get more bits',
  },
  {
    id: 'demanded-bits-change',
    file: search,
    find: 'free: !demanded',
    replace: 'free: true',
    tests: ['test/model/tolerance.test.ts', 'test/model/range.test.ts'],
    why: 'fraction bits that a user asks for are kept',
  },
  {
    id: 'bits-where-they-cost-most',
    file: allocation,
    find: 'gain / finer.cost',
    replace: 'gain * finer.cost',
    tests,
    why: 'a bit goes where it is worth most for what it costs',
  },
  {
    id: 'no-bits-between-weights-and-values',
    file: allocation,
    find: 'full ? meets : []',
    replace: '[]',
    tests,
    why: 'where the ring is full a bit of weights is taken from values',
  },
  {
    id: 'one-rounding-for-all-gains',
    file: sensitivity,
    find: 'local.map((error, i) => error * gains[i]!)',
    replace: 'local.map((error) => error * gains[0]!)',
    tests,
    why: 'each rounding has its own part in the error of the outputs',
  },
  {
    id: 'sample-of-one-corner',
    file: 'src/model/quantize/sample.ts',
    find: '(words[i]! / 2 ** 32) * (high - low)',
    replace: '(words[i]! / 2 ** 33) * (high - low)',
    tests,
    why: 'the sample is drawn from the whole range',
  },
  {
    id: 'worst-input-pooled',
    file: accuracy,
    find: 'return Math.max(error, worst / MOST_OF_ONE);',
    replace: 'return error;',
    tests,
    why: 'the outputs of each input are within twice the tolerance',
  },
  {
    id: 'worst-input-scale',
    file: accuracy,
    find: 'Math.max(own, LEAST_SCALE ** 2 * mean)',
    replace: 'Math.max(own, mean)',
    tests,
    why: 'one input is held against its own outputs',
  },
];
