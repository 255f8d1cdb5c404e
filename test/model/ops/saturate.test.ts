/** Saturation of ring words. */
import { expect, test } from 'vitest';
import { fromBigInts, toBigInts } from '../../../src/core/ring.js';
import { saturateWords } from '../../../src/model/ops/activations/saturate.js';

test.each([
  [32, 8],
  [32, 31],
  [64, 8],
  [64, 33],
  [64, 53],
  [64, 54],
  [64, 63],
] as const)('of a ring of %s bits to %s bits is theirs at every magnitude', (ring, width) => {
  const half = 1n << BigInt(width - 1);
  const around = Array.from({ length: ring }, (_, bit) => 1n << BigInt(bit)).flatMap((x) => [
    x - 1n,
    x,
    x + 1n,
    -x,
    -x - 1n,
  ]);
  const signed = around.map((x) => BigInt.asIntN(ring, x));
  const expected = signed.map((x) => (x < -half ? -half : x >= half ? half - 1n : x));
  const words = fromBigInts(
    ring,
    signed.map((x) => BigInt.asUintN(ring, x)),
  );
  const ends = saturateWords(ring, words, width);
  expect([...toBigInts(ring, words)].map((x) => BigInt.asIntN(ring, x))).toEqual(expected);
  expect(ends).toBe(expected.filter((x) => x === -half || x === half - 1n).length);
});
