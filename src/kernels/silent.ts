/** What the kernels of assembly/silent.ts export; pointers are byte offsets in kernel memory. @module */

type Pointer = number;

export interface SilentExports {
  treeGrow(nodes: Pointer, sigmas: Pointer, cipher: Pointer, n: number, children: Pointer, sums: Pointer): void;
  treeMend(nodes: Pointer, n: number, place: number, what: Pointer): void;
  codeEncode(
    leaves: Pointer,
    n: number,
    place: number,
    what: Pointer,
    stream: Pointer,
    base: Pointer,
    mask: number,
    labels: Pointer,
  ): void;
  labelsCorrect(labels: Pointer, bits: Pointer, first: number, delta: Pointer, n: number): void;
  labelsColours(labels: Pointer, bits: Pointer, first: number, n: number): void;
}
