/** Which inputs each instance of a garbled step reads. @module */
import { type RingBits, wordsPerElement } from '../../core/ring.js';
import { windowIndices } from '../../core/windows.js';
import type { GarbledStep } from '../../steps/two.js';

/** The inputs of every instance, [instance][value]; padding holds `padding` (low word, high word). */
export function gather(
  bits: RingBits,
  step: GarbledStep,
  batch: number,
  tensor: Uint32Array,
  padding: readonly [number, number],
): Uint32Array {
  if (step.pool === undefined) return tensor;
  const perElement = wordsPerElement(bits);
  const indices = windowIndices(step.pool, batch);
  const out = new Uint32Array(indices.length * perElement);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    for (let word = 0; word < perElement; word++) {
      out[i * perElement + word] = index < 0 ? padding[word as 0 | 1] : tensor[index * perElement + word]!;
    }
  }
  return out;
}
