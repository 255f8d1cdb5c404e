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
 * A party's additive part of sums of products for `count` triples (a, b, more) of two literals and a flag: x_i y_i + x_i y_{i+1} +
 * x_{i+1} y_i, added to the row before where `more`, else a row of its own, `rowBytes` each.
 */
export function andGates(
  gates: usize, count: i32, slots: usize, vectors: i32, flipFirst: i32, flipSecond: i32, out: usize, rowBytes: i32,
): void {
  const planeBytes = (<usize>vectors) << 4;
  const slotBytes = planeBytes << 1;
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
    const bothB = splatMask((flipFirst ^ flipSecond) & (right & 1));
    // the last vector of a row may reach into the next, which is written later
    let to = out;
    const end = a + planeBytes;
    while (a < end) {
      const b0 = v128.load(b);
      const b1 = v128.load(b + planeBytes);
      const a0 = v128.xor(v128.load(a), firstA);
      const a1 = v128.xor(v128.load(a + planeBytes), secondA);
      const sum = v128.xor(v128.xor(b0, b1), bothB);
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

/** Low `width` bits of n words, packed; writes up to 7 bytes past ceil(n * width / 8). */
// @ts-ignore: decorator
@inline function pack<T>(words: usize, n: i32, width: i32, out: usize): void {
  const mask = ((<u64>1) << width) - 1;
  let buffer: u64 = 0;
  let filled = 0;
  for (let i = 0; i < n; i++) {
    buffer |= ((<u64>load<T>(words)) & mask) << filled;
    filled += width;
    if (filled >= 32) {
      store<u32>(out, <u32>buffer);
      out += 4;
      buffer >>= 32;
      filled -= 32;
    }
    words += sizeof<T>();
  }
  store<u64>(out, buffer);
}

/** n words of `width` <= 32 bits; reads up to 7 bytes past the end. */
// @ts-ignore: decorator
@inline function unpack<T>(packed: usize, n: i32, width: i32, out: usize): void {
  const mask = ((<u64>1) << width) - 1;
  let buffer: u64 = 0;
  let filled = 0;
  for (let i = 0; i < n; i++) {
    if (filled < width) {
      buffer |= (<u64>load<u32>(packed)) << filled;
      packed += 4;
      filled += 32;
    }
    store<T>(out, <T>(buffer & mask));
    buffer >>= width;
    filled -= width;
    out += sizeof<T>();
  }
}

/** 32 < width < 64: the low 32 bits of all, then the rest. */
export function packBits32(words: usize, n: i32, width: i32, out: usize): void {
  pack<u32>(words, n, width, out);
}
export function packBits64(words: usize, n: i32, width: i32, out: usize): void {
  if (width <= 32) {
    pack<u64>(words, n, width, out);
    return;
  }
  for (let i = 0; i < n; i++) store<u32>(out + ((<usize>i) << 2), load<u32>(words + ((<usize>i) << 3)));
  const high = out + ((<usize>n) << 2);
  let buffer: u64 = 0;
  let filled = 0;
  let to = high;
  const mask = ((<u64>1) << (width - 32)) - 1;
  for (let i = 0; i < n; i++) {
    buffer |= ((<u64>load<u32>(words + ((<usize>i) << 3), 4)) & mask) << filled;
    filled += width - 32;
    if (filled >= 32) {
      store<u32>(to, <u32>buffer);
      to += 4;
      buffer >>= 32;
      filled -= 32;
    }
  }
  store<u64>(to, buffer);
}
export function unpackBits32(packed: usize, n: i32, width: i32, out: usize): void {
  unpack<u32>(packed, n, width, out);
}
export function unpackBits64(packed: usize, n: i32, width: i32, out: usize): void {
  if (width <= 32) {
    unpack<u64>(packed, n, width, out);
    return;
  }
  let high = packed + ((<usize>n) << 2);
  const mask = ((<u64>1) << (width - 32)) - 1;
  let buffer: u64 = 0;
  let filled = 0;
  for (let i = 0; i < n; i++) {
    if (filled < width - 32) {
      buffer |= (<u64>load<u32>(high)) << filled;
      high += 4;
      filled += 32;
    }
    store<u32>(out, load<u32>(packed));
    store<u32>(out, <u32>(buffer & mask), 4);
    buffer >>= width - 32;
    filled -= width - 32;
    packed += 4;
    out += 8;
  }
}

// ---- from bits to additive words: sums of products U_j V_j, U_j known to party 0, V_j to parties 1 and 2 ----

// @ts-ignore: decorator
@inline function bitAt<T>(plane: usize, i: i32): T {
  return <T>((load<u32>(plane + ((<usize>(i >> 5)) << 2)) >> (i & 31)) & 1);
}

/** out_i = bit_i - r_i, the bit being the sum of two planes, inverted where `flip`. */
// @ts-ignore: decorator
@inline function ownBit<T>(first: usize, second: usize, flip: i32, r: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const at = <usize>i * sizeof<T>();
    store<T>(out + at, (bitAt<T>(first, i) ^ bitAt<T>(second, i) ^ <T>flip) - load<T>(r + at));
  }
}

/** sum_i += coefficient * (own * v_i + r_i * (1 - 2 v_i)) */
// @ts-ignore: decorator
@inline function addBit<T>(plane: usize, r: usize, coefficient: T, own: T, sum: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const at = <usize>i * sizeof<T>();
    const v = bitAt<T>(plane, i);
    const share = load<T>(r + at);
    // r (1 - 2v) without a branch: (r xor -v) + v
    const signed = (share ^ ((<T>0) - v)) + v;
    store<T>(sum + at, load<T>(sum + at) + coefficient * (own * v + signed));
  }
}

export function ownBit32(first: usize, second: usize, flip: i32, r: usize, out: usize, n: i32): void {
  ownBit<u32>(first, second, flip, r, out, n);
}
export function ownBit64(first: usize, second: usize, flip: i32, r: usize, out: usize, n: i32): void {
  ownBit<u64>(first, second, flip, r, out, n);
}
export function addBit32(plane: usize, r: usize, coefficient: u32, own: i32, sum: usize, n: i32): void {
  addBit<u32>(plane, r, coefficient, own, sum, n);
}
export function addBit64(plane: usize, r: usize, coefficient: u64, own: i32, sum: usize, n: i32): void {
  addBit<u64>(plane, r, coefficient, own, sum, n);
}

// ---- a ReLU from two carries (src/protocols/three/relu.ts has the equations) ----

// @ts-ignore: decorator
@inline function reluFactors<T>(
  a: usize, width: i32, shift: i32, low0: usize, low1: usize, top0: usize, top1: usize, n: i32, out: usize,
): void {
  const row = <usize>n * sizeof<T>();
  const mask: T = ~(<T>0) >> <T>(sizeof<T>() * 8 - width);
  const middle: T = (<T>1) << <T>(width - 1 - shift);
  for (let i = 0; i < n; i++) {
    const word = load<T>(a + <usize>i * sizeof<T>()) & mask;
    const top = word >> <T>(width - 1);
    const carry = bitAt<T>(top0, i) ^ bitAt<T>(top1, i);
    const keep = top ^ carry;
    const low = shift > 0 ? bitAt<T>(low0, i) ^ bitAt<T>(low1, i) : <T>0;
    const known = (word >> <T>shift) + low - middle;
    let to = out + <usize>i * sizeof<T>();
    const sign: T = 1 - 2 * keep;
    store<T>(to, known * keep);
    to += row;
    store<T>(to, known * sign);
    to += row;
    store<T>(to, keep);
    to += row;
    store<T>(to, top);
    to += row;
    store<T>(to, top & carry);
    to += row;
    if (shift > 0) {
      const factor: T = 1 - 2 * low;
      store<T>(to, factor);
      to += row;
      store<T>(to, keep * factor);
    }
  }
}

// @ts-ignore: decorator
@inline function reluSum<T>(
  b: usize, width: i32, shift: i32, lowPlane: usize, topPlane: usize, own: T, n: i32, r: usize, out: usize,
): void {
  const row = <usize>n * sizeof<T>();
  const mask: T = ~(<T>0) >> <T>(sizeof<T>() * 8 - width);
  const wrap = <T>(width - shift);
  for (let i = 0; i < n; i++) {
    const word = load<T>(b + <usize>i * sizeof<T>()) & mask;
    const top = word >> <T>(width - 1);
    const carry = bitAt<T>(topPlane, i);
    const keep = top ^ carry;
    const sign: T = 1 - 2 * keep;
    const known = word >> <T>shift;
    let from = r + <usize>i * sizeof<T>();
    let sum = load<T>(from) + own * known * keep;
    from += row;
    sum += load<T>(from) * keep;
    from += row;
    sum += load<T>(from) * known * sign;
    from += row;
    // a shift by the whole word would be none
    const wraps = load<T>(from) * (top & carry) + load<T>(from + row) * (top * (1 - 2 * carry));
    sum -= (wraps << (wrap >> 1)) << (wrap - (wrap >> 1));
    if (shift > 0) {
      from += row << 1;
      const low = bitAt<T>(lowPlane, i);
      sum += load<T>(from) * (keep & low) + load<T>(from + row) * (sign * low);
    }
    store<T>(out + <usize>i * sizeof<T>(), sum);
  }
}

/**
 * Party 0's factors of n ReLUs, row after row: what it adds alone, (known - 2^(m-1-d))(1 - 2 keep), keep, top, top AND carry and,
 * where shift > 0, 1 - 2 low, keep (1 - 2 low).
 */
export function reluFactors32(a: usize, width: i32, shift: i32, low0: usize, low1: usize, top0: usize, top1: usize, n: i32, out: usize): void {
  reluFactors<u32>(a, width, shift, low0, low1, top0, top1, n, out);
}
export function reluFactors64(a: usize, width: i32, shift: i32, low0: usize, low1: usize, top0: usize, top1: usize, n: i32, out: usize): void {
  reluFactors<u64>(a, width, shift, low0, low1, top0, top1, n, out);
}

/** A helper's sum over its shares r of these rows; `own` is 1 for the one that adds what both helpers know. */
export function reluSum32(b: usize, width: i32, shift: i32, low: usize, top: usize, own: i32, n: i32, r: usize, out: usize): void {
  reluSum<u32>(b, width, shift, low, top, own, n, r, out);
}
export function reluSum64(b: usize, width: i32, shift: i32, low: usize, top: usize, own: i32, n: i32, r: usize, out: usize): void {
  reluSum<u64>(b, width, shift, low, top, own, n, r, out);
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
