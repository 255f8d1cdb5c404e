/** Non-linear steps of two parties on masked bits. */
import { transcript } from '../transcripts.mjs';

const masks = 'src/correlations/bits/masks.ts';
const chunks = {
  tests: ['test/secrecy/inputs.test.ts'],
  only: 'chunks of one step have randomness of their own masked bits: relu$',
  secrecy: true,
};
const honest = {
  tests: ['test/secrecy/secrecy.test.ts'],
  only: 'an honest session tells nothing bits$',
  secrecy: true,
};
const honestOt = {
  tests: ['test/secrecy/secrecy.test.ts'],
  only: 'an honest session tells nothing otBits$',
  secrecy: true,
};
const transferred = { tests: ['test/correlations/bits-transfers.test.ts'] };
const integers = { tests: ['test/protocols/two-bits.test.ts'] };

export const mutants = [
  {
    id: 'bits-masks-of-the-chunk-before',
    file: masks,
    find: "'bits/masks', step.index, chunk)",
    replace: "'bits/masks', step.index, 0)",
    ...chunks,
    why: 'two chunks under one mask',
  },
  {
    id: 'bits-products-of-the-chunk-before',
    file: masks,
    find: "'bits/products', step.index, chunk)",
    replace: "'bits/products', step.index, 0)",
    ...chunks,
    why: "party 1 sees sums of two chunks' products of masks",
  },
  {
    id: 'bits-masks-of-all-steps',
    file: masks,
    find: "'bits/masks', step.index, chunk)",
    replace: "'bits/masks', 0, chunk)",
    ...honest,
    why: 'two steps under one mask',
  },
  {
    id: 'bits-x-unmasked',
    file: masks,
    find: '    this.#stream.nextInto(bytesOf(out));\n',
    replace: '',
    ...honest,
    why: "the other party's share of X would be told",
  },
  {
    id: 'bits-masks-unmasked-by-products',
    file: masks,
    find: "'bits/products', step.index, chunk)",
    replace: "'bits/masks', step.index, chunk)",
    ...transcript('everything-32', 'bits'),
    secrecy: true,
    why: "party 0's shares would be its masks",
  },
  {
    id: 'bits-inputs-unmasked',
    file: 'src/sliced/slots.ts',
    find: '      stream.nextInto(rows);\n',
    replace: '      rows.fill(0);\n',
    ...honest,
    why: 'the bits of a share would travel as they are',
  },
  {
    id: 'bits-levels-unmasked',
    file: 'src/correlations/bits/dealer.ts',
    find: '        slots.addToRows(rows);\n        return rows;',
    replace: '        return rows;',
    ...integers,
    why: 'the mask of a row is part of what is dealt',
  },
  {
    id: 'bits-like-terms-twice',
    file: 'src/protocols/two/bits/engine.ts',
    find: '  { alike: false, flips: [1, 0] },',
    replace: '  { alike: true, flips: [1, 0] },',
    ...integers,
    why: 'd_x d_y counts once',
  },
  {
    id: 'bits-wrap-missing',
    file: 'circuits/shared.ts',
    find: 'return width - shift < outBits;',
    replace: 'return width - shift < outBits - 1;',
    ...integers,
    why: 'the carry out of the top bit counts as long as the output has a bit of it',
  },
  {
    id: 'bits-transfers-without-pads',
    file: 'src/correlations/bits/pads.ts',
    find: '        pads.bits.set(memory.bytes.subarray(from, from + bytes), (bits + first + bit) * row + instance / 8);\n',
    replace: '',
    ...honestOt,
    why: "what a choice meets, the sender's masks, would travel as it is",
  },
  {
    id: 'bits-transfers-pad-serves-twice',
    file: 'src/correlations/bits/pads.ts',
    find: '        const from = planes + bit * bytes;',
    replace: '        const from = planes;',
    ...transferred,
    secrecy: true,
    why: 'all rows that a choice is in would have one pad',
  },
  {
    id: 'bits-transfers-choices-of-zero-shares',
    file: 'src/correlations/bits/cross-terms.ts',
    find: '      if (own.includes(0n)) continue;\n',
    replace: '',
    ...transferred,
    why: 'a share that is always zero chooses nothing and meets nothing',
  },
  {
    id: 'bits-transfers-not-all-covered',
    file: 'src/correlations/bits/cover.ts',
    find: '  for (let degree = most; degree > 0; ) {',
    replace: '  for (let degree = most; degree > 1; ) {',
    ...transferred,
    why: 'a cross term that no share covers is missing from both sums',
  },
];
