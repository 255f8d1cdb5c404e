/**
 * Matrix products with many rows on the left, generic in the element type. The right operand is packed in panels, DEPTH rows at a time, so
 * that the inner loop reads it in order.
 *
 * In a commutative ring a pair of products costs one (Winograd, "A new algorithm for inner product", IEEE Trans. Computers C-17, 1968):
 *
 *     a0 b0 + a1 b1 = (a0 + b1) (a1 + b0) - a0 a1 - b0 b1
 *
 * The sums of a0 a1 along a row and of b0 b1 down a column are computed once; the latter lie, negated, at the head of each panel.
 */

/** Rows of a panel: 256 rows of 32 bytes are 8 KiB. */
const DEPTH: i32 = 256;
/** Rows of the left operand that meet all panels in turn: 16 rows of DEPTH are 16 or 32 KiB. */
const ROWS: i32 = 16;
/** Bytes of a row of a panel: two vectors, or one where the last columns fit it. */
const WIDE: usize = 32;
const NARROW: usize = 16;

// @ts-ignore: decorator
@inline
function panelBytes(bytesLeft: usize): usize {
  return bytesLeft > NARROW ? WIDE : NARROW;
}

// @ts-ignore: decorator
@inline
function packedSize<T>(inner: i32, columns: i32): i32 {
  const lanes = <i32>(NARROW / sizeof<T>());
  const heads = (inner + DEPTH - 1) / DEPTH;
  return (inner + heads) * ((columns + lanes - 1) & -lanes);
}

// @ts-ignore: decorator
@inline
function pack<T>(right: usize, stride: i32, inner: i32, columns: i32, packed: usize): void {
  const step = <usize>stride * sizeof<T>();
  const rowBytes = <usize>columns * sizeof<T>();
  for (let k0 = 0; k0 < inner; k0 += DEPTH) {
    const depth = min(DEPTH, inner - k0);
    for (let column: usize = 0; column < rowBytes; ) {
      const width = panelBytes(rowBytes - column);
      const used = min(width, rowBytes - column);
      const head = packed;
      let source = right + <usize>k0 * step + column;
      packed += width;
      for (let k = 0; k < depth; k++) {
        if (used == WIDE) {
          v128.store(packed, v128.load(source));
          v128.store(packed, v128.load(source, 16), 16);
        } else {
          memory.copy(packed, source, used);
          memory.fill(packed + used, 0, width - used);
        }
        packed += width;
        source += step;
      }
      const end = head + width + <usize>(depth & ~1) * width;
      for (let q: usize = 0; q < width; q += 16) {
        let sum = i64x2.splat(0);
        for (let pair = head + width + q; pair < end; pair += width << 1) {
          sum = v128.sub<T>(sum, v128.mul<T>(v128.load(pair), v128.load(pair + width)));
        }
        v128.store(head + q, sum);
      }
      column += width;
    }
  }
}

/** The sum of a0 a1 over the pairs of a row of `depth` elements. */
// @ts-ignore: decorator
@inline
function rowTerm<T>(a: usize, depth: i32): T {
  let sum: T = 0;
  const end = a + <usize>(depth & ~1) * sizeof<T>();
  if (sizeof<T>() == 4) {
    let sums = i32x4.splat(0);
    for (const whole = a + ((<usize>(depth & ~3)) << 2); a < whole; a += 16) {
      const x = v128.load(a);
      sums = i32x4.add(sums, i32x4.mul(x, v128.shuffle<u32>(x, x, 1, 0, 3, 2)));
    }
    sum = <T>(i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 2));
  }
  for (; a < end; a += 2 * sizeof<T>()) sum += load<T>(a) * load<T>(a + sizeof<T>());
  return sum;
}

/**
 * c [2 rows, 32 bytes] (+)= a [2, depth] times a panel. The rows of a, their terms and c are `nextA`, `nextTerm` and `nextC` bytes
 * apart (0: one row, twice).
 */
// @ts-ignore: decorator
@inline
function wideBlock<T>(
  a: usize,
  nextA: usize,
  terms: usize,
  nextTerm: usize,
  panel: usize,
  c: usize,
  nextC: usize,
  depth: i32,
  add: bool,
): void {
  const term0 = v128.load_splat<T>(terms);
  const term1 = v128.load_splat<T>(terms + nextTerm);
  let c00 = v128.sub<T>(v128.load(panel), term0);
  let c01 = v128.sub<T>(v128.load(panel, 16), term0);
  let c10 = v128.sub<T>(v128.load(panel), term1);
  let c11 = v128.sub<T>(v128.load(panel, 16), term1);
  let b = panel + WIDE;
  let other = a + nextA;
  const end = a + <usize>(depth & ~1) * sizeof<T>();
  while (a < end) {
    const x0 = v128.load_splat<T>(a);
    const x1 = v128.load_splat<T>(a + sizeof<T>());
    const y0 = v128.load_splat<T>(other);
    const y1 = v128.load_splat<T>(other + sizeof<T>());
    const b00 = v128.load(b);
    const b10 = v128.load(b, 32);
    c00 = v128.add<T>(c00, v128.mul<T>(v128.add<T>(x0, b10), v128.add<T>(x1, b00)));
    c10 = v128.add<T>(c10, v128.mul<T>(v128.add<T>(y0, b10), v128.add<T>(y1, b00)));
    const b01 = v128.load(b, 16);
    const b11 = v128.load(b, 48);
    c01 = v128.add<T>(c01, v128.mul<T>(v128.add<T>(x0, b11), v128.add<T>(x1, b01)));
    c11 = v128.add<T>(c11, v128.mul<T>(v128.add<T>(y0, b11), v128.add<T>(y1, b01)));
    a += 2 * sizeof<T>();
    other += 2 * sizeof<T>();
    b += 2 * WIDE;
  }
  if (depth & 1) {
    const x = v128.load_splat<T>(a);
    const y = v128.load_splat<T>(other);
    c00 = v128.add<T>(c00, v128.mul<T>(x, v128.load(b)));
    c01 = v128.add<T>(c01, v128.mul<T>(x, v128.load(b, 16)));
    c10 = v128.add<T>(c10, v128.mul<T>(y, v128.load(b)));
    c11 = v128.add<T>(c11, v128.mul<T>(y, v128.load(b, 16)));
  }
  const d = c + nextC;
  if (add) {
    // all loads before the first store: c and d may be the same row
    c00 = v128.add<T>(c00, v128.load(c));
    c01 = v128.add<T>(c01, v128.load(c, 16));
    c10 = v128.add<T>(c10, v128.load(d));
    c11 = v128.add<T>(c11, v128.load(d, 16));
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(d, c10);
  v128.store(d, c11, 16);
}

/** As wideBlock, 16 bytes wide. */
// @ts-ignore: decorator
@inline
function narrowBlock<T>(
  a: usize,
  nextA: usize,
  terms: usize,
  nextTerm: usize,
  panel: usize,
  c: usize,
  nextC: usize,
  depth: i32,
  add: bool,
): void {
  let c0 = v128.sub<T>(v128.load(panel), v128.load_splat<T>(terms));
  let c1 = v128.sub<T>(v128.load(panel), v128.load_splat<T>(terms + nextTerm));
  let b = panel + NARROW;
  let other = a + nextA;
  const end = a + <usize>(depth & ~1) * sizeof<T>();
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.add<T>(v128.load_splat<T>(a), b1);
    const x1 = v128.add<T>(v128.load_splat<T>(a + sizeof<T>()), b0);
    c0 = v128.add<T>(c0, v128.mul<T>(x0, x1));
    const y0 = v128.add<T>(v128.load_splat<T>(other), b1);
    const y1 = v128.add<T>(v128.load_splat<T>(other + sizeof<T>()), b0);
    c1 = v128.add<T>(c1, v128.mul<T>(y0, y1));
    a += 2 * sizeof<T>();
    other += 2 * sizeof<T>();
    b += 2 * NARROW;
  }
  if (depth & 1) {
    c0 = v128.add<T>(c0, v128.mul<T>(v128.load_splat<T>(a), v128.load(b)));
    c1 = v128.add<T>(c1, v128.mul<T>(v128.load_splat<T>(other), v128.load(b)));
  }
  const d = c + nextC;
  if (add) {
    c0 = v128.add<T>(c0, v128.load(c));
    c1 = v128.add<T>(c1, v128.load(d));
  }
  v128.store(c, c0);
  v128.store(d, c1);
}

// @ts-ignore: decorator
@inline
function multiply<T>(
  rows: i32,
  inner: i32,
  columns: i32,
  left: usize,
  leftStride: i32,
  packed: usize,
  out: usize,
  outStride: i32,
  scratch: usize,
): void {
  const nextA = <usize>leftStride * sizeof<T>();
  const nextC = <usize>outStride * sizeof<T>();
  const rowBytes = <usize>columns * sizeof<T>();
  const terms = scratch + 2 * WIDE;
  for (let k0 = 0; k0 < inner; k0 += DEPTH) {
    const depth = min(DEPTH, inner - k0);
    const add = k0 > 0;
    let end = packed;
    for (let i0 = 0; i0 < rows; i0 += ROWS) {
      const i1 = min(rows, i0 + ROWS);
      const first = left + <usize>i0 * nextA + <usize>k0 * sizeof<T>();
      for (let i = i0, a = first, term = terms; i < i1; i++) {
        store<T>(term, rowTerm<T>(a, depth));
        a += nextA;
        term += sizeof<T>();
      }
      let panel = packed;
      for (let column: usize = 0; column < rowBytes; ) {
        const width = panelBytes(rowBytes - column);
        const used = min(width, rowBytes - column);
        let a = first;
        let term = terms;
        let c = out + <usize>i0 * nextC + column;
        for (let i = i0; i < i1; i += 2) {
          // an odd last row is computed twice
          const pair = i + 1 < i1;
          const stepA: usize = pair ? nextA : 0;
          const stepTerm: usize = pair ? sizeof<T>() : 0;
          const whole = used == width;
          const to = whole ? c : scratch;
          const stepTo: usize = pair ? (whole ? nextC : width) : 0;
          if (width == WIDE) wideBlock<T>(a, stepA, term, stepTerm, panel, to, stepTo, depth, whole && add);
          else narrowBlock<T>(a, stepA, term, stepTerm, panel, to, stepTo, depth, whole && add);
          if (!whole) {
            for (let q: usize = 0; q < used; q += sizeof<T>()) {
              store<T>(c + q, load<T>(scratch + q) + (add ? load<T>(c + q) : 0));
              if (!pair) continue;
              const d = c + nextC + q;
              store<T>(d, load<T>(scratch + width + q) + (add ? load<T>(d) : 0));
            }
          }
          a += nextA << 1;
          c += nextC << 1;
          term += 2 * sizeof<T>();
        }
        panel += <usize>(depth + 1) * width;
        column += width;
      }
      end = panel;
    }
    packed = end;
  }
}

/** Elements of the packed form of [inner, columns]. */
export function packedSize32(inner: i32, columns: i32): i32 {
  return packedSize<u32>(inner, columns);
}

export function packedSize64(inner: i32, columns: i32): i32 {
  return packedSize<u64>(inner, columns);
}

/** right [inner, columns], rows `stride` apart, to panels at `packed`. Columns that a panel has too many are zero. */
export function pack32(right: usize, stride: i32, inner: i32, columns: i32, packed: usize): void {
  pack<u32>(right, stride, inner, columns, packed);
}

export function pack64(right: usize, stride: i32, inner: i32, columns: i32, packed: usize): void {
  pack<u64>(right, stride, inner, columns, packed);
}

/** out [rows, columns] = left [rows, inner] times the packed right operand; inner > 0. `scratch` is of 192 bytes. */
export function multiply32(
  rows: i32,
  inner: i32,
  columns: i32,
  left: usize,
  leftStride: i32,
  packed: usize,
  out: usize,
  outStride: i32,
  scratch: usize,
): void {
  multiply<u32>(rows, inner, columns, left, leftStride, packed, out, outStride, scratch);
}

export function multiply64(
  rows: i32,
  inner: i32,
  columns: i32,
  left: usize,
  leftStride: i32,
  packed: usize,
  out: usize,
  outStride: i32,
  scratch: usize,
): void {
  multiply<u64>(rows, inner, columns, left, leftStride, packed, out, outStride, scratch);
}
