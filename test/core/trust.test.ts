/** A trust model that is not one is refused: none is taken for one that opens more, or promises more. */
import { describe, expect, it } from 'vitest';
import { checkTrust, type Reveal, revealedIndices, type TrustModel } from '../../src/core/trust.js';
import { MOST_BATCH } from '../../src/plan/compile.js';
import { planOf } from '../../src/plan/plan.js';
import { ModelMaker } from '../support/models.js';

const two = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' };
const three = { ...two, parties: 3, preprocessing: 'none' };
const { graph } = new ModelMaker(32, [4]).dense(3).done();
/** As a program without types gives it. */
const given = (fields: object): TrustModel => JSON.parse(JSON.stringify(fields)) as TrustModel;

const WRONG: readonly (readonly [string, object])[] = [
  ...['Label', 'top:0', 'top:-1', 'top:abc', 'top1', 'top:1.5', '', null, undefined, 3].map(
    (reveal) => ['reveal', { reveal }] as const,
  ),
  ['security', { security: 'malicious' }],
  ['preprocessing', { preprocessing: 'OT' }],
  ['preprocessing', { preprocessing: 'toString' }],
  ['preprocessing', { preprocessing: ['dealer'] }],
  ['parties', { parties: 4 }],
];

describe('a trust model', () => {
  it.each(WRONG)('with another %s is refused: %o', (field, change) => {
    for (const whole of [two, three]) {
      const refusal = expect.objectContaining({
        code: 'BAD_VALUE',
        message: expect.stringContaining(`expected ${field} of the trust model to be `),
      });
      expect(() => checkTrust(given({ ...whole, ...change }))).toThrow(refusal);
      expect(() => planOf({ graph, batch: 1, trust: given({ ...whole, ...change }) })).toThrow(refusal);
    }
  });

  it.each([two, three])('of $parties parties is taken', (whole) => {
    for (const reveal of ['logits', 'label', 'top:3']) {
      expect(() => planOf({ graph, batch: 1, trust: given({ ...whole, reveal }) })).not.toThrow();
    }
    expect(() => planOf({ graph, batch: 1, trust: given({ ...whole, reveal: 'top:4' }) })).toThrow(/at most top:3/);
  });

  it('opens indices where it does not open logits', () => {
    expect(['logits', 'label', 'top:12'].map((reveal) => revealedIndices(reveal as Reveal))).toEqual([0, 1, 12]);
    expect(() => revealedIndices('Label' as Reveal)).toThrow(expect.objectContaining({ code: 'BAD_VALUE' }));
  });
});

describe('a plan', () => {
  it.each([0, 9, 1.5, Number.NaN])('is of no SoftSpokenOT parameter of %d', (softSpokenK) => {
    expect(() => planOf({ graph, batch: 1, trust: given(two), softSpokenK })).toThrow(
      /^expected softSpokenK from 1 to 8/,
    );
  });

  it.each([
    [-1, 100],
    [Number.NaN, 100],
    [1, 0],
  ])('is of no network of %d ms and %d Mbit/s', (rttMs, mbit) => {
    expect(() => planOf({ graph, batch: 1, trust: given(two), network: { rttMs, mbit } })).toThrow(
      /^expected a network/,
    );
  });

  it.each([0, -1, 1.5, MOST_BATCH + 1, 1e9, Number.NaN])('is of no batch of %d', (batch) => {
    for (const trust of [two, three]) {
      expect(() => planOf({ graph, batch, trust: given(trust) })).toThrow(/^expected a batch from 1 to 65536 inputs/);
    }
  });
});
