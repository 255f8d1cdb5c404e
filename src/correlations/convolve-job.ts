/** A thread's part of a product: apart from what plans read, which needs no kernels. @module */
import type { Block } from '../kernels/memory.js';
import type { KernelModule } from '../kernels/module.js';
import { wasmKernels } from '../kernels/wasm.js';
import type { ConvolveArgs } from './jobs.js';

/** A thread's part. */
export function convolveJob(module: KernelModule, { bits, map, batch, input, weights, output }: ConvolveArgs): void {
  const { words } = module.memory;
  const wordsOf = ({ pointer, bytes }: Block): Uint32Array => words.subarray(pointer >>> 2, (pointer + bytes) >>> 2);
  wordsOf(output).set(wasmKernels(module).conv2d(bits, map, batch, wordsOf(input), wordsOf(weights)));
}
