/** Which inputs each instance of a garbled step reads. @module */
import { type Pool2d, poolOutput } from '../../core/linear-map.js';
import { type RingBits, wordsPerElement } from '../../core/ring.js';
import type { GarbledStep } from '../../steps/two.js';

/** [instance][position in the window] -> element of the source tensor, -1 for padding. Instances are NHWC of the output. */
export function windowIndices(pool: Pool2d, batch: number): Int32Array {
  const [height, width, channels] = poolOutput(pool);
  const indices = new Int32Array(batch * height * width * channels * pool.windowHeight * pool.windowWidth);
  let at = 0;
  for (let image = 0; image < batch; image++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        for (let channel = 0; channel < channels; channel++) {
          for (let dy = 0; dy < pool.windowHeight; dy++) {
            for (let dx = 0; dx < pool.windowWidth; dx++) {
              const y = row * pool.strideHeight + dy - pool.padTop;
              const x = column * pool.strideWidth + dx - pool.padLeft;
              const inside = y >= 0 && y < pool.inHeight && x >= 0 && x < pool.inWidth;
              indices[at++] = inside ? ((image * pool.inHeight + y) * pool.inWidth + x) * channels + channel : -1;
            }
          }
        }
      }
    }
  }
  return indices;
}

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
