/** Which elements each window of a pool holds. @module */
import { type Pool2d, poolOutput } from './linear-map.js';

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
