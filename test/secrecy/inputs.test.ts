/** Inputs that are all alike, and steps of several chunks: a mask that serves twice has nothing to hide behind. */
import { describe, expect, it, vi } from 'vitest';
import { gather, range } from '../../src/core/nd.js';
import { ModelMaker, poolOf } from '../support/models.js';
import { booleanChunks, garbledChunks, maskedChunks } from './chunks.js';
import { distinguish } from './distinguisher.js';
import { threeParties, twoParties } from './sessions.js';

vi.mock('../../src/platform/random.js', async (original) =>
  (await import('../support/recorder.js')).fixedRandom(await original()),
);
vi.mock('../../src/core/prg.js', async (original) =>
  (await import('../support/recorder.js')).recordedPrg(await original()),
);

vi.mock('../../src/ot/base.js', async (original) =>
  (await import('../support/open-transfers.js')).openTransfers(await original()),
);

describe('an input of zeros', () => {
  const BATCH = 4;
  /** A maximum by bits and a ReLU by carries, at a width that fills no bytes; a square. */
  const model = (() => {
    const maker = new ModelMaker(32, [8, 8, 2]).conv({ outChannels: 4 });
    maker
      .nonlinear({ width: 21, shift: 5 })
      .conv({})
      .nonlinear({ pool: poolOf(maker.shapeOf(maker.last), 2, 2), width: 21, shift: 5 });
    return maker.dense(24).product().dense(24).done();
  })();
  const x = new Uint32Array(BATCH * 8 * 8 * 2);

  it.each(['dealer', 'bits', 'ot', 'otBits'] as const)('tells nothing, by %s', async (by) => {
    const { evidence } = await twoParties(model, BATCH, by, 'zeros', { x });
    expect(distinguish(evidence)).toEqual([]);
  });

  it('tells three parties nothing', async () => {
    const { evidence } = await threeParties(model, BATCH, 'zeros', true, { x });
    expect(distinguish(evidence)).toEqual([]);
  });
});

describe('elements that a movement repeats', () => {
  const SIZE = 48;
  /** Shares that are alike four times over: before a circuit, a linear step, products, and at the end. */
  const model = (() => {
    const maker = new ModelMaker(32, [SIZE / 4]);
    const repeat = (from: number): number =>
      maker.move([from], ([x]) =>
        gather(
          x!,
          0,
          range(0, SIZE).map((i) => i % (SIZE / 4)),
        ),
      ).last;
    repeat(0);
    const sums = maker.dense(SIZE / 4).last;
    maker.nonlinear({ width: 24, shift: 6 }, repeat(sums)).dense(SIZE / 4);
    const known = repeat(maker.nonlinear({ width: 24, shift: 6 }).last);
    const squares = maker.product(known).last;
    maker
      .product(repeat(sums), squares)
      .nonlinear({ activation: 'none', width: 32, shift: 12 })
      .dense(SIZE / 4, known);
    repeat(maker.last);
    return maker.offset(3).done();
  })();

  it.each(['dealer', 'bits', 'ot', 'otBits'] as const)('have masks of their own, by %s', async (by) => {
    const { evidence } = await twoParties(model, 4, by, 'repeated');
    expect(distinguish(evidence)).toEqual([]);
  });

  it('have masks of their own among three parties', async () => {
    const { evidence } = await threeParties(model, 4, 'repeated', true);
    expect(distinguish(evidence)).toEqual([]);
  });
});

describe('chunks of one step have randomness of their own', () => {
  it.each(['dealer', 'ot'] as const)('garbled, by %s', async (by) => {
    expect(await garbledChunks(by)).toEqual([]);
  });

  it.each(['relu', 'none'] as const)('Boolean: %s', async (activation) => {
    expect(await booleanChunks(activation)).toEqual([]);
  });

  it.each(['relu', 'none'] as const)('masked bits: %s', async (activation) => {
    expect(await maskedChunks(activation)).toEqual([]);
  });
});
