import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadMnistTest } from '../../models/mnist.js';
import { ZOO, zooModelPath } from '../../models/zoo.js';

const PIXELS = 784;

describe('mnist test subset', () => {
  const { count, images, labels } = loadMnistTest();

  it('holds the first 1,000 test images', () => {
    expect(count).toBe(1000);
    expect(labels.length).toBe(1000);
    expect(images.length).toBe(1000 * PIXELS);
    expect([...labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    expect(new Set(labels)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  });

  it('has ink in every image, and paper at its border', () => {
    for (let i = 0; i < count; i++) {
      const image = images.subarray(i * PIXELS, (i + 1) * PIXELS);
      const ink = image.reduce((sum, v) => sum + v, 0);
      expect(ink).toBeGreaterThan(2_000);
      expect(ink).toBeLessThan(100_000);
      expect(image.subarray(0, 28).every((v) => v === 0)).toBe(true);
    }
  });
});

describe('zoo', () => {
  it.each(ZOO)('%s is a layers model with its weights', (name) => {
    const path = zooModelPath(name)!;
    expect(isAbsolute(path)).toBe(true);
    const model = JSON.parse(readFileSync(path, 'utf8'));
    expect(model.format).toBe('layers-model');
    for (const { paths } of model.weightsManifest) {
      for (const file of paths) expect(existsSync(new URL(file, `file://${path}`))).toBe(true);
    }
  });

  it('knows no other network', () => {
    expect(zooModelPath('alexnet')).toBeUndefined();
    expect(zooModelPath('../data')).toBeUndefined();
  });
});
