/**
 * AES-128 encryption for platforms whose own AES is asynchronous (FIPS 197). Constant time: no branch and no address depends on key or data.
 *
 * The S-box is computed, sixteen bytes at once: inversion in GF(2^8) as in GF((2^4)^2), by lookups in vectors of sixteen bytes, with the tables
 * of Hamburg, "Accelerating AES with Vector Permute Instructions", CHES 2009. Its constant 0x63 is in the round keys, since ShiftRows and
 * MixColumns leave it as it is.
 */

/** Eleven round keys; the first one is the key. */
export const ROUND_KEYS: usize = 1024;
/** The next counter, big-endian. */
export const COUNTER: usize = 1280;
/** What is encrypted, in place: up to 64 KiB. */
export const DATA: usize = 65536;

const ROUNDS: usize = 10;
const BLOCK: usize = 16;

/** From the key at ROUND_KEYS the keys of all rounds. */
export function expandKey(): void {
  let key = v128.load(ROUND_KEYS);
  let constant: u8 = 1;
  for (let round: usize = 1; round <= ROUNDS; round++) {
    const word = substitute(i8x16.shuffle(key, key, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12));
    const zero = i64x2.splat(0);
    key = v128.xor(key, i8x16.shuffle(zero, key, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27));
    key = v128.xor(key, i8x16.shuffle(zero, key, 0, 0, 0, 0, 0, 0, 0, 0, 16, 17, 18, 19, 20, 21, 22, 23));
    key = v128.xor(v128.xor(key, word), v128.xor(i8x16.splat(0x63), i32x4.splat(constant)));
    v128.store(ROUND_KEYS + round * BLOCK, v128.xor(key, i8x16.splat(0x63)));
    // 2 constant in GF(2^8)
    constant = (constant << 1) ^ (0x1b & -(constant >> 7));
  }
}

/** Encrypts `blocks` blocks of the data, two at a time: one's lookups fill the other's waits. */
export function encryptBlocks(blocks: i32): void {
  const end = DATA + <usize>blocks * BLOCK;
  for (let at = DATA; at < end; at += 2 * BLOCK) {
    const key = v128.load(ROUND_KEYS);
    let one = v128.xor(v128.load(at), key);
    let two = v128.xor(v128.load(at, BLOCK), key);
    for (let round: usize = 1; round < ROUNDS; round++) {
      const key = v128.load(ROUND_KEYS + round * BLOCK);
      one = v128.xor(mixColumns(shiftRows(substitute(one))), key);
      two = v128.xor(mixColumns(shiftRows(substitute(two))), key);
    }
    const last = v128.load(ROUND_KEYS + ROUNDS * BLOCK);
    v128.store(at, v128.xor(shiftRows(substitute(one)), last));
    v128.store(at, v128.xor(shiftRows(substitute(two)), last), BLOCK);
  }
}

/** `blocks` blocks of key stream: the counter, and those after it. SP 800-38A, CTR. */
export function streamBlocks(blocks: i32): void {
  let high = bswap(load<u64>(COUNTER));
  let low = bswap(load<u64>(COUNTER + 8));
  const end = DATA + <usize>blocks * BLOCK;
  for (let at = DATA; at < end; at += BLOCK) {
    store<u64>(at, bswap(high));
    store<u64>(at, bswap(low), 8);
    low++;
    // the counter is public
    if (low === 0) high++;
  }
  store<u64>(COUNTER, bswap(high));
  store<u64>(COUNTER, bswap(low), 8);
  encryptBlocks(blocks);
}

/** SubBytes, less its constant. A lookup gives 0 for an index of 16 or more; 0x80 stands for the inverse of 0. */
// @ts-ignore: decorator
@inline
function substitute(x: v128): v128 {
  // into the basis of GF((2^4)^2), by halves of each byte
  const y = v128.xor(
    i8x16.swizzle(i64x2(<i64>0xc2b2e8985a2a7000, <i64>0xcabae09052227808), lowHalf(x)),
    i8x16.swizzle(i64x2(<i64>0x4c01307d317c4d00, <i64>0xcd80b1fcb0fdcc81), highHalf(x)),
  );
  const k = lowHalf(y);
  const i = highHalf(y);
  const j = v128.xor(i, k);
  const inverse = i64x2(<i64>0x0e05060f0d080180, <i64>0x040703090a0b0c02);
  // a / k, and from it 1/i + a/k and 1/j + a/k
  const ak = i8x16.swizzle(i64x2(<i64>0x01040a060f0b0780, <i64>0x030d0e0c02050809), k);
  const iak = v128.xor(i8x16.swizzle(inverse, i), ak);
  const jak = v128.xor(i8x16.swizzle(inverse, j), ak);
  const io = v128.xor(i8x16.swizzle(inverse, iak), j);
  const jo = v128.xor(i8x16.swizzle(inverse, jak), i);
  // back, and through the S-box's linear map
  return v128.xor(
    i8x16.swizzle(i64x2(<i64>0xd0d26d176fbdc700, <i64>0x15aabf7ac502a878), io),
    i8x16.swizzle(i64x2(<i64>0xcfe474a55fbb6a00, <i64>0x8e1e90d1412b35fa), jo),
  );
}

// @ts-ignore: decorator
@inline
function lowHalf(x: v128): v128 {
  return v128.and(x, i8x16.splat(0x0f));
}

// @ts-ignore: decorator
@inline
function highHalf(x: v128): v128 {
  return v128.and(i16x8.shr_u(x, 4), i8x16.splat(0x0f));
}

// @ts-ignore: decorator
@inline
function shiftRows(x: v128): v128 {
  return i8x16.shuffle(x, x, 0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11);
}

/** Of each column, 2 x_r + 3 x_(r+1) + x_(r+2) + x_(r+3): with t_r = x_r + x_(r+1), 2 t_r + x_(r+1) + t_(r+2). */
// @ts-ignore: decorator
@inline
function mixColumns(x: v128): v128 {
  const next = i8x16.shuffle(x, x, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
  const t = v128.xor(x, next);
  const twice = v128.xor(i8x16.add(t, t), v128.and(i8x16.lt_s(t, i64x2.splat(0)), i8x16.splat(0x1b)));
  const opposite = i8x16.shuffle(t, t, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  return v128.xor(v128.xor(twice, next), opposite);
}
