/**
 * Products over the rings, through the call that inference makes for each linear step (`conv2d`), and the same product on tfjs
 * for comparison.
 * @module
 */
import { TacitError } from '../src/core/errors.js';
import { type Conv2d, dense, inputSize, macsOf, weightSize } from '../src/core/linear-map.js';
import { expandWords } from '../src/core/prg.js';
import { type RingBits, wordsPerElement } from '../src/core/ring.js';
import type { Kernels } from '../src/kernels/kernels.js';
import { randomSeed } from '../src/platform/random.js';
import { type Probe, rateOf } from './measure.js';

/** The products are SIDE x SIDE times SIDE x SIDE: a dense layer of as many inputs and outputs, on as many activations at once. */
export const SIDE = 512;
const DENSE: Conv2d = dense(SIDE, SIDE);
const MACS: number = SIDE * macsOf(DENSE);

/** A middle layer of the network minionn-cifar: 3x3, 64 to 64 channels, same padding, on a 32x32 image. */
export const CONV: Conv2d = {
  ...dense(64, 64),
  inHeight: 32,
  inWidth: 32,
  kernelHeight: 3,
  kernelWidth: 3,
  padTop: 1,
  padBottom: 1,
  padLeft: 1,
  padRight: 1,
};

function uniform(bits: RingBits, elements: number): Uint32Array {
  return expandWords(elements * wordsPerElement(bits), randomSeed('bench/seed'), 'bench');
}

/** The operands stay in kernel memory, as those of tfjsFloatMacs stay in tfjs's. */
function ringMacs<Name extends string>(name: Name, bits: RingBits, kernels: Kernels): Probe<Name> {
  const x = kernels.resident(uniform(bits, SIDE * inputSize(DENSE)));
  const weights = kernels.resident(uniform(bits, weightSize(DENSE)));
  return {
    name,
    window: (seconds) =>
      rateOf(seconds, () => {
        kernels.conv2d(bits, DENSE, SIDE, x, weights);
        return MACS;
      }),
  };
}

/** Multiply-accumulates a second mod 2^32. */
export function ring32Macs(kernels: Kernels): Probe<'ring32Macs'> {
  return ringMacs('ring32Macs', 32, kernels);
}

/** Multiply-accumulates a second mod 2^64. */
export function ring64Macs(kernels: Kernels): Probe<'ring64Macs'> {
  return ringMacs('ring64Macs', 64, kernels);
}

/** Multiply-accumulates a second of CONV mod 2^32, one image, products with padding counted. */
export function conv32Macs(kernels: Kernels): Probe<'conv32Macs'> {
  const x = uniform(32, inputSize(CONV));
  const weights = kernels.resident(uniform(32, weightSize(CONV)));
  return {
    name: 'conv32Macs',
    window: (seconds) =>
      rateOf(seconds, () => {
        kernels.conv2d(32, CONV, 1, x, weights);
        return macsOf(CONV);
      }),
  };
}

/**
 * The product in single precision on tfjs's WASM backend with SIMD, one thread; the operands stay in its memory.
 * @throws TacitError INTERNAL where that backend does not start
 */
export async function tfjsFloatMacs(): Promise<Probe<'tfjsFloatMacs'>> {
  const tf = await import('@tensorflow/tfjs-core');
  tf.enableProdMode();
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  wasm.setThreadsCount(1);
  if (!(await tf.setBackend('wasm')) || !(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
    throw new TacitError('INTERNAL', 'tfjs: expected its WASM backend with SIMD, got none. Leave out tfjsFloatMacs');
  }
  const left = tf.randomUniform([SIDE, SIDE]);
  const right = tf.randomUniform([SIDE, SIDE]);
  return {
    name: 'tfjsFloatMacs',
    window: (seconds) =>
      rateOf(seconds, () => {
        tf.matMul(left, right).dispose();
        return MACS;
      }),
  };
}
