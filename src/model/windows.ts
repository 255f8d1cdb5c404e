/** How far the windows of a pool reach over the edge of the image. @module */
import type { Pool2d } from '../core/linear-map.js';

/** How many elements of the window at (row, column) lie inside the image. */
export function insideAt(pool: Pool2d, row: number, column: number): number {
  const rows = overlap(row * pool.strideHeight - pool.padTop, pool.windowHeight, pool.inHeight);
  return rows * overlap(column * pool.strideWidth - pool.padLeft, pool.windowWidth, pool.inWidth);
}

function overlap(start: number, length: number, extent: number): number {
  return Math.max(0, Math.min(start + length, extent) - Math.max(start, 0));
}
