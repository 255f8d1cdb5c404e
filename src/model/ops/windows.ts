/** The windows of pools: how far they reach over the edge of the image, and what is inside. @module */
import { type Pool2d, poolOutput } from '../../core/linear-map.js';
import type { Amount, Image, Tensor, Tf } from './tensorflow.js';

/** How many elements of the window at (row, column) lie inside the image. */
export function insideAt(pool: Pool2d, row: number, column: number): number {
  const rows = overlap(row * pool.strideHeight - pool.padTop, pool.windowHeight, pool.inHeight);
  return rows * overlap(column * pool.strideWidth - pool.padLeft, pool.windowWidth, pool.inWidth);
}

function overlap(start: number, length: number, extent: number): number {
  return Math.max(0, Math.min(start + length, extent) - Math.max(start, 0));
}

/** Calls `visit` for each output position and each element of its window inside the image, a run of channels at a time. */
export function forEachRun(
  pool: Pool2d,
  batch: number,
  visit: (to: number, from: number, count: number) => void,
): void {
  const { inHeight, inWidth, channels } = pool;
  const [height, width] = poolOutput(pool);
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const to = ((n * height + row) * width + column) * channels;
        for (let ky = 0; ky < pool.windowHeight; ky++) {
          const iy = row * pool.strideHeight - pool.padTop + ky;
          if (iy < 0 || iy >= inHeight) continue;
          for (let kx = 0; kx < pool.windowWidth; kx++) {
            const ix = column * pool.strideWidth - pool.padLeft + kx;
            if (ix < 0 || ix >= inWidth) continue;
            visit(to, ((n * inHeight + iy) * inWidth + ix) * channels, channels);
          }
        }
      }
    }
  }
}

/** Elements of one image that a pool gives. */
export function pooledSize(pool: Pool2d): number {
  const [height, width, channels] = poolOutput(pool);
  return height * width * channels;
}

export function unpadded(pool: Pool2d): Pool2d {
  return { ...pool, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
}

/** The mean in floating point over the elements of each window that lie inside the image. */
export function averageFloat(tf: Tf, pool: Pool2d, x: Tensor): Tensor {
  const { padTop, padBottom, padLeft, padRight } = pool;
  const explicit: [Amount, Amount, Amount, Amount] = [
    [0, 0],
    [padTop, padBottom],
    [padLeft, padRight],
    [0, 0],
  ];
  const none = padTop + padBottom + padLeft + padRight === 0;
  return tf.avgPool(
    x as Image,
    [pool.windowHeight, pool.windowWidth],
    [pool.strideHeight, pool.strideWidth],
    none ? 'valid' : explicit,
  );
}

/** The image with what its pool's windows reach outside it. */
export function paddedFloat(tf: Tf, pool: Pool2d, x: Tensor, value = 0): Image {
  return padFloat(tf, x, [pool.padTop, pool.padBottom], [pool.padLeft, pool.padRight], value);
}

export function padFloat(tf: Tf, x: Tensor, rows: Amount, columns: Amount, value = 0): Image {
  if (rows[0] + rows[1] + columns[0] + columns[1] === 0) return x as Image;
  return tf.pad(x, [[0, 0], rows, columns, [0, 0]], value) as Image;
}
