/** Resizing: what Pillow's BILINEAR filter gives, before it rounds to bytes. */
import { describe, expect, it } from 'vitest';
import { resize } from '../../parties/cli/formats/resize.js';

const size = (width: number, height: number) => ({ width, height });

describe('resizing', () => {
  it('interpolates between the centres of pixels where the image becomes larger', () => {
    const wide = resize(Float64Array.of(0, 100), size(2, 1), size(4, 1), 1);
    expect([...wide]).toEqual([0, 25, 75, 100]);
  });

  it('averages by a triangle as wide as the step where it becomes smaller', () => {
    // centres at 2 and 6, weights 1 - |distance| / 4: of eight pixels 0.125, 0.375, 0.625, 0.875, 0.875, 0.625, 0.375, 0.125
    const ramp = Float64Array.of(0, 0, 0, 0, 8, 8, 8, 8);
    const weights = [0.625, 0.875, 0.875, 0.625, 0.375, 0.125];
    const bright = (8 * (0.375 + 0.125)) / weights.reduce((sum, weight) => sum + weight, 0);
    const [left, right] = resize(ramp, size(8, 1), size(2, 1), 1);
    expect(left).toBeCloseTo(bright, 12);
    expect(right).toBeCloseTo(8 - bright, 12);
  });

  it('keeps channels and axes apart', () => {
    // two rows of two pixels of two channels: the first channel grows to the right, the second downwards
    const values = Float64Array.of(0, 0, 4, 0, 0, 8, 4, 8);
    const taller = resize(values, size(2, 2), size(2, 4), 2);
    expect([...taller]).toEqual([0, 0, 4, 0, 0, 2, 4, 2, 0, 6, 4, 6, 0, 8, 4, 8]);
  });

  it('keeps an even ground even, at any size', () => {
    for (const [width, height] of [
      [3, 7],
      [17, 1],
      [1, 40],
    ] as const) {
      const grey = resize(new Float64Array(13 * 9).fill(200), size(13, 9), size(width, height), 1);
      expect(grey.length).toBe(width * height);
      for (const value of grey) expect(value).toBeCloseTo(200, 9);
    }
  });
});
