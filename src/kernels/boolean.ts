/** What the bit-sliced kernels of assembly/boolean.ts export; pointers are byte offsets in kernel memory. @module */

type Pointer = number;

type ToPlanes = (words: Pointer, n: number, width: number, out: Pointer, planeBytes: number) => void;
type BlockWords = (blocks: Pointer, n: number, at: number, out: Pointer) => void;
type Pack = (from: Pointer, n: number, width: number, to: Pointer) => void;
type OwnBit = (first: Pointer, second: Pointer, flip: number, r: Pointer, out: Pointer, n: number) => void;
type AddBit<C> = (
  plane: Pointer,
  flip: number,
  r: Pointer,
  coefficient: C,
  own: number,
  sum: Pointer,
  n: number,
) => void;
type ReluFactors = (
  a: Pointer,
  width: number,
  shift: number,
  low0: Pointer,
  low1: Pointer,
  top0: Pointer,
  top1: Pointer,
  n: number,
  out: Pointer,
  rowBytes: number,
) => void;
type ReluSum = (
  b: Pointer,
  width: number,
  shift: number,
  low: Pointer,
  top: Pointer,
  own: number,
  n: number,
  r: Pointer,
  rowBytes: number,
  out: Pointer,
) => void;
type Gather<C> = (from: Pointer, lowest: number, indices: Pointer, n: number, pad: C, out: Pointer) => void;
type ShiftedWords<C> = (a: Pointer, width: number, shift: number, less: C, n: number, out: Pointer) => void;
type ReluMasks = (
  keep: Pointer,
  low: Pointer,
  top: Pointer,
  both: Pointer,
  r: Pointer,
  n: number,
  rows: Pointer,
  rowBytes: number,
) => void;
type ReluWords = (
  x: Pointer,
  s: Pointer,
  keep: Pointer,
  low: Pointer,
  top: Pointer,
  both: Pointer,
  hasLow: number,
  wrap: number,
  own: number,
  n: number,
  rows: Pointer,
  rowBytes: number,
  out: Pointer,
) => void;

export interface BooleanExports {
  xorGates(gates: Pointer, count: number, slots: Pointer, vectors: number): void;
  andGates(
    gates: Pointer,
    count: number,
    slots: Pointer,
    vectors: number,
    flipFirst: number,
    flipSecond: number,
    alike: number,
    out: Pointer,
    rowBytes: number,
  ): void;
  knownGates(
    gates: Pointer,
    count: number,
    slots: Pointer,
    vectors: number,
    ownerComponent: number,
    helperComponent: number,
    out: Pointer,
    rowBytes: number,
  ): void;
  andRows(gates: Pointer, count: number, rows: Pointer, strideBytes: number, bytes: number): void;
  placeRows(
    list: Pointer,
    count: number,
    slots: Pointer,
    vectors: number,
    component: number,
    from: Pointer,
    rowBytes: number,
  ): void;
  readonly toPlanes32bit: ToPlanes;
  readonly toPlanes64bit: ToPlanes;
  readonly packBits32: Pack;
  readonly packBits64: Pack;
  readonly unpackBits32: Pack;
  readonly unpackBits64: Pack;
  readonly ownBit32: OwnBit;
  readonly ownBit64: OwnBit;
  readonly addBit32: AddBit<number>;
  readonly addBit64: AddBit<bigint>;
  readonly reluFactors32: ReluFactors;
  readonly reluFactors64: ReluFactors;
  readonly reluSum32: ReluSum;
  readonly reluSum64: ReluSum;
  readonly gather32: Gather<number>;
  readonly gather64: Gather<bigint>;
  indexRange(indices: Pointer, n: number, out: Pointer): void;
  readonly shiftedWords32: ShiftedWords<number>;
  readonly shiftedWords64: ShiftedWords<bigint>;
  readonly reluMasks32: ReluMasks;
  readonly reluMasks64: ReluMasks;
  readonly reluWords32: ReluWords;
  readonly reluWords64: ReluWords;
  blockWords32: BlockWords;
  blockWords64: BlockWords;
  bitStream(a: Pointer, b: Pointer, c: Pointer, out: Pointer, vectors: number): void;
}

/** The exports of one ring under one name; a coefficient is taken mod 2^bits. */
export interface WordKernels {
  readonly toPlanes: ToPlanes;
  readonly pack: Pack;
  readonly unpack: Pack;
  readonly ownBit: OwnBit;
  readonly addBit: AddBit<bigint>;
  readonly reluFactors: ReluFactors;
  readonly reluSum: ReluSum;
  readonly gather: Gather<bigint>;
  readonly shiftedWords: ShiftedWords<bigint>;
  readonly reluMasks: ReluMasks;
  readonly reluWords: ReluWords;
  readonly blockWords: BlockWords;
}

/** Bytes that packing may write, and unpacking read, past the end. */
export const PACK_SLACK = 8;

/** Bytes of a row of n words, of which kernels read and write whole vectors. */
export function wordRowBytes(n: number, bits: 32 | 64): number {
  return 16 * Math.ceil((n * bits) / 128);
}

/** Bytes of n words of `width` bits without gaps. */
export function packedBytes(n: number, width: number): number {
  // beyond 32 bits the low halves travel whole, then the packed rest
  return width <= 32 ? Math.ceil((n * width) / 8) : 4 * n + Math.ceil((n * (width - 32)) / 8);
}

export function wordKernels(exports: BooleanExports, bits: 32 | 64): WordKernels {
  return bits === 32
    ? {
        toPlanes: exports.toPlanes32bit,
        pack: exports.packBits32,
        unpack: exports.unpackBits32,
        ownBit: exports.ownBit32,
        addBit: (plane, flip, r, coefficient, own, sum, n) =>
          exports.addBit32(plane, flip, r, Number(BigInt.asIntN(32, coefficient)), own, sum, n),
        reluFactors: exports.reluFactors32,
        reluSum: exports.reluSum32,
        gather: (from, lowest, indices, n, pad, out) =>
          exports.gather32(from, lowest, indices, n, Number(BigInt.asIntN(32, pad)), out),
        shiftedWords: (a, width, shift, less, n, out) =>
          exports.shiftedWords32(a, width, shift, Number(BigInt.asIntN(32, less)), n, out),
        reluMasks: exports.reluMasks32,
        reluWords: exports.reluWords32,
        blockWords: exports.blockWords32,
      }
    : {
        toPlanes: exports.toPlanes64bit,
        pack: exports.packBits64,
        unpack: exports.unpackBits64,
        ownBit: exports.ownBit64,
        addBit: (plane, flip, r, coefficient, own, sum, n) =>
          exports.addBit64(plane, flip, r, BigInt.asIntN(64, coefficient), own, sum, n),
        reluFactors: exports.reluFactors64,
        reluSum: exports.reluSum64,
        gather: (from, lowest, indices, n, pad, out) =>
          exports.gather64(from, lowest, indices, n, BigInt.asIntN(64, pad), out),
        shiftedWords: (a, width, shift, less, n, out) =>
          exports.shiftedWords64(a, width, shift, BigInt.asIntN(64, less), n, out),
        reluMasks: exports.reluMasks64,
        reluWords: exports.reluWords64,
        blockWords: exports.blockWords64,
      };
}
