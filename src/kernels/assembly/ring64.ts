/**
 * Matrix products over Z_2^64; the ways are those of ring32.ts.
 *
 * With a = a0 + 2^32 a1 and b = b0 + 2^32 b1: a b = a0 b0 + 2^32 (a0 b1 + a1 b0). The first product is summed in 64 bits,
 * the bracket in 32 (what it carries out leaves the ring), and the two meet once at the end. The packed right operand
 * holds its words apart, in panels of 4 columns: four low words, then the four high words.
 */

/** Rows of a packed panel: 256 rows of 4 columns are 8 KiB. */
const DEPTH: i32 = 256;
/** Rows of the left operand that meet all panels in turn: 16 rows of DEPTH are 32 KiB. */
const ROWS: i32 = 16;
/** Rows of the right operand that `stream64` sums in registers before it adds them to the result. */
const STREAMS: i32 = 8;

// @ts-ignore: decorator
@inline
function lowWords(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline
function highWords(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 1, 3, 5, 7);
}

/** Lanes 0 and 1 of sum + 2^32 cross. */
// @ts-ignore: decorator
@inline
function joinLow(sum: v128, cross: v128): v128 {
  return i64x2.add(sum, i64x2.shl(i64x2.extend_low_i32x4_u(cross), 32));
}

/** Lanes 2 and 3. */
// @ts-ignore: decorator
@inline
function joinHigh(sum: v128, cross: v128): v128 {
  return i64x2.add(sum, i64x2.shl(i64x2.extend_high_i32x4_u(cross), 32));
}

/** Adds a0 b1 + a1 b0. */
// @ts-ignore: decorator
@inline
function addCross(cross: v128, a0: v128, a1: v128, b0: v128, b1: v128): v128 {
  return i32x4.add(cross, i32x4.add(i32x4.mul(a0, b1), i32x4.mul(a1, b0)));
}

/** Elements of the packed form of [inner, columns]. */
export function packedSize64(inner: i32, columns: i32): i32 {
  return inner * ((columns + 3) & ~3);
}

/** right [inner, columns], rows `stride` apart, to panels at `packed`. Columns that a panel has too many are zero. */
export function pack64(right: usize, stride: i32, inner: i32, columns: i32, packed: usize): void {
  const step = (<usize>stride) << 3;
  for (let k0 = 0; k0 < inner; k0 += DEPTH) {
    const depth = min(DEPTH, inner - k0);
    for (let j = 0; j < columns; j += 4) {
      let source = right + ((<usize>k0 * stride + j) << 3);
      for (let k = 0; k < depth; k++) {
        if (j + 4 <= columns) {
          const u = v128.load(source);
          const w = v128.load(source, 16);
          v128.store(packed, lowWords(u, w));
          v128.store(packed, highWords(u, w), 16);
        } else {
          for (let r = 0; r < 4; r++) {
            const value: u64 = j + r < columns ? load<u64>(source + (<usize>r << 3)) : 0;
            store<u32>(packed + (<usize>r << 2), <u32>value);
            store<u32>(packed + (<usize>r << 2), <u32>(value >> 32), 16);
          }
        }
        source += step;
        packed += 32;
      }
    }
  }
}

/** c [2, 4] (+)= a [2, depth] b [depth, 4]; the rows of a and c are `nextA`, `nextC` bytes apart (0: one row, twice). */
function block2x4(a: usize, nextA: usize, b: usize, c: usize, nextC: usize, depth: i32, add: bool): void {
  const zero = i64x2.splat(0);
  let s00 = zero;
  let s01 = zero;
  let s10 = zero;
  let s11 = zero;
  let cross0 = zero;
  let cross1 = zero;
  let other = a + nextA;
  const end = a + ((<usize>depth) << 3);
  const middle = end - 8;
  while (true) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.load_splat<u32>(a);
    s00 = i64x2.add(s00, i64x2.extmul_low_i32x4_u(x0, b0));
    s01 = i64x2.add(s01, i64x2.extmul_high_i32x4_u(x0, b0));
    cross0 = addCross(cross0, x0, v128.load_splat<u32>(a, 4), b0, b1);
    const y0 = v128.load_splat<u32>(other);
    s10 = i64x2.add(s10, i64x2.extmul_low_i32x4_u(y0, b0));
    s11 = i64x2.add(s11, i64x2.extmul_high_i32x4_u(y0, b0));
    cross1 = addCross(cross1, y0, v128.load_splat<u32>(other, 4), b0, b1);
    if (a == middle) break;
    const d0 = v128.load(b, 32);
    const d1 = v128.load(b, 48);
    const x2 = v128.load_splat<u32>(a, 8);
    s00 = i64x2.add(s00, i64x2.extmul_low_i32x4_u(x2, d0));
    s01 = i64x2.add(s01, i64x2.extmul_high_i32x4_u(x2, d0));
    cross0 = addCross(cross0, x2, v128.load_splat<u32>(a, 12), d0, d1);
    const y2 = v128.load_splat<u32>(other, 8);
    s10 = i64x2.add(s10, i64x2.extmul_low_i32x4_u(y2, d0));
    s11 = i64x2.add(s11, i64x2.extmul_high_i32x4_u(y2, d0));
    cross1 = addCross(cross1, y2, v128.load_splat<u32>(other, 12), d0, d1);
    other += 16;
    b += 64;
    a += 16;
    if (a == end) break;
  }
  s00 = joinLow(s00, cross0);
  s01 = joinHigh(s01, cross0);
  s10 = joinLow(s10, cross1);
  s11 = joinHigh(s11, cross1);
  const d = c + nextC;
  if (add) {
    // all loads before the first store: c and d may be the same row
    s00 = i64x2.add(s00, v128.load(c));
    s01 = i64x2.add(s01, v128.load(c, 16));
    s10 = i64x2.add(s10, v128.load(d));
    s11 = i64x2.add(s11, v128.load(d, 16));
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(d, s10);
  v128.store(d, s11, 16);
}

/** out [rows, columns] = left [rows, inner] times the packed right operand; inner > 0. `tile` is 128 bytes of scratch. */
export function multiply64(
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
  const nextA = (<usize>leftStride) << 3;
  const nextC = (<usize>outStride) << 3;
  for (let k0 = 0; k0 < inner; k0 += DEPTH) {
    const depth = min(DEPTH, inner - k0);
    const add = k0 > 0;
    let end = packed;
    for (let i0 = 0; i0 < rows; i0 += ROWS) {
      const i1 = min(rows, i0 + ROWS);
      let panel = packed;
      for (let j = 0; j < columns; j += 4) {
        const used = min(4, columns - j);
        let a = left + <usize>i0 * nextA + ((<usize>k0) << 3);
        let c = out + <usize>i0 * nextC + ((<usize>j) << 3);
        for (let i = i0; i < i1; i += 2) {
          // an odd last row is computed twice
          const pair = i + 1 < i1;
          const stepA: usize = pair ? nextA : 0;
          if (used == 4) {
            block2x4(a, stepA, panel, c, pair ? nextC : 0, depth, add);
          } else {
            block2x4(a, stepA, panel, tile, pair ? 32 : 0, depth, false);
            for (let q: usize = 0; q < (<usize>used) << 3; q += 8) {
              store<u64>(c + q, load<u64>(tile + q) + (add ? load<u64>(c + q) : 0));
              if (!pair) continue;
              const d = c + nextC + q;
              store<u64>(d, load<u64>(tile + q, 32) + (add ? load<u64>(d) : 0));
            }
          }
          a += nextA << 1;
          c += nextC << 1;
        }
        panel += (<usize>depth) << 5;
      }
      end = panel;
    }
    packed = end;
  }
}

/** c [4] += x [depth] r [depth, 4], the rows of r `next` bytes apart. */
// @ts-ignore: decorator
@inline
function columns4(x: usize, r: usize, next: usize, depth: i32, c: usize): void {
  let s0 = i64x2.splat(0);
  let s1 = i64x2.splat(0);
  let cross = i32x4.splat(0);
  for (let k = 0; k < depth; k++) {
    const u = v128.load(r);
    const w = v128.load(r, 16);
    const b0 = lowWords(u, w);
    const x0 = v128.load_splat<u32>(x);
    s0 = i64x2.add(s0, i64x2.extmul_low_i32x4_u(x0, b0));
    s1 = i64x2.add(s1, i64x2.extmul_high_i32x4_u(x0, b0));
    cross = addCross(cross, x0, v128.load_splat<u32>(x, 4), b0, highWords(u, w));
    r += next;
    x += 8;
  }
  v128.store(c, i64x2.add(v128.load(c), joinLow(s0, cross)));
  v128.store(c, i64x2.add(v128.load(c, 16), joinHigh(s1, cross)), 16);
}

/** As columns4 for two rows x, y of the left operand and their results c, d. */
// @ts-ignore: decorator
@inline
function columnsPair4(x: usize, y: usize, r: usize, next: usize, depth: i32, c: usize, d: usize): void {
  const zero = i64x2.splat(0);
  let s00 = zero;
  let s01 = zero;
  let s10 = zero;
  let s11 = zero;
  let cross0 = zero;
  let cross1 = zero;
  for (let k = 0; k < depth; k++) {
    const u = v128.load(r);
    const w = v128.load(r, 16);
    const b0 = lowWords(u, w);
    const b1 = highWords(u, w);
    const x0 = v128.load_splat<u32>(x);
    s00 = i64x2.add(s00, i64x2.extmul_low_i32x4_u(x0, b0));
    s01 = i64x2.add(s01, i64x2.extmul_high_i32x4_u(x0, b0));
    cross0 = addCross(cross0, x0, v128.load_splat<u32>(x, 4), b0, b1);
    const y0 = v128.load_splat<u32>(y);
    s10 = i64x2.add(s10, i64x2.extmul_low_i32x4_u(y0, b0));
    s11 = i64x2.add(s11, i64x2.extmul_high_i32x4_u(y0, b0));
    cross1 = addCross(cross1, y0, v128.load_splat<u32>(y, 4), b0, b1);
    r += next;
    x += 8;
    y += 8;
  }
  v128.store(c, i64x2.add(v128.load(c), joinLow(s00, cross0)));
  v128.store(c, i64x2.add(v128.load(c, 16), joinHigh(s01, cross0)), 16);
  v128.store(d, i64x2.add(v128.load(d), joinLow(s10, cross1)));
  v128.store(d, i64x2.add(v128.load(d, 16), joinHigh(s11, cross1)), 16);
}

/** out [rows, columns] = left [rows, inner] times right [inner, columns]; each with its own distance between rows. */
export function stream64(
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
  const nextA = (<usize>leftStride) << 3;
  const nextB = (<usize>rightStride) << 3;
  const nextC = (<usize>outStride) << 3;
  const bytes = (<usize>columns) << 3;
  const whole = bytes & ~(<usize>31);
  for (let i = 0; i < rows; i++) memory.fill(out + <usize>i * nextC, 0, bytes);
  for (let k0 = 0; k0 < inner; k0 += STREAMS) {
    const depth = min(STREAMS, inner - k0);
    let x = left + ((<usize>k0) << 3);
    let c = out;
    for (let i = 0; i < rows; i += 2) {
      if (i + 1 < rows) {
        for (let q: usize = 0; q < whole; q += 32) {
          columnsPair4(x, x + nextA, right + q, nextB, depth, c + q, c + nextC + q);
        }
      } else {
        for (let q: usize = 0; q < whole; q += 32) columns4(x, right + q, nextB, depth, c + q);
      }
      x += nextA << 1;
      c += nextC << 1;
    }
    for (let i = 0; i < rows; i++) {
      for (let q = whole; q < bytes; q += 8) {
        const at = out + <usize>i * nextC + q;
        let from = left + <usize>i * nextA + ((<usize>k0) << 3);
        let r = right + q;
        let sum = load<u64>(at);
        for (let k = 0; k < depth; k++) {
          sum += load<u64>(from) * load<u64>(r);
          from += 8;
          r += nextB;
        }
        store<u64>(at, sum);
      }
    }
    right += nextB * <usize>STREAMS;
  }
}
