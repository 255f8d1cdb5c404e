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
  for (let i: usize = 0; i < n; i++) {
    let low: u64 = half < 64 ? <u64>1 << half : 0;
    let high: u64 = half < 64 ? 0 : <u64>1 << (half - 64);
    for (let j: u32 = 0; j < count; j++) {
      const c = constants + <usize>j * CONSTANTS;
      const y = <u64>(
        timesScalar(load<u32>(residues + <usize>j * stride + (i << 2)), load<u32>(c, 4), load<u32>(c, 8), load<u32>(c))
      );
      // (low, high) += y C, C of four words
      const t0 = y * load<u32>(c, 16);
      const t1 = y * load<u32>(c, 20) + (t0 >> 32);
      const t2 = y * load<u32>(c, 24) + (t1 >> 32);
      const t3 = y * load<u32>(c, 28) + (t2 >> 32);
      const add = (t0 & 0xffffffff) | (t1 << 32);
      low += add;
      high += ((t2 & 0xffffffff) | (t3 << 32)) + u64(low < add);
    }
    // the number of 128 bits >> shift
    if (shift >= 64) {
      low = high >> (shift - 64);
      high = 0;
    } else {
      low = (low >> shift) | (high << (64 - shift));
      high >>= shift;
    }
    store<u32>(planes + (i << 2), <u32>low);
    if (width > 32) store<u32>(planes + planeStride + (i << 2), <u32>(low >> 32));
    if (width > 64) store<u32>(planes + 2 * planeStride + (i << 2), <u32>high);
  }
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
