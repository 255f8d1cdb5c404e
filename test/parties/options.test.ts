/** Values of flags that may be written in more than one way. */
import { expect, test } from 'vitest';
import { parseTolerance } from '../../parties/cli/options.js';

test.each([
  ['0.02', 0.02],
  ['2%', 0.02],
  [' 2.5 % ', 0.025],
  ['1e-3', 0.001],
])('a tolerance of %s', (text, value) => {
  expect(parseTolerance(text)).toBeCloseTo(value, 12);
});

test.each(['', '%', '0%', '-1%', '2%%', '%2', 'two'])('%j is no tolerance', (text) => {
  expect(() => parseTolerance(text)).toThrow('expected --tolerance above 0');
});
