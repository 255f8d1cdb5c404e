/** Weights as integers and as ring words, and how many bits they need. @module */
import { TacitError } from '../core/errors.js';
import { encodeNumbers } from '../core/fixed.js';
import type { RingBits } from '../core/ring.js';
import type { Floats } from './ops/node.js';

/** Reals at a scale as integers, by the encoder that everything goes through. */
export function toIntegers(values: Floats, fractionBits: number): Float64Array {
  return encodeNumbers(values, fractionBits);
}

/**
 * Signed integers to ring words.
 *
 * @param layer names the layer in the error
 * @throws RANGE_OVERFLOW where one lies outside the ring, or is not exact in a double
 */
export function toRing(bits: RingBits, layer: string, what: string, values: Float64Array): Uint32Array {
  const words = new Uint32Array(values.length * (bits / 32));
  const limit = bits === 32 ? 2 ** 31 : 2 ** 53;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < -limit || value >= limit) {
      throw new TacitError(
        'RANGE_OVERFLOW',
        `layer ${layer}: expected ${what} below 2^${Math.log2(limit)}, got one of about 2^${Math.ceil(Math.log2(Math.abs(value)))}`,
        { facts: { layer, ringBits: bits } },
      );
    }
    if (bits === 32) {
      words[i] = value | 0;
    } else {
      const high = Math.floor(value / 2 ** 32);
      words[2 * i] = value - high * 2 ** 32;
      words[2 * i + 1] = high | 0;
    }
  }
  return words;
}

/** Weights whose rounding error is 2^-precisionBits of the weights themselves, both root mean square. */
export function weightBitsFor(weights: Floats, outChannels: number, precisionBits: number): number {
  const squares = new Float64Array(outChannels);
  for (let i = 0; i < weights.length; i++) squares[i % outChannels]! += weights[i]! ** 2;
  const alive = squares.filter((square) => square > 0).sort();
  if (alive.length === 0) return 0;
  // The median channel, so that a few large ones do not decide for all.
  const rms = Math.sqrt((alive[alive.length >> 1]! * outChannels) / weights.length);
  // A rounding error is uniform in half a step either way: step / sqrt(12).
  return Math.ceil(precisionBits - Math.log2(rms * Math.sqrt(12)));
}
