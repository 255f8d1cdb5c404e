/**
 * Bit-sliced Boolean arithmetic on replicated shares of three parties, and what turns words into bits and back.
 *
 * A plane holds one bit of every instance: instance i is bit i of `vectors` 128-bit vectors. A slot is two planes, the
 * party's first and second component of a shared bit. Literals are 2*slot, plus 1 where the bit is taken inverted; an
 * inversion flips one component of the three, so a party is told what it flips: all ones or zero for each of its two.
 */

// @ts-ignore: decorator
@inline function splatMask(flag: i32): v128 {
  return i32x4.splat(-flag);
}

/** out = a xor b for `count` triples (a, b, out) of slots, both components at once. */
export function xorGates(gates: usize, count: i32, slots: usize, vectors: i32): void {
  const slotBytes = (<usize>vectors) << 5;
  for (let i = 0; i < count; i++) {
    let a = slots + <usize>load<u32>(gates) * slotBytes;
    let b = slots + <usize>load<u32>(gates, 4) * slotBytes;
    let out = slots + <usize>load<u32>(gates, 8) * slotBytes;
    const end = a + slotBytes;
    while (a < end) {
      v128.store(out, v128.xor(v128.load(a), v128.load(b)));
      v128.store(out, v128.xor(v128.load(a, 16), v128.load(b, 16)), 16);
      a += 32;
      b += 32;
      out += 32;
    }
    gates += 12;
  }
}

/**
 * A party's additive part of sums of products for `count` triples (a, b, more) of two literals and a flag: of components (x_0, x_1) and
 * (y_0, y_1) it is x_0 y_1 + x_1 y_0, and x_0 y_0 where `alike`; added to the row before where `more`, else a row of its own, `rowBytes` each.
 */
export function andGates(
  gates: usize, count: i32, slots: usize, vectors: i32, flipFirst: i32, flipSecond: i32, alike: i32, out: usize, rowBytes: i32,
): void {
  const planeBytes = (<usize>vectors) << 4;
  const slotBytes = planeBytes << 1;
  const likes = splatMask(alike);
  out -= rowBytes;
  for (let i = 0; i < count; i++) {
    const more = load<u32>(gates, 8);
    if (!more) out += rowBytes;
    const keep = splatMask(<i32>more);
    const left = load<u32>(gates);
    const right = load<u32>(gates, 4);
    let a = slots + <usize>(left >> 1) * slotBytes;
    let b = slots + <usize>(right >> 1) * slotBytes;
    const firstA = splatMask(flipFirst & (left & 1));
    const secondA = splatMask(flipSecond & (left & 1));
    const firstB = splatMask(flipFirst & (right & 1));
    const bothB = splatMask(((flipFirst & alike) ^ flipSecond) & (right & 1));
    // the last vector of a row may reach into the next, which is written later
    let to = out;
    const end = a + planeBytes;
    while (a < end) {
      const b0 = v128.load(b);
      const b1 = v128.load(b + planeBytes);
      const a0 = v128.xor(v128.load(a), firstA);
      const a1 = v128.xor(v128.load(a + planeBytes), secondA);
      const sum = v128.xor(v128.xor(v128.and(b0, likes), b1), bothB);
      const product = v128.xor(v128.and(a0, sum), v128.and(a1, v128.xor(b0, firstB)));
      v128.store(to, v128.xor(product, v128.and(keep, v128.load(to))));
      a += 16;
      b += 16;
      to += 16;
    }
    gates += 12;
  }
}

/**
 * A helper's part of sums of products of a bit that party 0 knows and one that the helpers know: of the first it has one component that
 * is not zero, of the second the bit itself, and party 0's part is zero. Triples as those of andGates, plain literals, party 0's first.
 */
export function knownGates(
  gates: usize, count: i32, slots: usize, vectors: i32, ownerComponent: i32, helperComponent: i32, out: usize, rowBytes: i32,
): void {
  const planeBytes = (<usize>vectors) << 4;
  const owners = slots + <usize>ownerComponent * planeBytes;
  const helpers = slots + <usize>helperComponent * planeBytes;
  out -= rowBytes;
  for (let i = 0; i < count; i++) {
    const more = load<u32>(gates, 8);
    if (!more) out += rowBytes;
    // a literal is twice a slot, a slot is two planes
    let a = owners + <usize>load<u32>(gates) * planeBytes;
    let b = helpers + <usize>load<u32>(gates, 4) * planeBytes;
    let to = out;
    const end = a + planeBytes;
    if (more) {
      while (a < end) {
        v128.store(to, v128.xor(v128.load(to), v128.and(v128.load(a), v128.load(b))));
        a += 16;
        b += 16;
        to += 16;
      }
    } else {
      while (a < end) {
        v128.store(to, v128.and(v128.load(a), v128.load(b)));
        a += 16;
        b += 16;
        to += 16;
      }
    }
    gates += 12;
  }
}

/** Row c = row a AND row b for `count` triples (a, b, c), rows of known bits that are `stride` bytes apart; may write up to 15 bytes past a row. */
export function andRows(gates: usize, count: i32, rows: usize, stride: i32, bytes: i32): void {
  for (let i = 0; i < count; i++) {
    let a = rows + <usize>load<u32>(gates) * stride;
    let b = rows + <usize>load<u32>(gates, 4) * stride;
    let out = rows + <usize>load<u32>(gates, 8) * stride;
    const end = out + bytes;
    while (out < end) {
      v128.store(out, v128.and(v128.load(a), v128.load(b)));
      a += 16;
      b += 16;
      out += 16;
    }
    gates += 12;
  }
}

/** Rows of `rowBytes` at `from` to component `component` of the slots listed at `list`; reads up to 15 bytes past the end. */
export function placeRows(list: usize, count: i32, slots: usize, vectors: i32, component: i32, from: usize, rowBytes: i32): void {
  const planeBytes = (<usize>vectors) << 4;
  for (let i = 0; i < count; i++) {
    let to = slots + <usize>load<u32>(list) * (planeBytes << 1) + <usize>component * planeBytes;
    let source = from;
    const end = to + planeBytes;
    while (to < end) {
      v128.store(to, v128.load(source));
      to += 16;
      source += 16;
    }
    from += rowBytes;
    list += 4;
  }
}

/** 8 planes of 16 instances from one byte each of 16 words. */
// @ts-ignore: decorator
@inline function storeByte(bytes: v128, out: usize, plane: usize, first: i32, last: i32): void {
  // the top bit of each byte comes first
  for (let bit = 7; bit >= 0; bit--) {
    if (first + bit < last) store<u16>(out + <usize>(first + bit) * plane, <u16>i8x16.bitmask(bytes));
    bytes = i8x16.add(bytes, bytes);
  }
}

// @ts-ignore: decorator
@inline function evenBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}

// @ts-ignore: decorator
@inline function oddBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

// @ts-ignore: decorator
@inline function toPlanes32(a: v128, b: v128, c: v128, d: v128, out: usize, plane: usize, first: i32, width: i32): void {
  const even0 = evenBytes(a, b);
  const even1 = evenBytes(c, d);
  const odd0 = oddBytes(a, b);
  const odd1 = oddBytes(c, d);
  storeByte(evenBytes(even0, even1), out, plane, first, width);
  if (first + 8 < width) storeByte(evenBytes(odd0, odd1), out, plane, first + 8, width);
  if (first + 16 < width) storeByte(oddBytes(even0, even1), out, plane, first + 16, width);
  if (first + 24 < width) storeByte(oddBytes(odd0, odd1), out, plane, first + 24, width);
}

/** Bit k < width of n words to plane k at out + k * planeBytes. The words are read up to a multiple of 16, planes are written as far. */
export function toPlanes32bit(words: usize, n: i32, width: i32, out: usize, planeBytes: i32): void {
  for (let i = 0; i < n; i += 16) {
    toPlanes32(v128.load(words), v128.load(words, 16), v128.load(words, 32), v128.load(words, 48), out, planeBytes, 0, width);
    words += 64;
    out += 2;
  }
}

// @ts-ignore: decorator
@inline function evenWords(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}

// @ts-ignore: decorator
@inline function oddWords(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

export function toPlanes64bit(words: usize, n: i32, width: i32, out: usize, planeBytes: i32): void {
  for (let i = 0; i < n; i += 16) {
    const a = v128.load(words);
    const b = v128.load(words, 16);
    const c = v128.load(words, 32);
    const d = v128.load(words, 48);
    const e = v128.load(words, 64);
    const f = v128.load(words, 80);
    const g = v128.load(words, 96);
    const h = v128.load(words, 112);
    toPlanes32(evenWords(a, b), evenWords(c, d), evenWords(e, f), evenWords(g, h), out, planeBytes, 0, width);
    if (width > 32) {
      toPlanes32(oddWords(a, b), oddWords(c, d), oddWords(e, f), oddWords(g, h), out, planeBytes, 32, width);
    }
    words += 128;
    out += 2;
  }
}

// ---- words of any width, packed without gaps ----

/** Low `width` <= 32 bits of n words that are `stride` bytes apart, packed; writes up to 8 bytes past ceil(n * width / 8). */
// @ts-ignore: decorator
@inline function pack(words: usize, stride: usize, n: i32, width: i32, out: usize): void {
  const mask = ((<u64>1) << width) - 1;
  let buffer: u64 = 0;
  let filled: u64 = 0;
  let i = 0;
  if (width <= 28) {
    // two words and the bits of a byte that is not yet full
    const step = 2 * <u64>width;
    for (; i + 1 < n; i += 2) {
      const pair = (load<u32>(words) & mask) | ((load<u32>(words + stride) & mask) << width);
      buffer |= pair << filled;
      store<u64>(out, buffer);
      filled += step;
      out += <usize>(filled >> 3);
      buffer >>= filled & 56;
      filled &= 7;
      words += stride << 1;
    }
  }
  for (; i < n; i++) {
    buffer |= (load<u32>(words) & mask) << filled;
    store<u64>(out, buffer);
    filled += width;
    out += <usize>(filled >> 3);
    buffer >>= filled & 56;
    filled &= 7;
    words += stride;
  }
}

/** The bits from `bit` on. */
// @ts-ignore: decorator
@inline function field(packed: usize, bit: usize, mask: u64): u64 {
  return (load<u64>(packed + (bit >> 3)) >> (bit & 7)) & mask;
}

/** n words of `width` <= 32 bits; reads up to 7 bytes past the end. */
// @ts-ignore: decorator
@inline function unpack<T>(packed: usize, n: i32, width: i32, out: usize): void {
  const mask = ((<u64>1) << width) - 1;
  for (let i = 0; i < n; i++) store<T>(out + <usize>i * sizeof<T>(), <T>field(packed, <usize>i * width, mask));
}

export function packBits32(words: usize, n: i32, width: i32, out: usize): void {
  if (width == 32) memory.copy(out, words, (<usize>n) << 2);
  else pack(words, 4, n, width, out);
}
/** 32 < width < 64: the low 32 bits of all, then the rest. */
export function packBits64(words: usize, n: i32, width: i32, out: usize): void {
  if (width <= 32) pack(words, 8, n, width, out);
  else {
    for (let i = 0; i < n; i++) store<u32>(out + ((<usize>i) << 2), load<u32>(words + ((<usize>i) << 3)));
    pack(words + 4, 8, n, width - 32, out + ((<usize>n) << 2));
  }
}
export function unpackBits32(packed: usize, n: i32, width: i32, out: usize): void {
  if (width == 32) memory.copy(out, packed, (<usize>n) << 2);
  else unpack<u32>(packed, n, width, out);
}
export function unpackBits64(packed: usize, n: i32, width: i32, out: usize): void {
  if (width <= 32) {
    unpack<u64>(packed, n, width, out);
    return;
  }
  const high = packed + ((<usize>n) << 2);
  const mask = ((<u64>1) << (width - 32)) - 1;
  for (let i = 0; i < n; i++) {
    const rest = field(high, <usize>i * (width - 32), mask);
    store<u64>(out + ((<usize>i) << 3), <u64>load<u32>(packed + ((<usize>i) << 2)) | (rest << 32));
  }
}

// ---- from bits to additive words: sums of products U_j V_j, U_j known to party 0, V_j to parties 1 and 2 ----
// Rows of words are whole vectors: their last may hold words of no instance, which are not read.

/** All ones in the words of instances i, i + 1, .. of a vector whose bit is 1: a bit times x is the mask AND x. */
// @ts-ignore: decorator
@inline function maskOf<T>(plane: usize, i: i32): v128 {
  const bits = v128.splat<T>(<T>(load<u8>(plane + (<usize>i >> 3)) >> (<u8>i & 7)));
  const each = sizeof<T>() == 4 ? i32x4(1, 2, 4, 8) : i64x2(1, 2);
  return v128.eq<T>(v128.and(bits, each), each);
}

/** x (1 - 2 bit) */
// @ts-ignore: decorator
@inline function negatedWhere<T>(bit: v128, x: v128): v128 {
  return v128.sub<T>(v128.xor(x, bit), bit);
}

/** out_i = bit_i - r_i, the bit being the sum of two planes, inverted where `flip`. */
// @ts-ignore: decorator
@inline function ownBit<T>(first: usize, second: usize, flip: i32, r: usize, out: usize, n: i32): void {
  const one = v128.splat<T>(1);
  const flips = splatMask(flip);
  for (let i = 0; i < n; i += 16 / sizeof<T>()) {
    const at = <usize>i * sizeof<T>();
    const bit = v128.and(v128.xor(v128.xor(maskOf<T>(first, i), maskOf<T>(second, i)), flips), one);
    v128.store(out + at, v128.sub<T>(bit, v128.load(r + at)));
  }
}

/** sum_i += coefficient * (own * v_i + r_i * (1 - 2 v_i)), v_i the bit of the plane, inverted where `flip` */
// @ts-ignore: decorator
@inline function addBit<T>(plane: usize, flip: i32, r: usize, coefficient: T, own: T, sum: usize, n: i32): void {
  const factor = v128.splat<T>(coefficient);
  const owned = v128.splat<T>(own);
  const flips = splatMask(flip);
  for (let i = 0; i < n; i += 16 / sizeof<T>()) {
    const at = <usize>i * sizeof<T>();
    const v = v128.xor(maskOf<T>(plane, i), flips);
    const product = v128.add<T>(v128.and(v, owned), negatedWhere<T>(v, v128.load(r + at)));
    v128.store(sum + at, v128.add<T>(v128.load(sum + at), v128.mul<T>(factor, product)));
  }
}

export function ownBit32(first: usize, second: usize, flip: i32, r: usize, out: usize, n: i32): void {
  ownBit<u32>(first, second, flip, r, out, n);
}
export function ownBit64(first: usize, second: usize, flip: i32, r: usize, out: usize, n: i32): void {
  ownBit<u64>(first, second, flip, r, out, n);
}
export function addBit32(plane: usize, flip: i32, r: usize, coefficient: u32, own: i32, sum: usize, n: i32): void {
  addBit<u32>(plane, flip, r, coefficient, own, sum, n);
}
export function addBit64(plane: usize, flip: i32, r: usize, coefficient: u64, own: i32, sum: usize, n: i32): void {
  addBit<u64>(plane, flip, r, coefficient, own, sum, n);
}

// ---- a ReLU from two carries (src/protocols/three/convert.ts has the equations) ----

// @ts-ignore: decorator
@inline function reluFactors<T>(
  a: usize, width: i32, shift: i32, low0: usize, low1: usize, top0: usize, top1: usize, n: i32, out: usize, row: usize,
): void {
  const one = v128.splat<T>(1);
  const zero = v128.splat<T>(0);
  const bits = v128.splat<T>(~(<T>0) >> <T>(sizeof<T>() * 8 - width));
  const middle = v128.splat<T>((<T>1) << <T>(width - 1 - shift));
  for (let i = 0; i < n; i += 16 / sizeof<T>()) {
    const word = v128.and(v128.load(a + <usize>i * sizeof<T>()), bits);
    const top = v128.sub<T>(zero, v128.shr<T>(word, width - 1));
    const carry = v128.xor(maskOf<T>(top0, i), maskOf<T>(top1, i));
    const keep = v128.xor(top, carry);
    const low = shift > 0 ? v128.xor(maskOf<T>(low0, i), maskOf<T>(low1, i)) : zero;
    // a mask of ones is -1
    const known = v128.sub<T>(v128.sub<T>(v128.shr<T>(word, shift), low), middle);
    let to = out + <usize>i * sizeof<T>();
    v128.store(to, v128.and(known, keep));
    to += row;
    v128.store(to, negatedWhere<T>(keep, known));
    to += row;
    v128.store(to, v128.and(keep, one));
    to += row;
    v128.store(to, v128.and(top, one));
    to += row;
    v128.store(to, v128.and(v128.and(top, carry), one));
    to += row;
    if (shift > 0) {
      const factor = v128.or(low, one);
      v128.store(to, factor);
      to += row;
      v128.store(to, v128.and(keep, factor));
    }
  }
}

// @ts-ignore: decorator
@inline function reluSum<T>(
  b: usize, width: i32, shift: i32, lowPlane: usize, topPlane: usize, own: i32, n: i32, r: usize, row: usize, out: usize,
): void {
  const zero = v128.splat<T>(0);
  const owned = splatMask(own);
  const bits = v128.splat<T>(~(<T>0) >> <T>(sizeof<T>() * 8 - width));
  const wrap = width - shift;
  for (let i = 0; i < n; i += 16 / sizeof<T>()) {
    const word = v128.and(v128.load(b + <usize>i * sizeof<T>()), bits);
    const top = v128.sub<T>(zero, v128.shr<T>(word, width - 1));
    const carry = maskOf<T>(topPlane, i);
    const keep = v128.xor(top, carry);
    const known = v128.shr<T>(word, shift);
    let from = r + <usize>i * sizeof<T>();
    let sum = v128.add<T>(v128.load(from), v128.and(v128.and(known, keep), owned));
    from += row;
    sum = v128.add<T>(sum, v128.and(v128.load(from), keep));
    from += row;
    sum = v128.add<T>(sum, negatedWhere<T>(keep, v128.mul<T>(v128.load(from), known)));
    from += row;
    const both = v128.and(v128.load(from), v128.and(top, carry));
    const wraps = v128.add<T>(both, v128.and(negatedWhere<T>(carry, v128.load(from + row)), top));
    // a shift by the whole word would be none
    sum = v128.sub<T>(sum, v128.shl<T>(v128.shl<T>(wraps, wrap >> 1), wrap - (wrap >> 1)));
    if (shift > 0) {
      from += row << 1;
      const low = maskOf<T>(lowPlane, i);
      sum = v128.add<T>(sum, v128.and(v128.load(from), v128.and(keep, low)));
      sum = v128.add<T>(sum, v128.and(negatedWhere<T>(keep, v128.load(from + row)), low));
    }
    v128.store(out + <usize>i * sizeof<T>(), sum);
  }
}

/**
 * Party 0's factors of n ReLUs, rows `row` bytes apart: what it adds alone, (known - 2^(m-1-d))(1 - 2 keep), keep, top, top AND carry
 * and, where shift > 0, 1 - 2 low, keep (1 - 2 low).
 */
export function reluFactors32(
  a: usize, width: i32, shift: i32, low0: usize, low1: usize, top0: usize, top1: usize, n: i32, out: usize, row: usize,
): void {
  reluFactors<u32>(a, width, shift, low0, low1, top0, top1, n, out, row);
}
export function reluFactors64(
  a: usize, width: i32, shift: i32, low0: usize, low1: usize, top0: usize, top1: usize, n: i32, out: usize, row: usize,
): void {
  reluFactors<u64>(a, width, shift, low0, low1, top0, top1, n, out, row);
}

/** A helper's sum over its shares r of these rows; `own` is 1 for the one that adds what both helpers know. */
export function reluSum32(
  b: usize, width: i32, shift: i32, low: usize, top: usize, own: i32, n: i32, r: usize, row: usize, out: usize,
): void {
  reluSum<u32>(b, width, shift, low, top, own, n, r, row, out);
}
export function reluSum64(
  b: usize, width: i32, shift: i32, low: usize, top: usize, own: i32, n: i32, r: usize, row: usize, out: usize,
): void {
  reluSum<u64>(b, width, shift, low, top, own, n, r, row, out);
}

// ---- a ReLU of two parties from masked bits (src/protocols/two/bits/convert.ts has the equations) ----

/** out_i = floor((a_i mod 2^width) / 2^shift) - less */
// @ts-ignore: decorator
@inline function shiftedWords<T>(a: usize, width: i32, shift: i32, less: T, n: i32, out: usize): void {
  const bits = v128.splat<T>(~(<T>0) >> <T>(sizeof<T>() * 8 - width));
  const offset = v128.splat<T>(less);
  for (let i = 0; i < n; i += 16 / sizeof<T>()) {
    const at = <usize>i * sizeof<T>();
    const word = v128.and(v128.load(a + at), bits);
    v128.store(out + at, v128.sub<T>(v128.shr<T>(word, shift), offset));
  }
}

/** Seven rows of products of the masks keep, low, top, both and of words r, each minus what `rows` held. */
// @ts-ignore: decorator
@inline function reluMasks<T>(
  keepPlane: usize, lowPlane: usize, topPlane: usize, bothPlane: usize, r: usize, n: i32, rows: usize, row: usize,
): void {
  const one = v128.splat<T>(1);
  for (let i = 0; i < n; i += 16 / sizeof<T>()) {
    const keep = maskOf<T>(keepPlane, i);
    const low = maskOf<T>(lowPlane, i);
    const top = maskOf<T>(topPlane, i);
    const both = maskOf<T>(bothPlane, i);
    let at = rows + <usize>i * sizeof<T>();
    v128.store(at, v128.sub<T>(v128.and(keep, one), v128.load(at)));
    at += row;
    v128.store(at, v128.sub<T>(v128.and(keep, v128.load(r + <usize>i * sizeof<T>())), v128.load(at)));
    at += row;
    v128.store(at, v128.sub<T>(v128.and(low, one), v128.load(at)));
    at += row;
    v128.store(at, v128.sub<T>(v128.and(v128.and(keep, low), one), v128.load(at)));
    at += row;
    v128.store(at, v128.sub<T>(v128.and(top, one), v128.load(at)));
    at += row;
    v128.store(at, v128.sub<T>(v128.and(both, one), v128.load(at)));
    at += row;
    v128.store(at, v128.sub<T>(v128.and(v128.and(both, top), one), v128.load(at)));
  }
}

/** A party's words of a ReLU: x its share of X, s = X + R, the planes of masked bits, `rows` its shares of the seven rows. */
// @ts-ignore: decorator
@inline function reluWords<T>(
  x: usize, s: usize, keepPlane: usize, lowPlane: usize, topPlane: usize, bothPlane: usize,
  hasLow: i32, wrap: i32, own: i32, n: i32, rows: usize, row: usize, out: usize,
): void {
  const one = v128.splat<T>(1);
  const owned = v128.splat<T>(own);
  const lows = splatMask(hasLow);
  for (let i = 0; i < n; i += 16 / sizeof<T>()) {
    const index = <usize>i * sizeof<T>();
    const keep = maskOf<T>(keepPlane, i);
    const low = v128.and(maskOf<T>(lowPlane, i), lows);
    const top = maskOf<T>(topPlane, i);
    const both = maskOf<T>(bothPlane, i);
    let at = rows + index;
    const keepMask = v128.load(at);
    at += row;
    const keepR = v128.load(at);
    at += row;
    const lowMask = v128.load(at);
    at += row;
    const keepLow = v128.load(at);
    at += row;
    const topMask = v128.load(at);
    at += row;
    const bothMask = v128.load(at);
    at += row;
    const topBoth = v128.load(at);
    const sum = v128.add<T>(v128.add<T>(v128.load(x + index), v128.and(low, owned)), negatedWhere<T>(low, lowMask));
    const opened = v128.add<T>(v128.load(s + index), v128.and(low, one));
    const masked = v128.add<T>(v128.sub<T>(v128.mul<T>(opened, keepMask), keepR), negatedWhere<T>(low, keepLow));
    const kept = v128.add<T>(v128.and(sum, keep), negatedWhere<T>(keep, masked));
    const ones = v128.add<T>(v128.and(v128.and(both, top), owned), v128.and(both, negatedWhere<T>(top, topMask)));
    const others = v128.add<T>(v128.and(top, negatedWhere<T>(both, bothMask)), negatedWhere<T>(v128.xor(top, both), topBoth));
    const wraps = v128.add<T>(ones, others);
    // a shift by the whole word would be none
    v128.store(out + index, v128.sub<T>(kept, v128.shl<T>(v128.shl<T>(wraps, wrap >> 1), wrap - (wrap >> 1))));
  }
}

export function shiftedWords32(a: usize, width: i32, shift: i32, less: u32, n: i32, out: usize): void {
  shiftedWords<u32>(a, width, shift, less, n, out);
}
export function shiftedWords64(a: usize, width: i32, shift: i32, less: u64, n: i32, out: usize): void {
  shiftedWords<u64>(a, width, shift, less, n, out);
}
export function reluMasks32(keep: usize, low: usize, top: usize, both: usize, r: usize, n: i32, rows: usize, row: usize): void {
  reluMasks<u32>(keep, low, top, both, r, n, rows, row);
}
export function reluMasks64(keep: usize, low: usize, top: usize, both: usize, r: usize, n: i32, rows: usize, row: usize): void {
  reluMasks<u64>(keep, low, top, both, r, n, rows, row);
}
export function reluWords32(
  x: usize, s: usize, keep: usize, low: usize, top: usize, both: usize,
  hasLow: i32, wrap: i32, own: i32, n: i32, rows: usize, row: usize, out: usize,
): void {
  reluWords<u32>(x, s, keep, low, top, both, hasLow, wrap, own, n, rows, row, out);
}
export function reluWords64(
  x: usize, s: usize, keep: usize, low: usize, top: usize, both: usize,
  hasLow: i32, wrap: i32, own: i32, n: i32, rows: usize, row: usize, out: usize,
): void {
  reluWords<u64>(x, s, keep, low, top, both, hasLow, wrap, own, n, rows, row, out);
}

/** out = (a AND b) xor c over `vectors`, as fast as memory and the instructions allow: the bound of what the gates can reach. */
export function bitStream(a: usize, b: usize, c: usize, out: usize, vectors: i32): void {
  const end = out + ((<usize>vectors) << 4);
  while (out < end) {
    v128.store(out, v128.xor(v128.and(v128.load(a), v128.load(b)), v128.load(c)));
    a += 16;
    b += 16;
    c += 16;
    out += 16;
  }
}

// ---- pads of bits and words from hashes of labels (src/correlations/bits/pads.ts) ----

/** Word i = the word at byte `at` of block i. */
// @ts-ignore: decorator
@inline function blockWords<T>(blocks: usize, n: i32, at: i32, out: usize): void {
  let from = blocks + at;
  const end = out + <usize>n * sizeof<T>();
  while (out < end) {
    store<T>(out, load<T>(from));
    from += 16;
    out += sizeof<T>();
  }
}

export function blockWords32(blocks: usize, n: i32, at: i32, out: usize): void {
  blockWords<u32>(blocks, n, at, out);
}
export function blockWords64(blocks: usize, n: i32, at: i32, out: usize): void {
  blockWords<u64>(blocks, n, at, out);
}
