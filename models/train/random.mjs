/**
 * Seeded randomness of the training runs: the same seed gives the same shuffles, shifts and initial weights.
 * mulberry32, a 32-bit generator of period 2^32: fine for shuffling, never for cryptography.
 * @module
 */

/**
 * @param {number} seed any integer; the low 32 bits count
 * @returns {() => number} a generator of numbers in [0, 1)
 */
export function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Fisher-Yates shuffle in place.
 * @param {Uint32Array} order
 * @param {() => number} random
 */
export function shuffle(order, random) {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const swap = order[i];
    order[i] = order[j];
    order[j] = swap;
  }
}
