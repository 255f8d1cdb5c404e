/**
 * Matrix products over Z_2^64 with few rows on the left: the right operand is read once, as it lies.
 *
 * With a = a0 + 2^32 a1 and b = b0 + 2^32 b1: a b = a0 b0 + 2^32 (a0 b1 + a1 b0). The first product is summed in 64 bits,
 * the bracket in 32 (what it carries out leaves the ring), and the two meet once at the end.
 */

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
