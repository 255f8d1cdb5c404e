/** Which parameter of SoftSpokenOT a link gets. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { softSpokenFor } from '../../src/ot/parameter.js';

it.each([
  [100_000, 3],
  [3000, 3],
  [500, 4],
  [200, 5],
  [50, 8],
])('of %d Mbit/s: k = %d', (mbit, k) => {
  expect(softSpokenFor(mbit)).toBe(k);
});

it('never sends more on a slower link', () => {
  const mbit = fc.double({ min: 0.1, max: 1e5, noNaN: true });
  fc.assert(fc.property(mbit, mbit, (a, b) => softSpokenFor(Math.min(a, b)) >= softSpokenFor(Math.max(a, b))));
});
