/**
 * Integers as residues mod the primes of a ring, and as planes: word j of 32 bits of all of them in one array.
 *
 * A constant factor c has with it floor(c 2^32 / p), as in ntt.ts. Nothing branches on a value, but for `uniformResidues`, whose values are public.
 */
import { below, times } from './ntt';

/** out += bias + sum_j plane_j c_j mod p, below p; planes `stride` bytes apart. @param constants pairs of c_j and its quotient */
export function addPlanes(
  planes: usize,
  stride: usize,
  count: u32,
  constants: usize,
  bias: u32,
  out: usize,
  n: u32,
  prime: u32,
): void {
  const p = i32x4.splat(prime);
  const b = i32x4.splat(bias);
  for (let at: usize = 0; at < (<usize>n) << 2; at += 16) {
    let sum = below(i32x4.add(v128.load(out + at), b), p);
    for (let j: u32 = 0; j < count; j++) {
      const c = constants + (<usize>j << 3);
      const term = times(
        v128.load(planes + <usize>j * stride + at),
        v128.load32_splat(c),
        v128.load32_splat(c, 4),
        p,
      );
      sum = below(i32x4.add(sum, below(term, p)), p);
    }
    v128.store(out + at, sum);
  }
}

/** Planes of (x factor + offset) mod 2^m. @param wide words of 64 bits, else of 32 */
export function affinePlanes(
  words: usize,
  wide: u32,
  factor: u64,
  offset: u64,
  mask: u64,
  planes: usize,
  stride: usize,
  n: u32,
): void {
  for (let i: usize = 0; i < n; i++) {
    const x = wide ? load<u64>(words + (i << 3)) : <u64>load<u32>(words + (i << 2));
    const y = (x * factor + offset) & mask;
    store<u32>(planes + (i << 2), <u32>y);
    if (wide) store<u32>(planes + stride + (i << 2), <u32>(y >> 32));
  }
}

/** 0, 1 or 2 of each word of 32 random bits, each with probability 1/3 up to 2^-32. */
export function ternaryPlane(random: usize, out: usize, n: u32): void {
  for (let i: usize = 0; i < n; i++) {
    store<u32>(out + (i << 2), <u32>((<u64>load<u32>(random + (i << 2)) * 3) >> 32));
  }
}

/** The number of ones among 2 eta bits: two words of random bits each. */
export function binomialPlane(random: usize, eta: u32, out: usize, n: u32): void {
  const mask: u32 = (1 << eta) - 1;
  for (let i: usize = 0; i < n; i++) {
    const a = load<u32>(random + (i << 3)) & mask;
    const b = load<u32>(random + (i << 3), 4) & mask;
    store<u32>(out + (i << 2), popcnt(a) + popcnt(b));
  }
}

/** A uniform digit below `size`, up to 2^-60, of each two words of 32 random bits. */
export function digitPlane(random: usize, size: u32, out: usize, n: u32): void {
  for (let i: usize = 0; i < n; i++) {
    const low = (<u64>load<u32>(random + (i << 3)) * size) >> 32;
    const high = <u64>load<u32>(random + (i << 3), 4) * size;
    store<u32>(out + (i << 2), <u32>((high + low) >> 32));
  }
}

/** Appends the words of `random` whose low bits are below p, until `n` are there. Returns how many are. For public values. */
export function uniformResidues(random: usize, count: u32, mask: u32, prime: u32, out: usize, have: u32, n: u32): u32 {
  for (let i: usize = 0; i < count && have < n; i++) {
    const x = load<u32>(random + (i << 2)) & mask;
    store<u32>(out + (<usize>have << 2), x);
    have += u32(x < prime);
  }
  return have;
}

/** Whether all values are below p: 1 or 0. */
export function areResidues(x: usize, n: u32, prime: u32): u32 {
  let bad: u32 = 0;
  for (let i: usize = 0; i < n; i++) bad |= u32(load<u32>(x + (i << 2)) >= prime);
  return bad ^ 1;
}

/** out_i = x at index_i. */
export function gatherWords(x: usize, indices: usize, out: usize, n: u32): void {
  for (let i: usize = 0; i < n; i++) {
    store<u32>(out + (i << 2), load<u32>(x + (<usize>load<u32>(indices + (i << 2)) << 2)));
  }
}

/** x w mod p of a scalar, below p. */
// @ts-ignore: decorator
@inline
function timesScalar(x: u32, w: u32, shoup: u32, p: u32): u32 {
  const r = x * w - <u32>((<u64>x * shoup) >> 32) * p;
  return r - (p & (0 - u32(r >= p)));
}

/** Bytes of one prime's constants: p, (q/p)^-1 mod p and its quotient, a gap, a number C of 128 bits, and floor(2^60 / p) of 64. */
const CONSTANTS: usize = 40;

/**
 * Planes of v 2^width / q, rounded, mod 2^width, for residues v_i of a v mod q. C is floor(2^128 / p).
 *
 *     v / q = sum_i y_i / p_i mod 1, y_i = v_i (q/p_i)^-1 mod p_i
 *
 * C_i / 2^128 is low by less than 2^-128 and y_i < 2^30, so the sum is low by less than count 2^-98.
 */
export function roundResidues(
  residues: usize,
  stride: usize,
  count: u32,
  constants: usize,
  width: u32,
  planes: usize,
  planeStride: usize,
  n: u32,
): void {
  // half a unit, then the top `width` bits of 128
  const shift = 128 - width;
  const half = shift - 1;
  const unit = i64x2.splat(<u64>1 << (half & 31));
  const none = i64x2.splat(0);
  const mask = i64x2.splat(0xffffffff);
  for (let at: usize = 0; at < (<usize>n) << 2; at += 16) {
    // sums of words of 32 bits, in 64: of the first two values and of the last two
    let a0 = half < 32 ? unit : none;
    let a1 = half >> 5 == 1 ? unit : none;
    let a2 = half >> 5 == 2 ? unit : none;
    let a3 = half >> 5 == 3 ? unit : none;
    let b0 = a0;
    let b1 = a1;
    let b2 = a2;
    let b3 = a3;
    for (let j: u32 = 0; j < count; j++) {
      const c = constants + <usize>j * CONSTANTS;
      const p = v128.load32_splat(c);
      const v = v128.load(residues + <usize>j * stride + at);
      const y = below(times(v, v128.load32_splat(c, 4), v128.load32_splat(c, 8), p), p);
      let word = v128.load32_splat(c, 16);
      let a = i64x2.extmul_low_i32x4_u(y, word);
      let b = i64x2.extmul_high_i32x4_u(y, word);
      a0 = i64x2.add(a0, v128.and(a, mask));
      b0 = i64x2.add(b0, v128.and(b, mask));
      a1 = i64x2.add(a1, i64x2.shr_u(a, 32));
      b1 = i64x2.add(b1, i64x2.shr_u(b, 32));
      word = v128.load32_splat(c, 20);
      a = i64x2.extmul_low_i32x4_u(y, word);
      b = i64x2.extmul_high_i32x4_u(y, word);
      a1 = i64x2.add(a1, v128.and(a, mask));
      b1 = i64x2.add(b1, v128.and(b, mask));
      a2 = i64x2.add(a2, i64x2.shr_u(a, 32));
      b2 = i64x2.add(b2, i64x2.shr_u(b, 32));
      word = v128.load32_splat(c, 24);
      a = i64x2.extmul_low_i32x4_u(y, word);
      b = i64x2.extmul_high_i32x4_u(y, word);
      a2 = i64x2.add(a2, v128.and(a, mask));
      b2 = i64x2.add(b2, v128.and(b, mask));
      a3 = i64x2.add(a3, i64x2.shr_u(a, 32));
      b3 = i64x2.add(b3, i64x2.shr_u(b, 32));
      // beyond 2^128 nothing counts
      word = v128.load32_splat(c, 28);
      a3 = i64x2.add(a3, i64x2.extmul_low_i32x4_u(y, word));
      b3 = i64x2.add(b3, i64x2.extmul_high_i32x4_u(y, word));
    }
    a1 = i64x2.add(a1, i64x2.shr_u(a0, 32));
    b1 = i64x2.add(b1, i64x2.shr_u(b0, 32));
    a2 = i64x2.add(a2, i64x2.shr_u(a1, 32));
    b2 = i64x2.add(b2, i64x2.shr_u(b1, 32));
    a3 = i64x2.add(a3, i64x2.shr_u(a2, 32));
    b3 = i64x2.add(b3, i64x2.shr_u(b2, 32));
    const w1 = lowWords(a1, b1);
    const w2 = lowWords(a2, b2);
    const w3 = lowWords(a3, b3);
    let first = shift >> 5;
    for (let to = planes + at, left = <i32>width; left > 0; left -= 32, first++, to += planeStride) {
      const word = first == 0 ? lowWords(a0, b0) : first == 1 ? w1 : first == 2 ? w2 : w3;
      const next = first == 0 ? w1 : first == 1 ? w2 : first == 2 ? w3 : none;
      v128.store(to, shifted(word, next, shift & 31));
    }
  }
}

/** The low words of four sums. */
// @ts-ignore: decorator
@inline
function lowWords(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}

/** Words of numbers shifted right by less than 32 bits; `next` are those above them. */
// @ts-ignore: decorator
@inline
function shifted(word: v128, next: v128, bits: u32): v128 {
  return bits == 0 ? word : v128.or(i32x4.shr_u(word, bits), i32x4.shl(next, 32 - bits));
}

/** C times y < 2^32, mod 2^128: the two halves of it. */
// @ts-ignore: decorator
@inline
function lowProduct(c: usize, y: u64): u64 {
  return y * (<u64>load<u32>(c, 16) | (<u64>load<u32>(c, 20) << 32));
}

// @ts-ignore: decorator
@inline
function highProduct(c: usize, y: u64): u64 {
  const t0 = y * load<u32>(c, 16);
  const t1 = y * load<u32>(c, 20) + (t0 >> 32);
  return y * (<u64>load<u32>(c, 24) | (<u64>load<u32>(c, 28) << 32)) + (t1 >> 32);
}

/**
 * Messages from the residues of a s mod the first `count` primes, of product Q > 4 |a s|, and planes of b.
 *
 *     a s = sum_i y_i Q/p_i - k Q, k = round(sum_i y_i / p_i)      x = round((a s + 2^(aBits - bBits) b) / 2^(aBits - m)) mod 2^m
 *
 * @param constants with C = Q/p_i mod 2^128, then one record more with C = Q
 */
export function messages(
  residues: usize,
  stride: usize,
  count: u32,
  constants: usize,
  planes: usize,
  planeStride: usize,
  planeCount: u32,
  liftB: u32,
  drop: u32,
  mask: u64,
  wide: u32,
  out: usize,
  n: u32,
): void {
  const whole = constants + <usize>count * CONSTANTS;
  for (let i: usize = 0; i < n; i++) {
    let low: u64 = <u64>load<u32>(planes + (i << 2));
    let high: u64 = 0;
    if (planeCount > 1) low |= <u64>load<u32>(planes + planeStride + (i << 2)) << 32;
    if (planeCount > 2) high = load<u32>(planes + 2 * planeStride + (i << 2));
    high = (high << liftB) | (low >> (64 - liftB));
    low <<= liftB;
    const half = <u64>1 << (drop - 1);
    low += half;
    high += u64(low < half);
    let fraction: u64 = <u64>1 << 59;
    for (let j: u32 = 0; j < count; j++) {
      const c = constants + <usize>j * CONSTANTS;
      const p = load<u32>(c);
      const y = <u64>timesScalar(load<u32>(residues + <usize>j * stride + (i << 2)), load<u32>(c, 4), load<u32>(c, 8), p);
      fraction += y * load<u64>(c, 32);
      const add = lowProduct(c, y);
      low += add;
      high += highProduct(c, y) + u64(low < add);
    }
    const k = fraction >> 60;
    const take = lowProduct(whole, k);
    high -= highProduct(whole, k) + u64(low < take);
    low -= take;
    const x = ((low >> drop) | (high << (64 - drop))) & mask;
    if (wide) store<u64>(out + (i << 3), x);
    else store<u32>(out + (i << 2), <u32>x);
  }
}
