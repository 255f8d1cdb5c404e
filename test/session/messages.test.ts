import { describe, expect, it } from 'vitest';
import { dealerRequestSchema, requestSchema } from '../../src/session/messages.js';

describe('the number of a bundle', () => {
  const requests = (number: number): object[] => [
    { op: 'prepare', number, keep: true },
    { op: 'infer', number },
  ];
  const accepted = (number: number): boolean[] => [
    ...requests(number).map((request) => requestSchema.safeParse(request).success),
    dealerRequestSchema.safeParse({ op: 'deal', number }).success,
  ];

  it.each([1, 2 ** 32 - 1])('may be %d', (number) => {
    expect(accepted(number)).toEqual([true, true, true]);
  });

  it.each([0, -1, 1.5, 2 ** 32, Number.NaN])('is not %d', (number) => {
    expect(accepted(number)).toEqual([false, false, false]);
  });
});
