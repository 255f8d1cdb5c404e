/** What the kernels of assembly/ntt.ts and assembly/residues.ts export; pointers are byte offsets in kernel memory. @module */

type Pointer = number;

export interface NttExports {
  nttTable(root: number, n: number, prime: number, out: Pointer): void;
  nttForward(x: Pointer, n: number, table: Pointer, prime: number): void;
  nttInverse(
    x: Pointer,
    n: number,
    table: Pointer,
    prime: number,
    scale: number,
    scaleShoup: number,
    last: number,
    lastShoup: number,
  ): void;
  nttAccumulate(
    x0: Pointer,
    x1: Pointer,
    w: Pointer,
    strideBytes: number,
    count: number,
    accumulator0: Pointer,
    accumulator1: Pointer,
    n: number,
    prime: number,
    power32: number,
    power32Shoup: number,
    one: number,
  ): void;
  nttProduct(
    x: Pointer,
    y: Pointer,
    out: Pointer,
    negative: 0 | 1,
    n: number,
    prime: number,
    power32: number,
    power32Shoup: number,
    one: number,
  ): void;
  addPlanes(
    planes: Pointer,
    strideBytes: number,
    count: number,
    constants: Pointer,
    bias: number,
    out: Pointer,
    n: number,
    prime: number,
  ): void;
  affinePlanes(
    words: Pointer,
    wide: 0 | 1,
    factor: bigint,
    offset: bigint,
    mask: bigint,
    planes: Pointer,
    strideBytes: number,
    n: number,
  ): void;
  ternaryPlane(random: Pointer, out: Pointer, n: number): void;
  binomialPlane(random: Pointer, eta: number, out: Pointer, n: number): void;
  digitPlane(random: Pointer, size: number, out: Pointer, n: number): void;
  uniformResidues(
    random: Pointer,
    count: number,
    mask: number,
    prime: number,
    out: Pointer,
    have: number,
    n: number,
  ): number;
  areResidues(x: Pointer, n: number, prime: number): 0 | 1;
  gatherWords(x: Pointer, indices: Pointer, out: Pointer, n: number): void;
  roundResidues(
    residues: Pointer,
    strideBytes: number,
    count: number,
    constants: Pointer,
    width: number,
    planes: Pointer,
    planeStrideBytes: number,
    n: number,
  ): void;
  messages(
    residues: Pointer,
    strideBytes: number,
    count: number,
    constants: Pointer,
    planes: Pointer,
    planeStrideBytes: number,
    planeCount: number,
    liftB: number,
    drop: number,
    mask: bigint,
    wide: 0 | 1,
    out: Pointer,
    n: number,
  ): void;
}

/** Products that one accumulation may add up: below 2^60 each, in 64 bits. */
export const MOST_TERMS = 16;

/** Bytes of a record of constants of `roundResidues` and `messages`. */
export const RECORD_BYTES = 40;
