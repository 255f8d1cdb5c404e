/** Products element by element, on either implementation of the kernels. @module */
import { elementwise } from '../core/linear-map.js';
import { type RingBits, wordsPerElement } from '../core/ring.js';
import type { Kernels } from './kernels.js';

/** x * y, by the convolution that it is. */
export function multiply(kernels: Kernels, bits: RingBits, x: Uint32Array, y: Uint32Array): Uint32Array {
  return kernels.conv2d(bits, elementwise(x.length / wordsPerElement(bits)), 1, x, y);
}
