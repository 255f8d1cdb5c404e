/**
 * Number theoretic transforms mod a prime p < 2^30 that is 1 mod 2n, for products mod X^n + 1 (Harvey, "Faster arithmetic for number-theoretic transforms",
 * J. Symbolic Computation 60, 2014; roots merged as in Longa and Naehrig, CANS 2016). Values are lazy: below 4p forwards, below 2p backwards.
 *
 * A constant factor w has with it floor(w 2^32 / p) (Shoup): x w mod p is then x w - floor(x w' / 2^32) p mod 2^32, below 2p for every x < 2^32.
 *
 * Transformed polynomials are in an order of their own, blocks of 16 transposed: only the transform back need know it.
 */

// @ts-ignore: decorator
@inline
export function times(x: v128, w: v128, shoup: v128, p: v128): v128 {
  const low = i64x2.extmul_low_i32x4_u(x, shoup);
  const high = i64x2.extmul_high_i32x4_u(x, shoup);
  const quotient = i8x16.shuffle(low, high, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  return i32x4.sub(i32x4.mul(x, w), i32x4.mul(quotient, p));
}

/** x - bound where x >= bound, for x < 2 bound < 2^32. */
// @ts-ignore: decorator
@inline
export function below(x: v128, bound: v128): v128 {
  return i32x4.min_u(x, i32x4.sub(x, bound));
}

// @ts-ignore: decorator
@inline
function splat(at: usize): v128 {
  return v128.load32_splat(at);
}

// @ts-ignore: decorator
@inline
function timesMod(x: u64, y: u64, p: u64): u64 {
  return (x * y) % p;
}

// @ts-ignore: decorator
@inline
function reversed(i: u32, bits: u32): u32 {
  let r: u32 = 0;
  for (let b: u32 = 0; b < bits; b++) r |= ((i >> b) & 1) << (bits - 1 - b);
  return r;
}

/**
 * Powers of `root`, a 2n-th root of unity, that the stages meet: stage m has those at m .. 2m - 1, exponents bit-reversed. The last stage has four even ones, then
 * four odd ones, of each group of eight. Then their quotients, the inverses, and the quotients of these.
 */
export function nttTable(root: u32, n: u32, p: u32, out: usize): void {
  const bits = 31 - clz(n);
  const inverseRoot = power(root, 2 * n - 1, p);
  const step = <usize>n << 2;
  for (let i: u32 = 0; i < n; i++) {
    let place = i;
    if (i >= n >> 1) place = (i & ~7) | ((i & 1) << 2) | ((i >> 1) & 3);
    const exponent = reversed(i, bits);
    const at = out + ((<usize>place) << 2);
    const w = power(root, exponent, p);
    const v = power(inverseRoot, exponent, p);
    store<u32>(at, w);
    store<u32>(at + step, <u32>(((<u64>w) << 32) / p));
    store<u32>(at + 2 * step, v);
    store<u32>(at + 3 * step, <u32>(((<u64>v) << 32) / p));
  }
}

function power(base: u32, exponent: u32, p: u32): u32 {
  let result: u64 = 1;
  let square: u64 = base;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result = timesMod(result, square, p);
    square = timesMod(square, square, p);
  }
  return <u32>result;
}

/** In place: n values below 2^32 - 4p of the polynomial to n values below p. */
export function nttForward(x: usize, n: u32, table: usize, prime: u32): void {
  const p = i32x4.splat(prime);
  const p2 = i32x4.splat(prime << 1);
  const step = <usize>n << 2;
  let m: u32 = 1;
  let bytes = step; // of a block
  if (!(clz(n) & 1)) {
    // an odd number of stages: one alone
    bytes >>= 1;
    const w = splat(table + 4);
    const s = splat(table + step + 4);
    for (let at = x; at < x + bytes; at += 16) {
      const u = below(v128.load(at), p2);
      const v = times(v128.load(at + bytes), w, s, p);
      v128.store(at, i32x4.add(u, v));
      v128.store(at + bytes, i32x4.add(i32x4.sub(u, v), p2));
    }
    m = 2;
  }
  for (; bytes > 64; m <<= 2) {
    bytes >>= 2;
    for (let i: u32 = 0; i < m; i++) {
      const t = table + (<usize>(m + i) << 2);
      const w1 = splat(t);
      const s1 = splat(t + step);
      const t2 = table + (<usize>(m + i) << 3);
      const w2 = splat(t2);
      const s2 = splat(t2 + step);
      const w3 = splat(t2 + 4);
      const s3 = splat(t2 + step + 4);
      const from = x + <usize>i * (bytes << 2);
      for (let at = from; at < from + bytes; at += 16) {
        const at1 = at + bytes;
        const at2 = at1 + bytes;
        const at3 = at2 + bytes;
        let a = below(v128.load(at), p2);
        let b = below(v128.load(at1), p2);
        let c = times(v128.load(at2), w1, s1, p);
        let d = times(v128.load(at3), w1, s1, p);
        const e = below(i32x4.add(a, c), p2);
        const f = i32x4.add(b, d);
        const g = below(i32x4.add(i32x4.sub(a, c), p2), p2);
        const h = i32x4.add(i32x4.sub(b, d), p2);
        a = times(f, w2, s2, p);
        b = times(h, w3, s3, p);
        v128.store(at, i32x4.add(e, a));
        v128.store(at1, i32x4.add(i32x4.sub(e, a), p2));
        v128.store(at2, i32x4.add(g, b));
        v128.store(at3, i32x4.add(i32x4.sub(g, b), p2));
      }
    }
  }
  // blocks of 16: two stages across vectors, two across lanes
  const quarter = n >> 4;
  for (let i: u32 = 0; i < quarter; i++) {
    const at = x + (<usize>i << 6);
    const t = table + (<usize>(quarter + i) << 2);
    const t2 = table + (<usize>(quarter + i) << 3);
    const w1 = splat(t);
    const s1 = splat(t + step);
    let a = below(v128.load(at), p2);
    let b = below(v128.load(at, 16), p2);
    let c = times(v128.load(at, 32), w1, s1, p);
    let d = times(v128.load(at, 48), w1, s1, p);
    let e = below(i32x4.add(a, c), p2);
    let f = i32x4.add(b, d);
    let g = below(i32x4.add(i32x4.sub(a, c), p2), p2);
    let h = i32x4.add(i32x4.sub(b, d), p2);
    f = times(f, splat(t2), splat(t2 + step), p);
    h = times(h, splat(t2 + 4), splat(t2 + step + 4), p);
    a = i32x4.add(e, f);
    b = i32x4.add(i32x4.sub(e, f), p2);
    c = i32x4.add(g, h);
    d = i32x4.add(i32x4.sub(g, h), p2);
    // transpose: vector j has coefficient j of the four groups
    e = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    f = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    g = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    h = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    a = i8x16.shuffle(e, g, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    b = i8x16.shuffle(e, g, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    c = i8x16.shuffle(f, h, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    d = i8x16.shuffle(f, h, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    const t4 = table + (<usize>(quarter + i) << 4);
    const w4 = v128.load(t4);
    const s4 = v128.load(t4 + step);
    c = times(c, w4, s4, p);
    d = times(d, w4, s4, p);
    a = below(a, p2);
    b = below(b, p2);
    e = below(i32x4.add(a, c), p2);
    f = i32x4.add(b, d);
    g = below(i32x4.add(i32x4.sub(a, c), p2), p2);
    h = i32x4.add(i32x4.sub(b, d), p2);
    const t8 = table + (<usize>(quarter + i) << 5);
    f = times(f, v128.load(t8), v128.load(t8 + step), p);
    h = times(h, v128.load(t8, 16), v128.load(t8 + step, 16), p);
    v128.store(at, below(below(i32x4.add(e, f), p2), p));
    v128.store(at, below(below(i32x4.add(i32x4.sub(e, f), p2), p2), p), 16);
    v128.store(at, below(below(i32x4.add(g, h), p2), p), 32);
    v128.store(at, below(below(i32x4.add(i32x4.sub(g, h), p2), p2), p), 48);
  }
}

/** Back, in place: n values below 2p to n coefficients below p. @param scale n^-1 mod p @param last the last stage's root by n^-1 */
export function nttInverse(
  x: usize,
  n: u32,
  table: usize,
  prime: u32,
  scale: u32,
  scaleShoup: u32,
  last: u32,
  lastShoup: u32,
): void {
  const p = i32x4.splat(prime);
  const p2 = i32x4.splat(prime << 1);
  const step = <usize>n << 2;
  table += 2 * step;
  const quarter = n >> 4;
  for (let i: u32 = 0; i < quarter; i++) {
    const at = x + (<usize>i << 6);
    const t8 = table + (<usize>(quarter + i) << 5);
    let a = v128.load(at);
    let b = v128.load(at, 16);
    let c = v128.load(at, 32);
    let d = v128.load(at, 48);
    let e = below(i32x4.add(a, b), p2);
    let f = times(i32x4.add(i32x4.sub(a, b), p2), v128.load(t8), v128.load(t8 + step), p);
    let g = below(i32x4.add(c, d), p2);
    let h = times(i32x4.add(i32x4.sub(c, d), p2), v128.load(t8, 16), v128.load(t8 + step, 16), p);
    const t4 = table + (<usize>(quarter + i) << 4);
    const w4 = v128.load(t4);
    const s4 = v128.load(t4 + step);
    a = below(i32x4.add(e, g), p2);
    b = below(i32x4.add(f, h), p2);
    c = times(i32x4.add(i32x4.sub(e, g), p2), w4, s4, p);
    d = times(i32x4.add(i32x4.sub(f, h), p2), w4, s4, p);
    e = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    f = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    g = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    h = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    a = i8x16.shuffle(e, g, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    b = i8x16.shuffle(e, g, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    c = i8x16.shuffle(f, h, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    d = i8x16.shuffle(f, h, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    const t2 = table + (<usize>(quarter + i) << 3);
    const t = table + (<usize>(quarter + i) << 2);
    const w1 = splat(t);
    const s1 = splat(t + step);
    e = below(i32x4.add(a, b), p2);
    f = times(i32x4.add(i32x4.sub(a, b), p2), splat(t2), splat(t2 + step), p);
    g = below(i32x4.add(c, d), p2);
    h = times(i32x4.add(i32x4.sub(c, d), p2), splat(t2 + 4), splat(t2 + step + 4), p);
    v128.store(at, below(i32x4.add(e, g), p2));
    v128.store(at, below(i32x4.add(f, h), p2), 16);
    v128.store(at, times(i32x4.add(i32x4.sub(e, g), p2), w1, s1, p), 32);
    v128.store(at, times(i32x4.add(i32x4.sub(f, h), p2), w1, s1, p), 48);
  }
  let bytes: usize = 64;
  const odd = !(clz(n) & 1);
  // all but the last stage of all, which scales
  const inner = odd ? step >> 1 : step >> 2;
  for (let m = n >> 6; bytes < inner; m >>= 2) {
    pass(x, m, bytes, table, step, p, p2);
    bytes <<= 2;
  }
  const w0 = i32x4.splat(scale);
  const s0 = i32x4.splat(scaleShoup);
  const w1 = i32x4.splat(last);
  const s1 = i32x4.splat(lastShoup);
  if (odd) {
    for (let at = x; at < x + bytes; at += 16) {
      const u = v128.load(at);
      const v = v128.load(at + bytes);
      v128.store(at, below(times(i32x4.add(u, v), w0, s0, p), p));
      v128.store(at + bytes, below(times(i32x4.add(i32x4.sub(u, v), p2), w1, s1, p), p));
    }
    return;
  }
  const w2 = splat(table + 8);
  const s2 = splat(table + step + 8);
  const w3 = splat(table + 12);
  const s3 = splat(table + step + 12);
  for (let at = x; at < x + bytes; at += 16) {
    const at1 = at + bytes;
    const at2 = at1 + bytes;
    const at3 = at2 + bytes;
    const a = v128.load(at);
    const b = v128.load(at1);
    const c = v128.load(at2);
    const d = v128.load(at3);
    const e = below(i32x4.add(a, b), p2);
    const f = times(i32x4.add(i32x4.sub(a, b), p2), w2, s2, p);
    const g = below(i32x4.add(c, d), p2);
    const h = times(i32x4.add(i32x4.sub(c, d), p2), w3, s3, p);
    v128.store(at, below(times(i32x4.add(e, g), w0, s0, p), p));
    v128.store(at1, below(times(i32x4.add(f, h), w0, s0, p), p));
    v128.store(at2, below(times(i32x4.add(i32x4.sub(e, g), p2), w1, s1, p), p));
    v128.store(at3, below(times(i32x4.add(i32x4.sub(f, h), p2), w1, s1, p), p));
  }
}

/** Two stages back: of m blocks, quarters of `bytes` bytes. */
// @ts-ignore: decorator
@inline
function pass(x: usize, m: u32, bytes: usize, table: usize, step: usize, p: v128, p2: v128): void {
  for (let i: u32 = 0; i < m; i++) {
    const t = table + (<usize>(m + i) << 2);
    const w1 = splat(t);
    const s1 = splat(t + step);
    const t2 = table + (<usize>(m + i) << 3);
    const w2 = splat(t2);
    const s2 = splat(t2 + step);
    const w3 = splat(t2 + 4);
    const s3 = splat(t2 + step + 4);
    const from = x + <usize>i * (bytes << 2);
    for (let at = from; at < from + bytes; at += 16) {
      const at1 = at + bytes;
      const at2 = at1 + bytes;
      const at3 = at2 + bytes;
      const a = v128.load(at);
      const b = v128.load(at1);
      const c = v128.load(at2);
      const d = v128.load(at3);
      const e = below(i32x4.add(a, b), p2);
      const f = times(i32x4.add(i32x4.sub(a, b), p2), w2, s2, p);
      const g = below(i32x4.add(c, d), p2);
      const h = times(i32x4.add(i32x4.sub(c, d), p2), w3, s3, p);
      v128.store(at, below(i32x4.add(e, g), p2));
      v128.store(at1, below(i32x4.add(f, h), p2));
      v128.store(at2, times(i32x4.add(i32x4.sub(e, g), p2), w1, s1, p));
      v128.store(at3, times(i32x4.add(i32x4.sub(f, h), p2), w1, s1, p));
    }
  }
}

/** Four sums of 64 bits mod p, below p. @param c 2^32 mod p @param one floor(2^32 / p), the quotient of 1 */
// @ts-ignore: decorator
@inline
function reduce(low: v128, high: v128, c: v128, cShoup: v128, one: v128, p: v128, p2: v128): v128 {
  const tops = i8x16.shuffle(low, high, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  const rest = i8x16.shuffle(low, high, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
  const a = times(tops, c, cShoup, p);
  const b = times(rest, i32x4.splat(1), one, p);
  return below(below(i32x4.add(a, b), p2), p);
}

/** acc += sum over t < count of x_t w_t for two x, pointwise; all below p, count <= 16 so that sums fit 64 bits. Polynomials t lie `stride` bytes apart. */
export function nttAccumulate(
  x0: usize,
  x1: usize,
  w: usize,
  stride: usize,
  count: u32,
  acc0: usize,
  acc1: usize,
  n: u32,
  prime: u32,
  power32: u32,
  power32Shoup: u32,
  one: u32,
): void {
  const p = i32x4.splat(prime);
  const p2 = i32x4.splat(prime << 1);
  const c = i32x4.splat(power32);
  const cShoup = i32x4.splat(power32Shoup);
  const o = i32x4.splat(one);
  const end = <usize>n << 2;
  for (let at: usize = 0; at < end; at += 32) {
    let a0 = i64x2.splat(0);
    let a1 = i64x2.splat(0);
    let a2 = i64x2.splat(0);
    let a3 = i64x2.splat(0);
    let b0 = i64x2.splat(0);
    let b1 = i64x2.splat(0);
    let b2 = i64x2.splat(0);
    let b3 = i64x2.splat(0);
    let offset = at;
    for (let t: u32 = 0; t < count; t++) {
      const u = v128.load(w + offset);
      const v = v128.load(w + offset, 16);
      let y = v128.load(x0 + offset);
      a0 = i64x2.add(a0, i64x2.extmul_low_i32x4_u(u, y));
      a1 = i64x2.add(a1, i64x2.extmul_high_i32x4_u(u, y));
      y = v128.load(x0 + offset, 16);
      a2 = i64x2.add(a2, i64x2.extmul_low_i32x4_u(v, y));
      a3 = i64x2.add(a3, i64x2.extmul_high_i32x4_u(v, y));
      y = v128.load(x1 + offset);
      b0 = i64x2.add(b0, i64x2.extmul_low_i32x4_u(u, y));
      b1 = i64x2.add(b1, i64x2.extmul_high_i32x4_u(u, y));
      y = v128.load(x1 + offset, 16);
      b2 = i64x2.add(b2, i64x2.extmul_low_i32x4_u(v, y));
      b3 = i64x2.add(b3, i64x2.extmul_high_i32x4_u(v, y));
      offset += stride;
    }
    const to0 = acc0 + at;
    const to1 = acc1 + at;
    v128.store(to0, below(i32x4.add(v128.load(to0), reduce(a0, a1, c, cShoup, o, p, p2)), p));
    v128.store(to0, below(i32x4.add(v128.load(to0, 16), reduce(a2, a3, c, cShoup, o, p, p2)), p), 16);
    v128.store(to1, below(i32x4.add(v128.load(to1), reduce(b0, b1, c, cShoup, o, p, p2)), p));
    v128.store(to1, below(i32x4.add(v128.load(to1, 16), reduce(b2, b3, c, cShoup, o, p, p2)), p), 16);
  }
}

/** out = out + x y, or out - x y where `negative` is 1, pointwise, below p. */
export function nttProduct(
  x: usize,
  y: usize,
  out: usize,
  negative: u32,
  n: u32,
  prime: u32,
  power32: u32,
  power32Shoup: u32,
  one: u32,
): void {
  const p = i32x4.splat(prime);
  const p2 = i32x4.splat(prime << 1);
  const c = i32x4.splat(power32);
  const cShoup = i32x4.splat(power32Shoup);
  const o = i32x4.splat(one);
  for (let at: usize = 0; at < (<usize>n) << 2; at += 16) {
    const u = v128.load(x + at);
    const v = v128.load(y + at);
    const product = reduce(
      i64x2.extmul_low_i32x4_u(u, v),
      i64x2.extmul_high_i32x4_u(u, v),
      c,
      cShoup,
      o,
      p,
      p2,
    );
    const before = v128.load(out + at);
    const after = negative ? i32x4.add(i32x4.sub(before, product), p) : i32x4.add(before, product);
    v128.store(out + at, below(after, p));
  }
}
