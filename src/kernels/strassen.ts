/**
 * Large matrix products by seven half-sized ones instead of eight: Strassen's method in Winograd's form. In a ring it is exact, so
 * that it costs only its additions, 15 of quarter matrices.
 * Schedule with two temporaries: Boyer, Dumas, Pernet, Zhou, ISSAC 2009, table 1.
 * @module
 */

/** A matrix in kernel memory: byte offset of its first element, and the elements from row to row. */
export interface Matrix {
  readonly at: number;
  readonly stride: number;
}

/** Rows and columns of the left operand, columns of the right one. */
export type ProductSize = readonly [rows: number, inner: number, columns: number];

type Combine = (
  rows: number,
  columns: number,
  a: number,
  aStride: number,
  b: number,
  bStride: number,
  out: number,
  outStride: number,
) => void;

/** What a ring does with matrices; `out` of add and sub may be one of the operands. */
export interface Arithmetic {
  readonly elementBytes: number;
  readonly add: Combine;
  readonly sub: Combine;
  /** The byte offset of scratch for so many elements, until the enclosing `withScratch` ends. */
  scratch(elements: number): number;
  withScratch(body: () => void): void;
  /** c = a b, the plain way; overwrites c. */
  multiply(size: ProductSize, a: Matrix, b: Matrix, c: Matrix): void;
}

/** Sides of halves, at least: a level saves an eighth of the products, and on smaller matrices its additions cost as much (measured). */
const LEAST_HALF = 64;

function isWorthSplitting(size: ProductSize): boolean {
  return size.every((side) => side % 2 === 0 && side >= 2 * LEAST_HALF);
}

/** c = a b; c overlaps neither. */
export function strassen(ring: Arithmetic, size: ProductSize, a: Matrix, b: Matrix, c: Matrix): void {
  if (isWorthSplitting(size)) ring.withScratch(() => split(ring, size, a, b, c));
  else ring.multiply(size, a, b, c);
}

/** Elements of scratch at all levels together. */
export function splitElements(size: ProductSize): number {
  if (!isWorthSplitting(size)) return 0;
  const [rows, inner, columns] = size.map((side) => side / 2) as [number, number, number];
  return rows * Math.max(inner, columns) + inner * columns + splitElements([rows, inner, columns]);
}

function split(ring: Arithmetic, size: ProductSize, a: Matrix, b: Matrix, c: Matrix): void {
  const [rows, inner, columns] = size.map((side) => side / 2) as [number, number, number];
  const half: ProductSize = [rows, inner, columns];
  const quarter = ({ at, stride }: Matrix, down: number, right: number): Matrix => ({
    at: at + (down * stride + right) * ring.elementBytes,
    stride,
  });
  const a11 = a;
  const a12 = quarter(a, 0, inner);
  const a21 = quarter(a, rows, 0);
  const a22 = quarter(a, rows, inner);
  const b11 = b;
  const b12 = quarter(b, 0, columns);
  const b21 = quarter(b, inner, 0);
  const b22 = quarter(b, inner, columns);
  const c11 = c;
  const c12 = quarter(c, 0, columns);
  const c21 = quarter(c, rows, 0);
  const c22 = quarter(c, rows, columns);
  // of a quarter of a, then of one of c
  const x = ring.scratch(rows * Math.max(inner, columns));
  const s: Matrix = { at: x, stride: inner };
  const p: Matrix = { at: x, stride: columns };
  const t: Matrix = { at: ring.scratch(inner * columns), stride: columns };

  const combine =
    (operation: Combine, height: number, width: number) =>
    (out: Matrix, left: Matrix, right: Matrix): void =>
      operation(height, width, left.at, left.stride, right.at, right.stride, out.at, out.stride);
  const subA = combine(ring.sub, rows, inner);
  const addA = combine(ring.add, rows, inner);
  const subB = combine(ring.sub, inner, columns);
  const addC = combine(ring.add, rows, columns);
  const subC = combine(ring.sub, rows, columns);
  const product = (out: Matrix, left: Matrix, right: Matrix): void => strassen(ring, half, left, right, out);

  subA(s, a11, a21);
  subB(t, b22, b12);
  product(c21, s, t);
  addA(s, a21, a22);
  subB(t, b12, b11);
  product(c22, s, t);
  subA(s, s, a11);
  subB(t, b22, t);
  product(c12, s, t);
  subA(s, a12, s);
  product(c11, s, b22);
  product(p, a11, b11);
  addC(c12, p, c12);
  addC(c21, c12, c21);
  addC(c12, c12, c22);
  addC(c22, c21, c22);
  addC(c12, c12, c11);
  subB(t, t, b21);
  product(c11, a22, t);
  subC(c21, c21, c11);
  product(c11, a12, b21);
  addC(c11, p, c11);
}
