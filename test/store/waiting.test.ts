/** Which batch a run takes by what waits. */
import { expect, it } from 'vitest';
import { batchFor } from '../../src/store/waiting.js';

const of = (...all: readonly (readonly [batch: number, bundles: number])[]): { batch: number; bundles: number }[] =>
  all.map(([batch, bundles]) => ({ batch, bundles }));

it.each([
  ['nothing waits', of(), 3, 1, 3],
  ['the usual batch, however few', of([3, 1], [1, 9]), 3, 2, 3],
  ['bundles of one, enough', of([1, 3]), 3, 1, 1],
  ['too few', of([1, 2]), 3, 1, 3],
  ['too few for all passes', of([1, 5]), 3, 2, 3],
  ['the largest that is enough', of([4, 1], [2, 2], [1, 3]), 3, 1, 2],
  ['none larger than what there is', of([16, 1]), 3, 1, 3],
] as const)('%s', (_, waiting, count, passes, batch) => {
  expect(batchFor(waiting, 3, count, passes)).toBe(batch);
});
