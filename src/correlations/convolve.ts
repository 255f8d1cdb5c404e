/** Products by a linear map where there are threads: large ones in parts, each a job. The sums are exact, so that parts give the bits of the whole. @module */
import type { Conv2d } from '../core/linear-map.js';
import { wordsPerElement } from '../core/ring.js';
import type { Block } from '../kernels/memory.js';
import { type MapPart, partsOf } from '../kernels/parts.js';
import { convBytes } from '../kernels/sizes.js';
import type { Arithmetic } from './context.js';

/** What blocks and scratch of one product are rounded up to, all together. */
const ROUNDING = 1024;

/** x o w, [batch, ...]. @param w in kernel memory, where threads are to read it */
export async function convolve(
  { bits, kernels, module, pool }: Arithmetic,
  map: Conv2d,
  batch: number,
  x: Uint32Array,
  w: Uint32Array,
): Promise<Uint32Array> {
  const parts = pool && w.buffer === module.memory.memory.buffer ? partsOf(map, batch, pool.threads) : [];
  if (!pool || parts.length < 2) return kernels.conv2d(bits, map, batch, x, w);
  const { memory } = module;
  const elementBytes = 4 * wordsPerElement(bits);
  const outputs = parts.at(-1)!.output.to;
  const [operand, result] = [memory.allocate(x.byteLength), memory.allocate(outputs * elementBytes)];
  const blocks = parts.map((part) => memory.allocate(convBytes(bits, part.map, part.batch) + ROUNDING));
  const within = ({ pointer }: Block, { from, to }: MapPart['input']): Block => ({
    pointer: pointer + from * elementBytes,
    bytes: (to - from) * elementBytes,
  });
  try {
    memory.words.set(x, operand.pointer >>> 2);
    const weights = { pointer: w.byteOffset, bytes: w.byteLength };
    const jobs = parts.map(({ map: own, batch: count, input, output }, i) => {
      const args = {
        bits,
        map: own,
        batch: count,
        input: within(operand, input),
        weights,
        output: within(result, output),
      };
      return pool.run('convolve', blocks[i]!, args);
    });
    await Promise.all(jobs);
    return memory.copyOut(result.pointer, outputs * wordsPerElement(bits));
  } finally {
    for (const block of [operand, result, ...blocks]) memory.clear(block);
  }
}
