/**
 * The arithmetic that every share, mask and opening goes through: ring tensors as words (see core/ring.ts), both rings.
 *
 * Two implementations: reference.ts is the truth, wasm.ts is fast; one property test runs both. Each is constant time in
 * the data: no branch and no index depends on a value. Lengths follow from the shapes; a wrong length throws RangeError.
 * @module
 */
import type { Conv2d, Pool2d } from '../core/linear-map.js';
import type { RingBits } from '../core/ring.js';

export interface Kernels {
  readonly name: 'reference' | 'wasm';

  /** x o w for `batch` activations: x is [batch, inHeight, inWidth, inChannels], w is HWIO. Returns a fresh array. */
  conv2d(bits: RingBits, map: Conv2d, batch: number, x: Uint32Array, w: Uint32Array): Uint32Array;

  /** a + b, elementwise. */
  add(bits: RingBits, a: Uint32Array, b: Uint32Array): Uint32Array;

  /** a - b, elementwise. */
  sub(bits: RingBits, a: Uint32Array, b: Uint32Array): Uint32Array;

  /** a + value in every element; the value is taken mod 2^l. */
  addConstant(bits: RingBits, a: Uint32Array, value: bigint): Uint32Array;

  /** a + bias, where bias has one element for each of the last axis. */
  addBias(bits: RingBits, a: Uint32Array, bias: Uint32Array): Uint32Array;

  /** a * factors, repeated along the tensor: element i meets factors[floor(i / inner) mod factors.length]. */
  scale(bits: RingBits, a: Uint32Array, factors: readonly bigint[], inner: number): Uint32Array;

  /** a mod 2^width, 1 <= width <= l. */
  reduce(bits: RingBits, a: Uint32Array, width: number): Uint32Array;

  /** The sum over each window; padding adds nothing. x is [batch, inHeight, inWidth, channels]. */
  sumPool(bits: RingBits, pool: Pool2d, batch: number, x: Uint32Array): Uint32Array;

  /** A copy that stays in kernel memory until the kernels are dropped: for weights, which many products read. */
  resident(words: Uint32Array): Uint32Array;
}
