/**
 * Arithmetic on wire labels: 16 bytes an instance, a wire's labels contiguous over the instances of a chunk.
 *
 * H(x) = AES_k(s(x)) xor s(x) with s(x_R || x_L) = (x_L xor x_R) || x_L; the host runs AES over what a `prepare` function
 * writes and hands the result to the `combine` function. Every selection is a mask: no branch on a label or a bit.
 */

/** s: the linear orthomorphism of Guo, Katz, Wang, Yu (S&P 2020), section 7.3. */
// @ts-ignore: decorator
@inline function sigma(x: v128): v128 {
  const swapped = i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  return v128.xor(swapped, v128.and(x, i64x2(0, -1)));
}

/** All ones where the label's colour bit (bit 0) is set, else zero. */
// @ts-ignore: decorator
@inline function colourMask(x: v128): v128 {
  const low = i8x16.shuffle(x, x, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
  return i32x4.shr_s(i32x4.shl(low, 31), 31);
}

// @ts-ignore: decorator
@inline function inverted(delta: v128, flag: i32): v128 {
  return v128.and(delta, i32x4.splat(-flag));
}

/** out = a xor b over n labels. */
export function xorLabels(a: usize, b: usize, out: usize, n: i32): void {
  const end = out + ((<usize>n) << 4);
  for (const even = out + ((<usize>(n & ~1)) << 4); out < even; out += 32) {
    v128.store(out, v128.xor(v128.load(a), v128.load(b)));
    v128.store(out, v128.xor(v128.load(a, 16), v128.load(b, 16)), 16);
    a += 32;
    b += 32;
  }
  if (out < end) v128.store(out, v128.xor(v128.load(a), v128.load(b)));
}

/** out_i = label_i xor (bit `shift` of word_i ? delta : 0); word_i is at words + i * strideBytes. */
export function selectLabels(labels: usize, words: usize, strideBytes: i32, shift: i32, delta: usize, out: usize, n: i32): void {
  const d = v128.load(delta);
  for (let i = 0; i < n; i++) {
    const bit = (load<u32>(words) >> shift) & 1;
    v128.store(out, v128.xor(v128.load(labels), v128.and(d, i32x4.splat(-(bit as i32)))));
    words += strideBytes;
    labels += 16;
    out += 16;
  }
}

/** The inverse of sigma. */
// @ts-ignore: decorator
@inline function unsigma(s: v128): v128 {
  const swapped = i8x16.shuffle(s, s, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  return v128.xor(swapped, v128.and(s, i64x2(-1, 0)));
}

/** out = s(a) then s(a xor delta), a the false labels of a literal: 2n blocks. The literal's wire is the xor of two where a2 is not 0. */
export function garblePrepare(a: usize, a2: usize, invert: i32, delta: usize, out: usize, n: i32): void {
  const d = v128.load(delta);
  const flip = inverted(d, invert);
  const sd = sigma(d);
  const bytes = n << 4;
  if (a2) {
    for (let i = 0; i < bytes; i += 16) {
      const s = sigma(v128.xor(v128.xor(v128.load(a + i), v128.load(a2 + i)), flip));
      v128.store(out + i, s);
      v128.store(out + bytes + i, v128.xor(s, sd));
    }
    return;
  }
  for (let i = 0; i < bytes; i += 16) {
    const s = sigma(v128.xor(v128.load(a + i), flip));
    v128.store(out + i, s);
    v128.store(out + bytes + i, v128.xor(s, sd));
  }
}

/** out = s(a), a the active labels: n blocks. The wire is the xor of two where a2 is not 0. */
export function evaluatePrepare(a: usize, a2: usize, out: usize, n: i32): void {
  const end = out + ((<usize>n) << 4);
  const even = out + ((<usize>(n & ~1)) << 4);
  if (a2) {
    for (; out < even; out += 32) {
      v128.store(out, sigma(v128.xor(v128.load(a), v128.load(a2))));
      v128.store(out, sigma(v128.xor(v128.load(a, 16), v128.load(a2, 16))), 16);
      a += 32;
      a2 += 32;
    }
    if (out < end) v128.store(out, sigma(v128.xor(v128.load(a), v128.load(a2))));
    return;
  }
  for (; out < even; out += 32) {
    v128.store(out, sigma(v128.load(a)));
    v128.store(out, sigma(v128.load(a, 16)), 16);
    a += 32;
  }
  if (out < end) v128.store(out, sigma(v128.load(a)));
}

// @ts-ignore: decorator
@inline function garbleHalves(sigmaA: usize, cipher: usize, d: v128, sd: v128, tables: usize, bytes: i32, i: i32): v128 {
  const sigmaB = sigmaA + 2 * bytes;
  const cipherB = cipher + 2 * bytes;
  const sA = v128.load(sigmaA + i);
  const sB = v128.load(sigmaB + i);
  const a0 = unsigma(sA);
  const hA0 = v128.load(cipher + i);
  const hB0 = v128.load(cipherB + i);
  // H(x) xor H(x xor delta): the s(x) cancel
  const differenceA = v128.xor(v128.xor(hA0, v128.load(cipher + bytes + i)), sd);
  const differenceB = v128.xor(v128.xor(hB0, v128.load(cipherB + bytes + i)), sd);
  const pB = colourMask(unsigma(sB));
  const generator = v128.xor(differenceA, v128.and(pB, d));
  const wG = v128.xor(v128.xor(sA, hA0), v128.and(colourMask(a0), generator));
  const wE = v128.xor(v128.xor(sB, hB0), v128.and(pB, differenceB));
  v128.store(tables + i, generator);
  v128.store(tables + bytes + i, v128.xor(differenceB, a0));
  return v128.xor(wG, wE);
}

/**
 * Half-gates, garbler (Zahur, Rosulek, Evans 2015, figure 2). sigmaA: what garblePrepare wrote for a, then for b; cipher: AES of it
 * (4n blocks each). tables: n generator rows, then n evaluator rows. out: false labels of the AND, xor those at `post` where it is not 0.
 */
export function garbleAnd(sigmaA: usize, delta: usize, cipher: usize, tables: usize, post: usize, out: usize, n: i32): void {
  const d = v128.load(delta);
  const sd = sigma(d);
  const bytes = n << 4;
  if (post) {
    for (let i = 0; i < bytes; i += 16) {
      const w = garbleHalves(sigmaA, cipher, d, sd, tables, bytes, i);
      v128.store(out + i, v128.xor(w, v128.load(post + i)));
    }
    return;
  }
  for (let i = 0; i < bytes; i += 16) v128.store(out + i, garbleHalves(sigmaA, cipher, d, sd, tables, bytes, i));
}

// @ts-ignore: decorator
@inline function evaluateHalves(sA: v128, sB: v128, cA: v128, cB: v128, generator: v128, evaluator: v128): v128 {
  const x = unsigma(sA);
  const y = unsigma(sB);
  const g = v128.and(colourMask(x), generator);
  const e = v128.and(colourMask(y), v128.xor(evaluator, x));
  return v128.xor(v128.xor(v128.xor(sA, cA), v128.xor(sB, cB)), v128.xor(g, e));
}

/**
 * Half-gates, evaluator. sigmaA: what evaluatePrepare wrote for a, then for b; cipher: AES of it. tables as garbleAnd wrote them; out: active
 * labels of the AND, xor those at `post` where it is not 0.
 */
export function evaluateAnd(sigmaA: usize, cipher: usize, tables: usize, post: usize, out: usize, n: i32): void {
  const bytes = (<usize>n) << 4;
  const end = out + bytes;
  const even = out + (bytes & ~(<usize>31));
  let sigmaB = sigmaA + bytes;
  let cipherB = cipher + bytes;
  let evaluator = tables + bytes;
  while (out < end) {
    let w = evaluateHalves(
      v128.load(sigmaA),
      v128.load(sigmaB),
      v128.load(cipher),
      v128.load(cipherB),
      v128.load(tables),
      v128.load(evaluator),
    );
    if (post) w = v128.xor(w, v128.load(post));
    if (out == even) {
      v128.store(out, w);
      break;
    }
    let z = evaluateHalves(
      v128.load(sigmaA, 16),
      v128.load(sigmaB, 16),
      v128.load(cipher, 16),
      v128.load(cipherB, 16),
      v128.load(tables, 16),
      v128.load(evaluator, 16),
    );
    if (post) {
      z = v128.xor(z, v128.load(post, 16));
      post += 32;
    }
    v128.store(out, w);
    v128.store(out, z, 16);
    sigmaA += 32;
    sigmaB += 32;
    cipher += 32;
    cipherB += 32;
    tables += 32;
    evaluator += 32;
    out += 32;
  }
}

/** One byte an instance: the colour bit of each label, xor `flip`. */
export function colours(labels: usize, flip: i32, out: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<u8>(out + i, (load<u8>(labels + (i << 4)) ^ flip) & 1);
}

/** Bytes 0 of 16 labels. */
// @ts-ignore: decorator
@inline function firstBytes(labels: usize): v128 {
  return joinBytes(fourBytes(labels), fourBytes(labels + 64), fourBytes(labels + 128), fourBytes(labels + 192));
}

/** Bytes 0 of 4 labels, in the lowest four bytes. */
// @ts-ignore: decorator
@inline function fourBytes(labels: usize): v128 {
  const ab = i8x16.shuffle(v128.load(labels), v128.load(labels, 16), 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  const cd = i8x16.shuffle(v128.load(labels, 32), v128.load(labels, 48), 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  return i16x8.shuffle(ab, cd, 0, 8, 0, 0, 0, 0, 0, 0);
}

// @ts-ignore: decorator
@inline function joinBytes(a: v128, b: v128, c: v128, d: v128): v128 {
  return v128.shuffle<u64>(v128.shuffle<u32>(a, b, 0, 4, 0, 4), v128.shuffle<u32>(c, d, 0, 4, 0, 4), 0, 2);
}

/** One byte an instance: the value of a wire from its active label and the garbler's permutation byte. */
export function decode(labels: usize, permutation: usize, out: usize, n: i32): void {
  const end = out + n;
  const one = i8x16.splat(1);
  for (const whole = out + (n & ~15); out < whole; out += 16) {
    v128.store(out, v128.and(v128.xor(firstBytes(labels), v128.load(permutation)), one));
    labels += 256;
    permutation += 16;
  }
  for (; out < end; out++) {
    store<u8>(out, (load<u8>(labels) ^ load<u8>(permutation)) & 1);
    labels += 16;
    permutation++;
  }
}

/** hash_i = s_i xor e_i over n blocks, in place of e. */
export function finishHash(s: usize, e: usize, n: i32): void {
  for (let i = 0, bytes = n << 4; i < bytes; i += 16) v128.store(e + i, v128.xor(v128.load(s + i), v128.load(e + i)));
}

// ---- projective gates: words out of labels (docs/architecture.md) ----

// @ts-ignore: decorator
@inline function select<T>(zero: T, one: T, bit: T): T {
  return zero ^ ((zero ^ one) & ((0 as T) - bit));
}

// ---- four 32-bit words at a time ----

/** Word 0 of four blocks: unpack pairs, then pairs of pairs. */
// @ts-ignore: decorator
@inline function lowWords(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const cd = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  return i8x16.shuffle(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/** Word 2 of four blocks. */
// @ts-ignore: decorator
@inline function thirdWords(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  const cd = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  return i8x16.shuffle(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/** The words at four addresses 16 bytes apart (reads up to 12 bytes past the last). */
// @ts-ignore: decorator
@inline function gather(at: usize): v128 {
  return lowWords(v128.load(at), v128.load(at, 16), v128.load(at, 32), v128.load(at, 48));
}

/** All ones where the colour bit of the word, xor `flip`, is set. */
// @ts-ignore: decorator
@inline function bitMasks(words: v128, flip: v128): v128 {
  return i32x4.shr_s(i32x4.shl(v128.xor(words, flip), 31), 31);
}

/**
 * A word out of wire g (false labels): a correction c and a base with evaluator's word - base = value ? f : 0.
 * Base and correction for the word at `lane` bytes in the hash blocks false, true.
 */
// @ts-ignore: decorator
@inline function projectBase<T>(hashFalse: usize, hashTrue: usize, p: T, f: T): T {
  // the colour-0 label stands for the value p
  return select<T>(load<T>(hashFalse), load<T>(hashTrue), p) - f * p;
}

// @ts-ignore: decorator
@inline function projectCorrection<T>(base: T, hashFalse: usize, hashTrue: usize, p: T, f: T): T {
  return base + f * (1 - p) - select<T>(load<T>(hashTrue), load<T>(hashFalse), p);
}

// @ts-ignore: decorator
@inline function garbleTerm<T>(
  y: usize, invertY: i32, delta: usize, cipherY: usize, gate: usize, invertGate: i32, hashGate: usize, gated: i32,
  coefficient: T, corrections: usize, accumulator: usize, ones: usize, n: i32, first: i32,
): void {
  const bytes = n << 4;
  const word = sizeof<T>();
  const run = (n as usize) * word;
  // the low half of s(x) is the high half of x
  const d = load<T>(delta, 8);
  const flip = d * (invertY as T);
  for (let i = first; i < n; i++) {
    const at = i << 4;
    const slot = (i as usize) * word;
    const p = ((load<u32>(y + at) ^ invertY) & 1) as T;
    const sign: T = 1 - 2 * p;
    const s = load<T>(y + at, 8) ^ flip;
    const hashFalse = load<T>(cipherY + at) ^ s;
    const hashTrue = load<T>(cipherY + bytes + at) ^ s ^ d;
    const low = select<T>(hashFalse, hashTrue, p);
    const high = select<T>(hashTrue, hashFalse, p);
    let x: T = (0 as T) - sign;
    if (gated) {
      const q = ((load<u32>(gate + at) ^ invertGate) & 1) as T;
      x = projectBase<T>(hashGate + at, hashGate + bytes + at, q, sign);
      store<T>(corrections + run + slot, projectCorrection<T>(x, hashGate + at, hashGate + bytes + at, q, sign));
    }
    store<T>(corrections + slot, low - high - x);
    store<T>(accumulator + slot, load<T>(accumulator + slot) - coefficient * low);
    store<T>(ones + slot, load<T>(ones + slot) + coefficient * p);
  }
}

/** As garbleTerm<u32>, four instances at a time; returns how many it did. */
// @ts-ignore: decorator
@inline function garbleTerms32(
  y: usize, invertY: i32, delta: usize, cipherY: usize, gate: usize, invertGate: i32, hashGate: usize, gated: i32,
  coefficient: u32, corrections: usize, accumulator: usize, ones: usize, n: i32,
): i32 {
  const bytes = n << 4;
  const run = n << 2;
  const one = i32x4.splat(1);
  const factor = i32x4.splat(coefficient);
  const d = i32x4.splat(load<u32>(delta, 8));
  const flip = v128.and(d, i32x4.splat(-invertY));
  const flipY = i32x4.splat(invertY);
  const flipGate = i32x4.splat(invertGate);
  const whole = n & -4;
  for (let i = 0; i < whole; i += 4) {
    const at = i << 4;
    const slot = i << 2;
    const y0 = v128.load(y + at);
    const y1 = v128.load(y + at, 16);
    const y2 = v128.load(y + at, 32);
    const y3 = v128.load(y + at, 48);
    const p = bitMasks(lowWords(y0, y1, y2, y3), flipY);
    const sign = i32x4.add(i32x4.add(one, p), p);
    const s = v128.xor(thirdWords(y0, y1, y2, y3), flip);
    const hashFalse = v128.xor(gather(cipherY + at), s);
    const hashTrue = v128.xor(gather(cipherY + bytes + at), v128.xor(s, d));
    const difference = v128.xor(hashFalse, hashTrue);
    const low = v128.xor(hashFalse, v128.and(difference, p));
    const high = v128.xor(low, difference);
    let x = i32x4.neg(sign);
    if (gated) {
      const q = bitMasks(gather(gate + at), flipGate);
      const gateFalse = gather(hashGate + at);
      const gateDifference = v128.xor(gateFalse, gather(hashGate + bytes + at));
      const gateLow = v128.xor(gateFalse, v128.and(gateDifference, q));
      x = i32x4.sub(gateLow, v128.and(sign, q));
      const correction = i32x4.sub(i32x4.add(x, v128.andnot(sign, q)), v128.xor(gateLow, gateDifference));
      v128.store(corrections + run + slot, correction);
    }
    v128.store(corrections + slot, i32x4.sub(i32x4.sub(low, high), x));
    v128.store(accumulator + slot, i32x4.sub(v128.load(accumulator + slot), i32x4.mul(factor, low)));
    v128.store(ones + slot, i32x4.add(v128.load(ones + slot), v128.and(factor, p)));
  }
  return whole;
}

// @ts-ignore: decorator
@inline function garbleOnes<T>(
  gate: usize, invertGate: i32, hashGate: usize, corrections: usize, accumulator: usize, ones: usize, n: i32,
): void {
  const bytes = n << 4;
  const word = sizeof<T>();
  for (let i = 0; i < n; i++) {
    const at = i << 4;
    const slot = (i as usize) * word;
    const q = ((load<u32>(gate + at) ^ invertGate) & 1) as T;
    const f = load<T>(ones + slot);
    const base = projectBase<T>(hashGate + at, hashGate + bytes + at, q, f);
    store<T>(corrections + slot, projectCorrection<T>(base, hashGate + at, hashGate + bytes + at, q, f));
    store<T>(accumulator + slot, load<T>(accumulator + slot) - base);
  }
}

// @ts-ignore: decorator
@inline function evaluateTerm<T>(
  y: usize, cipherY: usize, gate: usize, hashGate: usize, gated: i32,
  coefficient: T, corrections: usize, accumulator: usize, n: i32, first: i32,
): void {
  const word = sizeof<T>();
  const run = (n as usize) * word;
  for (let i = first; i < n; i++) {
    const at = i << 4;
    const slot = (i as usize) * word;
    const colour = (load<u32>(y + at) & 1) as T;
    let correction = load<T>(corrections + slot);
    if (gated) {
      const gateColour = (load<u32>(gate + at) & 1) as T;
      correction += load<T>(hashGate + at) + load<T>(corrections + run + slot) * gateColour;
    }
    const share = (load<T>(cipherY + at) ^ load<T>(y + at, 8)) + correction * colour;
    store<T>(accumulator + slot, load<T>(accumulator + slot) + coefficient * share);
  }
}

/** As evaluateTerm<u32>, four instances at a time; returns how many it did. */
// @ts-ignore: decorator
@inline function evaluateTerms32(
  y: usize, cipherY: usize, gate: usize, hashGate: usize, gated: i32,
  coefficient: u32, corrections: usize, accumulator: usize, n: i32,
): i32 {
  const run = n << 2;
  const zero = i32x4.splat(0);
  const factor = i32x4.splat(coefficient);
  const whole = n & -4;
  for (let i = 0; i < whole; i += 4) {
    const at = i << 4;
    const slot = i << 2;
    const y0 = v128.load(y + at);
    const y1 = v128.load(y + at, 16);
    const y2 = v128.load(y + at, 32);
    const y3 = v128.load(y + at, 48);
    const colour = bitMasks(lowWords(y0, y1, y2, y3), zero);
    let correction = v128.load(corrections + slot);
    if (gated) {
      const gateColour = bitMasks(gather(gate + at), zero);
      const second = v128.and(v128.load(corrections + run + slot), gateColour);
      correction = i32x4.add(correction, i32x4.add(gather(hashGate + at), second));
    }
    const hash = v128.xor(gather(cipherY + at), thirdWords(y0, y1, y2, y3));
    const share = i32x4.add(hash, v128.and(correction, colour));
    v128.store(accumulator + slot, i32x4.add(v128.load(accumulator + slot), i32x4.mul(factor, share)));
  }
  return whole;
}

// @ts-ignore: decorator
@inline function evaluateOnes<T>(gate: usize, hashGate: usize, corrections: usize, accumulator: usize, n: i32): void {
  const word = sizeof<T>();
  for (let i = 0; i < n; i++) {
    const at = i << 4;
    const slot = (i as usize) * word;
    const colour = (load<u32>(gate + at) & 1) as T;
    const share = load<T>(hashGate + at) + load<T>(corrections + slot) * colour;
    store<T>(accumulator + slot, load<T>(accumulator + slot) + share);
  }
}

/**
 * The garbler's part of one term coefficient * (y [and gate]) of a word output. hashY, hashGate: n hashes of the false
 * labels, then n of the true ones; hashGate already points at the term's lane. corrections: n words, then n more where gated.
 * accumulator collects minus the bases (the garbler's share), ones the value that the gate has to contribute by itself.
 */
export function garbleTerm32(y: usize, invertY: i32, delta: usize, cipherY: usize, gate: usize, invertGate: i32, hashGate: usize, gated: i32, coefficient: u32, corrections: usize, accumulator: usize, ones: usize, n: i32): void {
  const first = garbleTerms32(y, invertY, delta, cipherY, gate, invertGate, hashGate, gated, coefficient, corrections, accumulator, ones, n);
  garbleTerm<u32>(y, invertY, delta, cipherY, gate, invertGate, hashGate, gated, coefficient, corrections, accumulator, ones, n, first);
}
export function garbleTerm64(y: usize, invertY: i32, delta: usize, cipherY: usize, gate: usize, invertGate: i32, hashGate: usize, gated: i32, coefficient: u64, corrections: usize, accumulator: usize, ones: usize, n: i32): void {
  garbleTerm<u64>(y, invertY, delta, cipherY, gate, invertGate, hashGate, gated, coefficient, corrections, accumulator, ones, n, 0);
}

/** gate * ones, the last word of a gated output. */
export function garbleOnes32(gate: usize, invertGate: i32, hashGate: usize, corrections: usize, accumulator: usize, ones: usize, n: i32): void {
  garbleOnes<u32>(gate, invertGate, hashGate, corrections, accumulator, ones, n);
}
export function garbleOnes64(gate: usize, invertGate: i32, hashGate: usize, corrections: usize, accumulator: usize, ones: usize, n: i32): void {
  garbleOnes<u64>(gate, invertGate, hashGate, corrections, accumulator, ones, n);
}

/** The evaluator's part of one term; hashes are of the active labels. */
export function evaluateTerm32(y: usize, cipherY: usize, gate: usize, hashGate: usize, gated: i32, coefficient: u32, corrections: usize, accumulator: usize, n: i32): void {
  const first = evaluateTerms32(y, cipherY, gate, hashGate, gated, coefficient, corrections, accumulator, n);
  evaluateTerm<u32>(y, cipherY, gate, hashGate, gated, coefficient, corrections, accumulator, n, first);
}
export function evaluateTerm64(y: usize, cipherY: usize, gate: usize, hashGate: usize, gated: i32, coefficient: u64, corrections: usize, accumulator: usize, n: i32): void {
  evaluateTerm<u64>(y, cipherY, gate, hashGate, gated, coefficient, corrections, accumulator, n, 0);
}
export function evaluateOnes32(gate: usize, hashGate: usize, corrections: usize, accumulator: usize, n: i32): void {
  evaluateOnes<u32>(gate, hashGate, corrections, accumulator, n);
}
export function evaluateOnes64(gate: usize, hashGate: usize, corrections: usize, accumulator: usize, n: i32): void {
  evaluateOnes<u64>(gate, hashGate, corrections, accumulator, n);
}

/** accumulator += ones over n words: what the colour-0 labels of an ungated output stand for. */
export function addOnes32(accumulator: usize, ones: usize, n: i32): void {
  for (let i = 0, bytes = n << 2; i < bytes; i += 4) store<u32>(accumulator + i, load<u32>(accumulator + i) + load<u32>(ones + i));
}
export function addOnes64(accumulator: usize, ones: usize, n: i32): void {
  for (let i = 0, bytes = n << 3; i < bytes; i += 8) store<u64>(accumulator + i, load<u64>(accumulator + i) + load<u64>(ones + i));
}
