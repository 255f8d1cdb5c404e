/**
 * Matrix products over Z_2^32.
 *
 * Many rows on the left: `pack32` lays the right operand out in panels of 16, 8 or 4 columns, DEPTH rows at a time, so that
 * the inner loop reads it in order, and `multiply32` runs a register block over the panels. Few rows: `stream32` reads the
 * right operand once, as it lies.
 *
 * The register blocks take two steps of depth a turn and leave in the middle where the depth is odd. The exit between the
 * steps is deliberate: without it the compiler loads both steps' operands first and runs out of registers.
 */

/** Rows of a packed panel: 256 rows of 16 columns are 16 KiB, half of a small first-level cache. */
const DEPTH: i32 = 256;
/** Rows of the left operand that meet all panels in turn: 32 rows of DEPTH are 32 KiB. */
const ROWS: i32 = 32;

/** The width of the panel that covers the first of `columns` columns. Columns that a panel has too many are zero. */
// @ts-ignore: decorator
@inline
function panelWidth(columns: i32): i32 {
  return columns > 12 ? 16 : columns > 4 ? 8 : 4;
}

/** Elements of the packed form of [inner, columns]. */
export function packedSize32(inner: i32, columns: i32): i32 {
  let width = 0;
  for (let j = 0; j < columns; ) {
    const panel = panelWidth(columns - j);
    width += panel;
    j += panel;
  }
  return inner * width;
}

/** right [inner, columns], rows `stride` apart, to panels at `packed`. */
export function pack32(right: usize, stride: i32, inner: i32, columns: i32, packed: usize): void {
  const step = (<usize>stride) << 2;
  for (let k0 = 0; k0 < inner; k0 += DEPTH) {
    const depth = min(DEPTH, inner - k0);
    for (let j = 0; j < columns; ) {
      const width = panelWidth(columns - j);
      const used = min(width, columns - j);
      const bytes = (<usize>width) << 2;
      let source = right + ((<usize>k0 * stride + j) << 2);
      for (let k = 0; k < depth; k++) {
        if (used == 16) {
          v128.store(packed, v128.load(source));
          v128.store(packed, v128.load(source, 16), 16);
          v128.store(packed, v128.load(source, 32), 32);
          v128.store(packed, v128.load(source, 48), 48);
        } else {
          let q = 0;
          for (; q + 4 <= used; q += 4) v128.store(packed + (<usize>q << 2), v128.load(source + (<usize>q << 2)));
          for (; q < used; q++) store<u32>(packed + (<usize>q << 2), load<u32>(source + (<usize>q << 2)));
          for (; q < width; q++) store<u32>(packed + (<usize>q << 2), 0);
        }
        packed += bytes;
        source += step;
      }
      j += width;
    }
  }
}

/** c [2, 16] (+)= a [2, depth] b [depth, 16]; the rows of a and c are `nextA`, `nextC` bytes apart (0: one row, twice). */
function block2x16(a: usize, nextA: usize, b: usize, c: usize, nextC: usize, depth: i32, add: bool): void {
  const zero = i32x4.splat(0);
  let c00 = zero;
  let c01 = zero;
  let c02 = zero;
  let c03 = zero;
  let c10 = zero;
  let c11 = zero;
  let c12 = zero;
  let c13 = zero;
  let other = a + nextA;
  const end = a + ((<usize>depth) << 2);
  const middle = end - 4;
  while (true) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
    const x0 = v128.load_splat<u32>(a);
    c00 = i32x4.add(c00, i32x4.mul(x0, b0));
    c01 = i32x4.add(c01, i32x4.mul(x0, b1));
    c02 = i32x4.add(c02, i32x4.mul(x0, b2));
    c03 = i32x4.add(c03, i32x4.mul(x0, b3));
    const x1 = v128.load_splat<u32>(other);
    c10 = i32x4.add(c10, i32x4.mul(x1, b0));
    c11 = i32x4.add(c11, i32x4.mul(x1, b1));
    c12 = i32x4.add(c12, i32x4.mul(x1, b2));
    c13 = i32x4.add(c13, i32x4.mul(x1, b3));
    if (a == middle) break;
    const d0 = v128.load(b, 64);
    const d1 = v128.load(b, 80);
    const d2 = v128.load(b, 96);
    const d3 = v128.load(b, 112);
    const y0 = v128.load_splat<u32>(a, 4);
    c00 = i32x4.add(c00, i32x4.mul(y0, d0));
    c01 = i32x4.add(c01, i32x4.mul(y0, d1));
    c02 = i32x4.add(c02, i32x4.mul(y0, d2));
    c03 = i32x4.add(c03, i32x4.mul(y0, d3));
    const y1 = v128.load_splat<u32>(other, 4);
    c10 = i32x4.add(c10, i32x4.mul(y1, d0));
    c11 = i32x4.add(c11, i32x4.mul(y1, d1));
    c12 = i32x4.add(c12, i32x4.mul(y1, d2));
    c13 = i32x4.add(c13, i32x4.mul(y1, d3));
    other += 8;
    b += 128;
    a += 8;
    if (a == end) break;
  }
  const d = c + nextC;
  if (add) {
    // all loads before the first store: c and d may be the same row
    c00 = i32x4.add(c00, v128.load(c));
    c01 = i32x4.add(c01, v128.load(c, 16));
    c02 = i32x4.add(c02, v128.load(c, 32));
    c03 = i32x4.add(c03, v128.load(c, 48));
    c10 = i32x4.add(c10, v128.load(d));
    c11 = i32x4.add(c11, v128.load(d, 16));
    c12 = i32x4.add(c12, v128.load(d, 32));
    c13 = i32x4.add(c13, v128.load(d, 48));
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c02, 32);
  v128.store(c, c03, 48);
  v128.store(d, c10);
  v128.store(d, c11, 16);
  v128.store(d, c12, 32);
  v128.store(d, c13, 48);
}

/** c [2, 8] (+)= a [2, depth] b [depth, 8]; as block2x16. */
function block2x8(a: usize, nextA: usize, b: usize, c: usize, nextC: usize, depth: i32, add: bool): void {
  const zero = i32x4.splat(0);
  let c00 = zero;
  let c01 = zero;
  let c10 = zero;
  let c11 = zero;
  let other = a + nextA;
  const end = a + ((<usize>depth) << 2);
  const middle = end - 4;
  while (true) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.load_splat<u32>(a);
    c00 = i32x4.add(c00, i32x4.mul(x0, b0));
    c01 = i32x4.add(c01, i32x4.mul(x0, b1));
    const x1 = v128.load_splat<u32>(other);
    c10 = i32x4.add(c10, i32x4.mul(x1, b0));
    c11 = i32x4.add(c11, i32x4.mul(x1, b1));
    if (a == middle) break;
    const d0 = v128.load(b, 32);
    const d1 = v128.load(b, 48);
    const y0 = v128.load_splat<u32>(a, 4);
    c00 = i32x4.add(c00, i32x4.mul(y0, d0));
    c01 = i32x4.add(c01, i32x4.mul(y0, d1));
    const y1 = v128.load_splat<u32>(other, 4);
    c10 = i32x4.add(c10, i32x4.mul(y1, d0));
    c11 = i32x4.add(c11, i32x4.mul(y1, d1));
    other += 8;
    b += 64;
    a += 8;
    if (a == end) break;
  }
  const d = c + nextC;
  if (add) {
    c00 = i32x4.add(c00, v128.load(c));
    c01 = i32x4.add(c01, v128.load(c, 16));
    c10 = i32x4.add(c10, v128.load(d));
    c11 = i32x4.add(c11, v128.load(d, 16));
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(d, c10);
  v128.store(d, c11, 16);
}

/** c [2, 4] (+)= a [2, depth] b [depth, 4]; as block2x16. */
function block2x4(a: usize, nextA: usize, b: usize, c: usize, nextC: usize, depth: i32, add: bool): void {
  let c0 = i32x4.splat(0);
  let c1 = i32x4.splat(0);
  let other = a + nextA;
  const end = a + ((<usize>depth) << 2);
  const middle = end - 4;
  while (true) {
    const b0 = v128.load(b);
    c0 = i32x4.add(c0, i32x4.mul(v128.load_splat<u32>(a), b0));
    c1 = i32x4.add(c1, i32x4.mul(v128.load_splat<u32>(other), b0));
    if (a == middle) break;
    const d0 = v128.load(b, 16);
    c0 = i32x4.add(c0, i32x4.mul(v128.load_splat<u32>(a, 4), d0));
    c1 = i32x4.add(c1, i32x4.mul(v128.load_splat<u32>(other, 4), d0));
    other += 8;
    b += 32;
    a += 8;
    if (a == end) break;
  }
  const d = c + nextC;
  if (add) {
    c0 = i32x4.add(c0, v128.load(c));
    c1 = i32x4.add(c1, v128.load(d));
  }
  v128.store(c, c0);
  v128.store(d, c1);
}

// @ts-ignore: decorator
@inline
function block(
  width: i32,
  a: usize,
  nextA: usize,
  b: usize,
  c: usize,
  nextC: usize,
  depth: i32,
  add: bool,
): void {
  if (width == 16) block2x16(a, nextA, b, c, nextC, depth, add);
  else if (width == 8) block2x8(a, nextA, b, c, nextC, depth, add);
  else block2x4(a, nextA, b, c, nextC, depth, add);
}

/** out [rows, columns] = left [rows, inner] times the packed right operand; inner > 0. `tile` is 128 bytes of scratch. */
export function multiply32(
  rows: i32,
  inner: i32,
  columns: i32,
  left: usize,
  leftStride: i32,
  packed: usize,
  out: usize,
  outStride: i32,
  tile: usize,
): void {
  const nextA = (<usize>leftStride) << 2;
  const nextC = (<usize>outStride) << 2;
  for (let k0 = 0; k0 < inner; k0 += DEPTH) {
    const depth = min(DEPTH, inner - k0);
    const add = k0 > 0;
    let end = packed;
    for (let i0 = 0; i0 < rows; i0 += ROWS) {
      const i1 = min(rows, i0 + ROWS);
      let panel = packed;
      for (let j = 0; j < columns; ) {
        const width = panelWidth(columns - j);
        const used = min(width, columns - j);
        const rowBytes = (<usize>width) << 2;
        let a = left + <usize>i0 * nextA + ((<usize>k0) << 2);
        let c = out + <usize>i0 * nextC + ((<usize>j) << 2);
        for (let i = i0; i < i1; i += 2) {
          // an odd last row is computed twice
          const pair = i + 1 < i1;
          const stepA: usize = pair ? nextA : 0;
          if (used == width) {
            block(width, a, stepA, panel, c, pair ? nextC : 0, depth, add);
          } else {
            block(width, a, stepA, panel, tile, pair ? rowBytes : 0, depth, false);
            for (let q: usize = 0; q < (<usize>used) << 2; q += 4) {
              store<u32>(c + q, load<u32>(tile + q) + (add ? load<u32>(c + q) : 0));
            }
            if (pair) {
              const d = c + nextC;
              for (let q: usize = 0; q < (<usize>used) << 2; q += 4) {
                store<u32>(d + q, load<u32>(tile + rowBytes + q) + (add ? load<u32>(d + q) : 0));
              }
            }
          }
          a += nextA << 1;
          c += nextC << 1;
        }
        panel += <usize>depth * rowBytes;
        j += width;
      }
      end = panel;
    }
    packed = end;
  }
}

/** c [columns] += x [4] r [4, columns], x and the rows of r at their own addresses. */
function row4(x: usize, r0: usize, next: usize, c: usize, bytes: usize): void {
  const x0 = v128.load_splat<u32>(x);
  const x1 = v128.load_splat<u32>(x, 4);
  const x2 = v128.load_splat<u32>(x, 8);
  const x3 = v128.load_splat<u32>(x, 12);
  let r1 = r0 + next;
  let r2 = r1 + next;
  let r3 = r2 + next;
  const end = c + bytes;
  for (const whole = c + (bytes & ~(<usize>15)); c < whole; c += 16) {
    const p = i32x4.add(i32x4.mul(x0, v128.load(r0)), i32x4.mul(x1, v128.load(r1)));
    const q = i32x4.add(i32x4.mul(x2, v128.load(r2)), i32x4.mul(x3, v128.load(r3)));
    v128.store(c, i32x4.add(v128.load(c), i32x4.add(p, q)));
    r0 += 16;
    r1 += 16;
    r2 += 16;
    r3 += 16;
  }
  for (; c < end; c += 4) {
    const p = load<u32>(x) * load<u32>(r0) + load<u32>(x, 4) * load<u32>(r1);
    const q = load<u32>(x, 8) * load<u32>(r2) + load<u32>(x, 12) * load<u32>(r3);
    store<u32>(c, load<u32>(c) + p + q);
    r0 += 4;
    r1 += 4;
    r2 += 4;
    r3 += 4;
  }
}

/** As row4 for two rows x, y of the left operand and their results c, d. */
function rowPair4(x: usize, y: usize, r0: usize, next: usize, c: usize, d: usize, bytes: usize): void {
  const x0 = v128.load_splat<u32>(x);
  const x1 = v128.load_splat<u32>(x, 4);
  const x2 = v128.load_splat<u32>(x, 8);
  const x3 = v128.load_splat<u32>(x, 12);
  const y0 = v128.load_splat<u32>(y);
  const y1 = v128.load_splat<u32>(y, 4);
  const y2 = v128.load_splat<u32>(y, 8);
  const y3 = v128.load_splat<u32>(y, 12);
  let r1 = r0 + next;
  let r2 = r1 + next;
  let r3 = r2 + next;
  const whole = bytes & ~(<usize>15);
  for (let q: usize = 0; q < whole; q += 16) {
    const b0 = v128.load(r0 + q);
    const b1 = v128.load(r1 + q);
    const b2 = v128.load(r2 + q);
    const b3 = v128.load(r3 + q);
    const p = i32x4.add(i32x4.add(i32x4.mul(x0, b0), i32x4.mul(x1, b1)), i32x4.add(i32x4.mul(x2, b2), i32x4.mul(x3, b3)));
    const s = i32x4.add(i32x4.add(i32x4.mul(y0, b0), i32x4.mul(y1, b1)), i32x4.add(i32x4.mul(y2, b2), i32x4.mul(y3, b3)));
    v128.store(c + q, i32x4.add(v128.load(c + q), p));
    v128.store(d + q, i32x4.add(v128.load(d + q), s));
  }
  const rest = bytes - whole;
  if (rest > 0) {
    row4(x, r0 + whole, next, c + whole, rest);
    row4(y, r0 + whole, next, d + whole, rest);
  }
}

/** out [rows, columns] = left [rows, inner] times right [inner, columns]; each with its own distance between rows. */
export function stream32(
  rows: i32,
  inner: i32,
  columns: i32,
  left: usize,
  leftStride: i32,
  right: usize,
  rightStride: i32,
  out: usize,
  outStride: i32,
): void {
  const nextA = (<usize>leftStride) << 2;
  const nextB = (<usize>rightStride) << 2;
  const nextC = (<usize>outStride) << 2;
  const bytes = (<usize>columns) << 2;
  for (let i = 0; i < rows; i++) memory.fill(out + <usize>i * nextC, 0, bytes);
  let k = 0;
  for (; k + 4 <= inner; k += 4) {
    let x = left + ((<usize>k) << 2);
    let c = out;
    let i = 0;
    for (; i + 2 <= rows; i += 2) {
      rowPair4(x, x + nextA, right, nextB, c, c + nextC, bytes);
      x += nextA << 1;
      c += nextC << 1;
    }
    if (i < rows) row4(x, right, nextB, c, bytes);
    right += nextB << 2;
  }
  const whole = bytes & ~(<usize>15);
  for (; k < inner; k++) {
    for (let i = 0; i < rows; i++) {
      const x = load<u32>(left + <usize>i * nextA + ((<usize>k) << 2));
      const splat = i32x4.splat(x);
      const c = out + <usize>i * nextC;
      for (let q: usize = 0; q < whole; q += 16) {
        v128.store(c + q, i32x4.add(v128.load(c + q), i32x4.mul(splat, v128.load(right + q))));
      }
      for (let q = whole; q < bytes; q += 4) store<u32>(c + q, load<u32>(c + q) + x * load<u32>(right + q));
    }
    right += nextB;
  }
}
