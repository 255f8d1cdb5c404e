import { describe, expect, it } from 'vitest';
import { buildCircuit } from '../../circuits/build.js';
import {
  CHUNK_INSTANCES,
  chunkSizes,
  largestChunk,
  schedule,
  segmentCapacity,
  segmentSizes,
} from '../../src/gc/schedule.js';

describe('the layout of tables', () => {
  const plans = [5, 8, 9, 12, 24, 32].map((width) =>
    schedule(buildCircuit({ kind: 'activation', values: 1, width, shift: 1, activation: 'relu', outBits: 32 })),
  );

  it('fits every segment of every smaller chunk in the room of the largest', () => {
    for (const plan of plans) {
      for (const capacity of [1, 100, 2047, 2048]) {
        const room = segmentCapacity(plan, capacity);
        for (let n = 1; n <= capacity; n += n < 2000 ? 97 : 1) {
          expect(Math.max(...segmentSizes(plan, n))).toBeLessThanOrEqual(room);
        }
      }
    }
  });

  it('splits instances in chunks of nearly one size', () => {
    for (const instances of [1, 2048, 2049, 4095, 4096, 100_000]) {
      const sizes = chunkSizes({ slots: 100 }, instances);
      expect(sizes.reduce((sum, n) => sum + n, 0)).toBe(instances);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(CHUNK_INSTANCES);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(largestChunk({ slots: 100 }, instances)).toBe(Math.max(...sizes));
    }
  });

  it('refuses a constant output, which no label can carry', () => {
    const gates = new Int32Array();
    expect(() => schedule({ garblerBits: 1, evaluatorBits: 1, gates, outputs: [{ kind: 'bits', bits: [1] }] })).toThrow(
      'expected a wire, got a constant',
    );
  });
});
