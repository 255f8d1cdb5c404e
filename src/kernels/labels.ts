/** What the label kernels of assembly/labels.ts export; pointers are byte offsets in kernel memory. @module */

type Pointer = number;

/** Term kernels exist for 32-bit and 64-bit words; a coefficient is a number or a bigint accordingly. */
interface TermKernels<C> {
  term: (
    y: Pointer,
    invertY: number,
    delta: Pointer,
    cipherY: Pointer,
    gate: Pointer,
    invertGate: number,
    hashGate: Pointer,
    gated: number,
    coefficient: C,
    corrections: Pointer,
    accumulator: Pointer,
    ones: Pointer,
    n: number,
  ) => void;
  ones: (
    gate: Pointer,
    invertGate: number,
    hashGate: Pointer,
    corrections: Pointer,
    accumulator: Pointer,
    ones: Pointer,
    n: number,
  ) => void;
  evaluateTerm: (
    y: Pointer,
    cipherY: Pointer,
    gate: Pointer,
    hashGate: Pointer,
    gated: number,
    coefficient: C,
    corrections: Pointer,
    accumulator: Pointer,
    n: number,
  ) => void;
  evaluateOnes: (gate: Pointer, hashGate: Pointer, corrections: Pointer, accumulator: Pointer, n: number) => void;
  addOnes: (accumulator: Pointer, ones: Pointer, n: number) => void;
}

export interface LabelExports {
  xorLabels(a: Pointer, b: Pointer, out: Pointer, n: number): void;
  selectLabels(
    labels: Pointer,
    words: Pointer,
    strideBytes: number,
    shift: number,
    delta: Pointer,
    out: Pointer,
    n: number,
  ): void;
  garblePrepare(a: Pointer, a2: Pointer, invert: number, delta: Pointer, out: Pointer, n: number): void;
  evaluatePrepare(a: Pointer, a2: Pointer, out: Pointer, n: number): void;
  garbleAnd(
    sigma: Pointer,
    delta: Pointer,
    cipher: Pointer,
    tables: Pointer,
    post: Pointer,
    out: Pointer,
    n: number,
  ): void;
  evaluateAnd(sigma: Pointer, cipher: Pointer, tables: Pointer, post: Pointer, out: Pointer, n: number): void;
  colours(labels: Pointer, flip: number, out: Pointer, n: number): void;
  decode(labels: Pointer, permutation: Pointer, out: Pointer, n: number): void;
  finishHash(s: Pointer, e: Pointer, n: number): void;
  garbleTerm32: TermKernels<number>['term'];
  garbleTerm64: TermKernels<bigint>['term'];
  garbleOnes32: TermKernels<number>['ones'];
  garbleOnes64: TermKernels<bigint>['ones'];
  evaluateTerm32: TermKernels<number>['evaluateTerm'];
  evaluateTerm64: TermKernels<bigint>['evaluateTerm'];
  evaluateOnes32: TermKernels<number>['evaluateOnes'];
  evaluateOnes64: TermKernels<bigint>['evaluateOnes'];
  addOnes32: TermKernels<number>['addOnes'];
  addOnes64: TermKernels<bigint>['addOnes'];
}

/** The label kernels for words of `bits`, with the coefficient ±2^shift in the type that they take. */
export interface WordKernels {
  term(...args: TermArguments): void;
  ones: TermKernels<number>['ones'];
  evaluateTerm(...args: EvaluateArguments): void;
  evaluateOnes: TermKernels<number>['evaluateOnes'];
  addOnes: TermKernels<number>['addOnes'];
}

type TermArguments = Parameters<TermKernels<bigint>['term']>;
type EvaluateArguments = Parameters<TermKernels<bigint>['evaluateTerm']>;

/** Words of 32 bits carry outputs up to 32 bits wide, words of 64 the wider ones. */
export function wordKernels(exports: LabelExports, bits: 32 | 64): WordKernels {
  if (bits === 64) {
    return {
      term: exports.garbleTerm64,
      ones: exports.garbleOnes64,
      evaluateTerm: exports.evaluateTerm64,
      evaluateOnes: exports.evaluateOnes64,
      addOnes: exports.addOnes64,
    };
  }
  return {
    term: (y, invertY, delta, cipherY, gate, invertGate, hashGate, gated, coefficient, ...rest) =>
      exports.garbleTerm32(y, invertY, delta, cipherY, gate, invertGate, hashGate, gated, Number(coefficient), ...rest),
    ones: exports.garbleOnes32,
    evaluateTerm: (y, hashY, gate, hashGate, gated, coefficient, ...rest) =>
      exports.evaluateTerm32(y, hashY, gate, hashGate, gated, Number(coefficient), ...rest),
    evaluateOnes: exports.evaluateOnes32,
    addOnes: exports.addOnes32,
  };
}
