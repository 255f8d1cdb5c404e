/** Linear steps by ring LWE: how they lie in polynomials, and what is fresh. */
const axis = 'src/he/packing/axis.ts';
const layout = 'src/he/packing/layout.ts';
const sizes = 'src/correlations/triples/he/sizes.ts';
const exchange = 'src/correlations/triples/he/he.ts';
const products = ['test/he/packing.test.ts'];
const parameters = ['test/correlations/he-sizes.test.ts'];
const transcript = { tests: ['test/transcripts/transcripts.test.ts'], only: 'two parties by ring LWE$' };

export const mutants = [
  {
    id: 'packing-rows-without-their-zeros',
    file: axis,
    find: 'Math.max(before, after)',
    replace: 'Math.min(before, after)',
    tests: products,
    why: 'what a window reads beyond a row is the next one',
  },
  {
    id: 'packing-too-full',
    file: layout,
    find: 'Math.floor(room / channels)',
    replace: 'Math.ceil(room / channels)',
    tests: products,
    why: 'terms of two outputs meet',
  },
  {
    id: 'packing-phases-alike',
    file: axis,
    find: 'const phase = at - offset * stride;',
    replace: 'const phase = 0;',
    tests: products,
    why: 'a tap reads the rows of its own remainder',
  },
  {
    id: 'he-noise-of-one-output',
    file: sizes,
    find: 'const terms = weightsOfOutput * layout.outChannels;',
    replace: 'const terms = weightsOfOutput;',
    tests: parameters,
    secrecy: true,
    why: 'noise is of all weights of a polynomial: flooding would be too small for it',
  },
  {
    id: 'he-kept-without-bound',
    file: sizes,
    find: 'if (bytes > room) continue;',
    replace: '',
    tests: parameters,
    why: 'kernel memory is for the tensors, too',
  },
  {
    id: 'he-mask-without-step',
    file: exchange,
    find: "bundle.seed, 'he/mask', index)",
    replace: "bundle.seed, 'he/mask')",
    ...transcript,
    secrecy: true,
    why: 'R of two steps is one: the difference of what is decrypted is that of two products',
  },
  {
    id: 'he-mask-of-the-linear-one',
    file: exchange,
    find: "bundle.seed, 'he/mask', index)",
    replace: "bundle.seed, 'linear/mask', index)",
    ...transcript,
    secrecy: true,
    why: 'R is what the other party has encrypted of this one: their sum tells the product',
  },
  {
    id: 'he-one-seed-for-both-seeds',
    file: 'src/he/draws.ts',
    find: "error: randomSeed('he/error')",
    replace: "error: randomSeed('he/uniform')",
    ...transcript,
    secrecy: true,
    why: 'a draw has one name, and errors are never drawn as what is sent',
  },
];
