/**
 * Oblivious transfer: the XOR sums of SoftSpokenOT, bit transposition, and products by correlated transfer with packed pads.
 *
 * Rows are bit vectors, bit i in byte i / 8; `stride` is the distance of two rows in bytes (not a power of two, so that rows do not
 * share cache sets). Selections are masks: no branch and no index depends on a choice bit, a label or Delta.
 */

// ---- SoftSpokenOT (Roy, CRYPTO 2022), small-field VOLE ----

/** Stores x, or adds it to what is there. */
// @ts-ignore: decorator
@inline function put(at: usize, x: v128, add: bool): void {
  v128.store(at, add ? v128.xor(v128.load(at), x) : x);
}

/**
 * sum = xor of 2^bits rows, v_b = xor of the rows whose index has bit b, b < bits <= 4; where `add`, v_b is added to what is there. A row is read once:
 * sums of pairs, of fours and of eights stay in registers. `bytes` is a multiple of 16; the v rows have stride `vStride`.
 */
export function foldRows(rows: usize, stride: usize, bits: i32, bytes: usize, sum: usize, v: usize, vStride: usize, add: bool): void {
  if (bits == 4) {
    for (let at: usize = 0; at < bytes; at += 16) fold16(rows + at, stride, sum + at, v + at, vStride, add);
  } else if (bits == 3) {
    for (let at: usize = 0; at < bytes; at += 16) fold8(rows + at, stride, sum + at, v + at, vStride, add);
  } else if (bits == 2) {
    for (let at: usize = 0; at < bytes; at += 16) fold4(rows + at, stride, sum + at, v + at, vStride, add);
  } else {
    for (let at: usize = 0; at < bytes; at += 16) {
      const odd = v128.load(rows + stride + at);
      put(v + at, odd, add);
      v128.store(sum + at, v128.xor(v128.load(rows + at), odd));
    }
  }
}

// @ts-ignore: decorator
@inline function fold4(rows: usize, stride: usize, sum: usize, v: usize, vStride: usize, add: bool): void {
  const one = v128.load(rows + stride);
  const three = v128.load(rows + 3 * stride);
  const low = v128.xor(v128.load(rows), one);
  const high = v128.xor(v128.load(rows + 2 * stride), three);
  put(v, v128.xor(one, three), add);
  put(v + vStride, high, add);
  v128.store(sum, v128.xor(low, high));
}

// @ts-ignore: decorator
@inline function fold8(rows: usize, stride: usize, sum: usize, v: usize, vStride: usize, add: bool): void {
  let odd = v128.load(rows + stride);
  const a = v128.xor(v128.load(rows), odd);
  let x = v128.load(rows + 3 * stride);
  odd = v128.xor(odd, x);
  const b = v128.xor(v128.load(rows + 2 * stride), x);
  x = v128.load(rows + 5 * stride);
  odd = v128.xor(odd, x);
  const c = v128.xor(v128.load(rows + 4 * stride), x);
  x = v128.load(rows + 7 * stride);
  odd = v128.xor(odd, x);
  const d = v128.xor(v128.load(rows + 6 * stride), x);
  const high = v128.xor(c, d);
  put(v, odd, add);
  put(v + vStride, v128.xor(b, d), add);
  put(v + 2 * vStride, high, add);
  v128.store(sum, v128.xor(v128.xor(a, b), high));
}

// @ts-ignore: decorator
@inline function fold16(rows: usize, stride: usize, sum: usize, v: usize, vStride: usize, add: bool): void {
  let odd = v128.load(rows + stride);
  const a = v128.xor(v128.load(rows), odd);
  let x = v128.load(rows + 3 * stride);
  odd = v128.xor(odd, x);
  const b = v128.xor(v128.load(rows + 2 * stride), x);
  x = v128.load(rows + 5 * stride);
  odd = v128.xor(odd, x);
  const c = v128.xor(v128.load(rows + 4 * stride), x);
  x = v128.load(rows + 7 * stride);
  odd = v128.xor(odd, x);
  const d = v128.xor(v128.load(rows + 6 * stride), x);
  x = v128.load(rows + 9 * stride);
  odd = v128.xor(odd, x);
  const e = v128.xor(v128.load(rows + 8 * stride), x);
  x = v128.load(rows + 11 * stride);
  odd = v128.xor(odd, x);
  const f = v128.xor(v128.load(rows + 10 * stride), x);
  x = v128.load(rows + 13 * stride);
  odd = v128.xor(odd, x);
  const g = v128.xor(v128.load(rows + 12 * stride), x);
  x = v128.load(rows + 15 * stride);
  odd = v128.xor(odd, x);
  const h = v128.xor(v128.load(rows + 14 * stride), x);
  const cd = v128.xor(c, d);
  const gh = v128.xor(g, h);
  const high = v128.xor(v128.xor(e, f), gh);
  put(v, odd, add);
  put(v + vStride, v128.xor(v128.xor(b, d), v128.xor(f, h)), add);
  put(v + 2 * vStride, v128.xor(cd, gh), add);
  put(v + 3 * vStride, high, add);
  v128.store(sum, v128.xor(v128.xor(v128.xor(a, b), cd), high));
}

/** out = a xor b. `bytes` is a multiple of 16. */
export function xorBytes(a: usize, b: usize, out: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) v128.store(out + at, v128.xor(v128.load(a + at), v128.load(b + at)));
}

/** row ^= mask & (u ^ c), mask all ones where bit is 1: the sender's w = v + (u + c) * Delta, one bit of Delta. */
export function correctRow(row: usize, u: usize, c: usize, bit: i32, bytes: usize): void {
  const mask = i32x4.splat(-bit);
  for (let at: usize = 0; at < bytes; at += 16) {
    const sum = v128.xor(v128.load(u + at), v128.load(c + at));
    v128.store(row + at, v128.xor(v128.load(row + at), v128.and(sum, mask)));
  }
}

// @ts-ignore: decorator
@inline function swapBits(a: usize, b: usize, shift: i32, mask: v128): void {
  const x = v128.load(a);
  const y = v128.load(b);
  const t = v128.and(v128.xor(i64x2.shr_u(x, shift), y), mask);
  v128.store(b, v128.xor(y, t));
  v128.store(a, v128.xor(x, i64x2.shl(t, shift)));
}

/** Transposes 128 rows of 16 bytes in place but for the last stage, which writes to `out`. */
// @ts-ignore: decorator
@inline function transposeTile(tile: usize, out: usize): void {
  for (let i: usize = 0; i < 1024; i += 16) {
    const x = v128.load(tile + i);
    const y = v128.load(tile + i, 1024);
    v128.store(tile + i, i8x16.shuffle(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
    v128.store(tile + i, i8x16.shuffle(x, y, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 1024);
  }
  for (let block: usize = 0; block < 2048; block += 1024) {
    for (let i: usize = block; i < block + 512; i += 16) {
      const x = v128.load(tile + i);
      const y = v128.load(tile + i, 512);
      v128.store(tile + i, i8x16.shuffle(x, y, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27));
      v128.store(tile + i, i8x16.shuffle(x, y, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31), 512);
    }
  }
  for (let block: usize = 0; block < 2048; block += 512) {
    for (let i: usize = block; i < block + 256; i += 16) {
      const x = v128.load(tile + i);
      const y = v128.load(tile + i, 256);
      v128.store(tile + i, i8x16.shuffle(x, y, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29));
      v128.store(tile + i, i8x16.shuffle(x, y, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31), 256);
    }
  }
  for (let block: usize = 0; block < 2048; block += 256) {
    for (let i: usize = block; i < block + 128; i += 16) {
      const x = v128.load(tile + i);
      const y = v128.load(tile + i, 128);
      v128.store(tile + i, i8x16.shuffle(x, y, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30));
      v128.store(tile + i, i8x16.shuffle(x, y, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31), 128);
    }
  }
  for (let block: usize = 0; block < 2048; block += 128) {
    for (let i: usize = block; i < block + 64; i += 16) swapBits(tile + i, tile + i + 64, 4, i8x16.splat(0x0f));
  }
  for (let block: usize = 0; block < 2048; block += 64) {
    for (let i: usize = block; i < block + 32; i += 16) swapBits(tile + i, tile + i + 32, 2, i8x16.splat(0x33));
  }
  const mask = i8x16.splat(0x55);
  for (let i: usize = 0; i < 2048; i += 32) {
    const x = v128.load(tile + i);
    const y = v128.load(tile + i, 16);
    const t = v128.and(v128.xor(i64x2.shr_u(x, 1), y), mask);
    v128.store(out + i, v128.xor(x, i64x2.shl(t, 1)));
    v128.store(out + i, v128.xor(y, t), 16);
  }
}

/** Label i = the bits i of 128 rows, row j giving bit j; for 128 * blocks labels. `tile` is 2 KiB of room. */
export function transposeRows(rows: usize, stride: usize, blocks: i32, tile: usize, out: usize): void {
  for (let block: usize = 0; block < (blocks as usize); block++) {
    for (let row: usize = 0; row < 128; row++) v128.store(tile + (row << 4), v128.load(rows + row * stride + (block << 4)));
    transposeTile(tile, out + (block << 11));
  }
}

/** words[i] |= bit (first + i) of bits << shift, i < n; word i lies at words + i * strideBytes. */
export function spreadBits(bits: usize, first: i32, n: i32, shift: i32, words: usize, strideBytes: i32): void {
  for (let i = 0; i < n; i++) {
    const at = first + i;
    const bit = ((load<u8>(bits + (at >> 3)) >> (at & 7)) & 1) as u32;
    store<u32>(words, load<u32>(words) | (bit << shift));
    words += strideBytes;
  }
}

// ---- Products by correlated oblivious transfer (Gilboa, CRYPTO 1999) ----
//
// For bit j of an element, w = m - j bits of each entry matter. They are handled in lanes of the least L in 8, 16, 32, 64 with w <= L. Pads are L bits an
// entry; a lane times 2^(L-w) has forgotten what lies above the w bits, so the lanes of one L add up without a mask and join the sum as 2^(m-L) times
// that. A message has, for each bit j, the w / 8 whole bytes of all entries, byte by byte, then their w mod 8 upper bits, bit by bit.
//
// Entries are handled in groups of 16. `scratch` has 38 bytes for each entry of whole groups: the other operand in each lane size, sums in each lane
// size, and one vector. Buffers may be read, and scratch and messages written, up to 16 bytes behind their ends.

// @ts-ignore: decorator
@inline function laneBytes(w: i32): i32 {
  return w > 32 ? 8 : w > 16 ? 4 : w > 8 ? 2 : 1;
}

// @ts-ignore: decorator
@inline function wholeGroups(p: i32): i32 {
  return (p + 15) & ~15;
}

// @ts-ignore: decorator
@inline function sigma(x: v128): v128 {
  const swapped = i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  return v128.xor(swapped, v128.and(x, i64x2(0, -1)));
}

/** What the hash takes for the pads of m labels: s(label xor offset) xor block number. Returns the number of blocks. */
export function padInputs(labels: usize, m: i32, p: i32, offset: usize, out: usize): i32 {
  const shift = v128.load(offset);
  let at = out;
  for (let j = 0; j < m; j++) {
    const base = sigma(v128.xor(v128.load(labels + ((j as usize) << 4)), shift));
    const blocks = (wholeGroups(p) * laneBytes(m - j)) >> 4;
    for (let b = 0; b < blocks; b++) {
      v128.store(at, v128.xor(base, i64x2(b as i64, 0)));
      at += 16;
    }
  }
  return ((at - out) >> 4) as i32;
}

/** Where lanes of L begin in scratch: those of 1, 2, 4, 8 bytes an entry follow each other. */
// @ts-ignore: decorator
@inline function lanesAt<L>(scratch: usize, entries: i32): usize {
  return scratch + (entries as usize) * (sizeof<L>() - 1);
}

// @ts-ignore: decorator
@inline function narrow<T, L>(x: usize, scratch: usize, p: i32, entries: i32): void {
  const lanes = lanesAt<L>(scratch, entries);
  for (let e = 0; e < p; e++) store<L>(lanes + (e as usize) * sizeof<L>(), load<T>(x + (e as usize) * sizeof<T>()) as L);
  // a last byte of bits has some of these in it
  memory.fill(lanes + (p as usize) * sizeof<L>(), 0, ((entries - p) as usize) * sizeof<L>());
}

/** sum += the lanes of L times 2^(m-L): a right shift where m < L, of lanes that are multiples of 2^(L-m). */
// @ts-ignore: decorator
@inline function join<T, L>(sums: usize, sum: usize, m: i32, p: i32, entries: i32): void {
  const lanes = lanesAt<L>(sums, entries);
  const shift = m - ((sizeof<L>() as i32) << 3);
  for (let e = 0; e < p; e++) {
    const lane = load<L>(lanes + (e as usize) * sizeof<L>());
    const value = shift >= 0 ? (lane as T) << (shift as T) : (lane >> (-shift as L)) as T;
    const at = sum + (e as usize) * sizeof<T>();
    store<T>(at, load<T>(at) + value);
  }
}

/** d = pad0 - pad1 + x in lanes, to `vector`; sums -= pad0 * 2^(L-w). */
// @ts-ignore: decorator
@inline function sendLanes<L>(pad0: usize, pad1: usize, scratch: usize, sums: usize, vector: usize, w: i32, entries: i32): void {
  const x = lanesAt<L>(scratch, entries);
  const sum = lanesAt<L>(sums, entries);
  const up = ((sizeof<L>() as i32) << 3) - w;
  const bytes = (entries as usize) * sizeof<L>();
  for (let at: usize = 0; at < bytes; at += 16) {
    const zero = v128.load(pad0 + at);
    v128.store(vector + at, v128.add<L>(v128.sub<L>(zero, v128.load(pad1 + at)), v128.load(x + at)));
    v128.store(sum + at, v128.sub<L>(v128.load(sum + at), v128.shl<L>(zero, up)));
  }
}

/** sums += (pad + choice * vector) * 2^(L-w); `chosen` is all ones or zero. */
// @ts-ignore: decorator
@inline function receiveLanes<L>(pad: usize, sums: usize, vector: usize, chosen: v128, w: i32, entries: i32): void {
  const sum = lanesAt<L>(sums, entries);
  const up = ((sizeof<L>() as i32) << 3) - w;
  const bytes = (entries as usize) * sizeof<L>();
  for (let at: usize = 0; at < bytes; at += 16) {
    const value = v128.add<L>(v128.load(pad + at), v128.and(v128.load(vector + at), chosen));
    v128.store(sum + at, v128.add<L>(v128.load(sum + at), v128.shl<L>(value, up)));
  }
}

/** Byte k of 16 entries of L. */
// @ts-ignore: decorator
@inline function byteOf<L>(entries: usize, k: i32): v128 {
  if (sizeof<L>() == 1) return v128.load(entries);
  if (sizeof<L>() == 2) {
    const mask = i16x8.splat(0xff);
    const low = v128.and(i16x8.shr_u(v128.load(entries), k << 3), mask);
    const high = v128.and(i16x8.shr_u(v128.load(entries, 16), k << 3), mask);
    return i8x16.narrow_i16x8_u(low, high);
  }
  const mask = i32x4.splat(0xff);
  const shift = (k & 3) << 3;
  let a: v128, b: v128, c: v128, d: v128;
  if (sizeof<L>() == 4) {
    a = v128.load(entries);
    b = v128.load(entries, 16);
    c = v128.load(entries, 32);
    d = v128.load(entries, 48);
  } else {
    // the 32-bit halves in which the byte lies
    const half = entries + ((k >> 2) << 2);
    a = i32x4.shuffle(v128.load(half), v128.load(half, 16), 0, 2, 4, 6);
    b = i32x4.shuffle(v128.load(half, 32), v128.load(half, 48), 0, 2, 4, 6);
    c = i32x4.shuffle(v128.load(half, 64), v128.load(half, 80), 0, 2, 4, 6);
    d = i32x4.shuffle(v128.load(half, 96), v128.load(half, 112), 0, 2, 4, 6);
  }
  const low = i16x8.narrow_i32x4_u(v128.and(i32x4.shr_u(a, shift), mask), v128.and(i32x4.shr_u(b, shift), mask));
  const high = i16x8.narrow_i32x4_u(v128.and(i32x4.shr_u(c, shift), mask), v128.and(i32x4.shr_u(d, shift), mask));
  return i8x16.narrow_i16x8_u(low, high);
}

/** Sets byte k of 16 entries of L, whose bytes from k on are clear. */
// @ts-ignore: decorator
@inline function addByte<L>(entries: usize, k: i32, bytes: v128): void {
  if (sizeof<L>() == 1) {
    v128.store(entries, bytes);
    return;
  }
  const low = i16x8.extend_low_i8x16_u(bytes);
  const high = i16x8.extend_high_i8x16_u(bytes);
  if (sizeof<L>() == 2) {
    v128.store(entries, v128.or(v128.load(entries), i16x8.shl(low, k << 3)));
    v128.store(entries, v128.or(v128.load(entries, 16), i16x8.shl(high, k << 3)), 16);
    return;
  }
  for (let quarter: usize = 0; quarter < 4; quarter++) {
    const half = quarter < 2 ? low : high;
    const four = quarter & 1 ? i32x4.extend_high_i16x8_u(half) : i32x4.extend_low_i16x8_u(half);
    if (sizeof<L>() == 4) {
      const at = entries + (quarter << 4);
      v128.store(at, v128.or(v128.load(at), i32x4.shl(four, k << 3)));
    } else {
      const at = entries + (quarter << 5);
      v128.store(at, v128.or(v128.load(at), i64x2.shl(i64x2.extend_low_i32x4_u(four), k << 3)));
      v128.store(at, v128.or(v128.load(at, 16), i64x2.shl(i64x2.extend_high_i32x4_u(four), k << 3)), 16);
    }
  }
}

/** Writes w bits of each entry of the vector; returns where the message goes on. */
// @ts-ignore: decorator
@inline function pack<L>(vector: usize, w: i32, p: i32, message: usize): usize {
  const group: usize = sizeof<L>() << 4;
  const groups = (wholeGroups(p) >> 4) as usize;
  for (let k = 0; k < w >> 3; k++) {
    for (let g: usize = 0; g < groups; g++) v128.store(message + (g << 4), byteOf<L>(vector + g * group, k));
    message += p as usize;
  }
  const planeBytes = ((p + 7) >> 3) as usize;
  const rest = w & 7;
  if (rest == 0) return message;
  for (let g: usize = 0; g < groups; g++) v128.store(vector + (g << 4), byteOf<L>(vector + g * group, w >> 3));
  for (let b = 0; b < rest; b++) {
    for (let g: usize = 0; g < groups; g++) {
      store<u16>(message + (g << 1), i8x16.bitmask(i8x16.shl(v128.load(vector + (g << 4)), 7 - b)) as u16);
    }
    message += planeBytes;
  }
  return message;
}

/** Reads w bits of each entry into the vector; returns where the message goes on. */
// @ts-ignore: decorator
@inline function unpack<L>(vector: usize, w: i32, p: i32, message: usize): usize {
  const group: usize = sizeof<L>() << 4;
  const groups = (wholeGroups(p) >> 4) as usize;
  if (sizeof<L>() > 1) memory.fill(vector, 0, groups * group);
  for (let k = 0; k < w >> 3; k++) {
    for (let g: usize = 0; g < groups; g++) addByte<L>(vector + g * group, k, v128.load(message + (g << 4)));
    message += p as usize;
  }
  const planeBytes = ((p + 7) >> 3) as usize;
  const rest = w & 7;
  if (rest == 0) return message;
  const select = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  for (let g: usize = 0; g < groups; g++) {
    let bytes = i8x16.splat(0);
    for (let b = 0; b < rest; b++) {
      const bits = i16x8.splat(load<u16>(message + (b as usize) * planeBytes + (g << 1)) as i16);
      const spread = i8x16.shuffle(bits, bits, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
      const set = i8x16.eq(v128.and(spread, select), select);
      bytes = v128.or(bytes, v128.and(set, i8x16.shl(i8x16.splat(1), b)));
    }
    addByte<L>(vector + g * group, w >> 3, bytes);
  }
  return message + (rest as usize) * planeBytes;
}

/**
 * The sender of one element's transfers: for each bit j, entries d = pad0 - pad1 + x mod 2^(m-j) go to `message`, and sum -= pad0 * 2^j.
 * Returns the message's bytes.
 */
// @ts-ignore: decorator
@inline function send<T>(pad0: usize, pad1: usize, m: i32, p: i32, x: usize, message: usize, sum: usize, scratch: usize): i32 {
  const entries = wholeGroups(p);
  const sums = scratch + 15 * (entries as usize);
  const vector = sums + 15 * (entries as usize);
  memory.fill(sums, 0, 15 * (entries as usize));
  narrow<T, u8>(x, scratch, p, entries);
  narrow<T, u16>(x, scratch, p, entries);
  narrow<T, u32>(x, scratch, p, entries);
  if (sizeof<T>() == 8) narrow<T, u64>(x, scratch, p, entries);
  let out = message;
  for (let w = m; w > 0; w--) {
    const lane = laneBytes(w);
    if (lane == 1) {
      sendLanes<u8>(pad0, pad1, scratch, sums, vector, w, entries);
      out = pack<u8>(vector, w, p, out);
    } else if (lane == 2) {
      sendLanes<u16>(pad0, pad1, scratch, sums, vector, w, entries);
      out = pack<u16>(vector, w, p, out);
    } else if (lane == 4) {
      sendLanes<u32>(pad0, pad1, scratch, sums, vector, w, entries);
      out = pack<u32>(vector, w, p, out);
    } else if (sizeof<T>() == 8) {
      sendLanes<u64>(pad0, pad1, scratch, sums, vector, w, entries);
      out = pack<u64>(vector, w, p, out);
    }
    pad0 += (entries * lane) as usize;
    pad1 += (entries * lane) as usize;
  }
  joinAll<T>(sums, sum, m, p, entries);
  return (out - message) as i32;
}

/** The receiver: sum += (pad + choice_j * d) * 2^j for each bit j of `choice`. */
// @ts-ignore: decorator
@inline function receive<T>(pad: usize, m: i32, p: i32, choice: T, message: usize, sum: usize, scratch: usize): void {
  const entries = wholeGroups(p);
  const sums = scratch + 15 * (entries as usize);
  const vector = sums + 15 * (entries as usize);
  memory.fill(sums, 0, 15 * (entries as usize));
  for (let w = m; w > 0; w--) {
    const chosen = i32x4.splat(-(((choice >> ((m - w) as T)) & 1) as i32));
    const lane = laneBytes(w);
    if (lane == 1) {
      message = unpack<u8>(vector, w, p, message);
      receiveLanes<u8>(pad, sums, vector, chosen, w, entries);
    } else if (lane == 2) {
      message = unpack<u16>(vector, w, p, message);
      receiveLanes<u16>(pad, sums, vector, chosen, w, entries);
    } else if (lane == 4) {
      message = unpack<u32>(vector, w, p, message);
      receiveLanes<u32>(pad, sums, vector, chosen, w, entries);
    } else if (sizeof<T>() == 8) {
      message = unpack<u64>(vector, w, p, message);
      receiveLanes<u64>(pad, sums, vector, chosen, w, entries);
    }
    pad += (entries * lane) as usize;
  }
  joinAll<T>(sums, sum, m, p, entries);
}

// @ts-ignore: decorator
@inline function joinAll<T>(sums: usize, sum: usize, m: i32, p: i32, entries: i32): void {
  join<T, u8>(sums, sum, m, p, entries);
  if (m > 8) join<T, u16>(sums, sum, m, p, entries);
  if (m > 16) join<T, u32>(sums, sum, m, p, entries);
  if (sizeof<T>() == 8) {
    if (m > 32) join<T, u64>(sums, sum, m, p, entries);
  }
}

export function gilboaSend32(pad0: usize, pad1: usize, m: i32, p: i32, x: usize, message: usize, sum: usize, scratch: usize): i32 {
  return send<u32>(pad0, pad1, m, p, x, message, sum, scratch);
}
export function gilboaSend64(pad0: usize, pad1: usize, m: i32, p: i32, x: usize, message: usize, sum: usize, scratch: usize): i32 {
  return send<u64>(pad0, pad1, m, p, x, message, sum, scratch);
}
export function gilboaReceive32(pad: usize, m: i32, p: i32, choice: u32, message: usize, sum: usize, scratch: usize): void {
  receive<u32>(pad, m, p, choice, message, sum, scratch);
}
export function gilboaReceive64(pad: usize, m: i32, p: i32, choice: u64, message: usize, sum: usize, scratch: usize): void {
  receive<u64>(pad, m, p, choice, message, sum, scratch);
}
