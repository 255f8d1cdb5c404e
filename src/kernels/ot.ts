/** What the kernels of assembly/ot.ts export; pointers are byte offsets in kernel memory. @module */

type Pointer = number;

export interface OtExports {
  foldRows(
    rows: Pointer,
    stride: number,
    bits: number,
    bytes: number,
    sum: Pointer,
    v: Pointer,
    vStride: number,
    add: boolean,
  ): void;
  xorBytes(a: Pointer, b: Pointer, out: Pointer, bytes: number): void;
  correctRow(row: Pointer, u: Pointer, c: Pointer, bit: number, bytes: number): void;
  transposeRows(rows: Pointer, stride: number, blocks: number, tile: Pointer, out: Pointer): void;
  spreadBits(bits: Pointer, first: number, n: number, shift: number, words: Pointer, strideBytes: number): void;
  padInputs(labels: Pointer, m: number, p: number, offset: Pointer, out: Pointer): number;
  gilboaSend32: GilboaSend;
  gilboaSend64: GilboaSend;
  gilboaReceive32: GilboaReceive<number>;
  gilboaReceive64: GilboaReceive<bigint>;
}

type GilboaSend = (
  pad0: Pointer,
  pad1: Pointer,
  m: number,
  p: number,
  x: Pointer,
  message: Pointer,
  sum: Pointer,
  scratch: Pointer,
) => number;

type GilboaReceive<Word> = (
  pad: Pointer,
  m: number,
  p: number,
  choice: Word,
  message: Pointer,
  sum: Pointer,
  scratch: Pointer,
) => void;
