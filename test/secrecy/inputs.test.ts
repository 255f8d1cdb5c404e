/** Inputs that are all alike, and steps of several chunks: a mask that serves twice has nothing to hide behind. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { chunkSizes } from '../../src/gc/schedule.js';
import type * as Engines from '../../src/protocols/three/engine.js';
import { ModelMaker, poolOf } from '../support/models.js';
import { recorder } from '../support/recorder.js';
import { distinguish } from './distinguisher.js';
import { threeParties, twoParties } from './sessions.js';

vi.mock('../../src/platform/random.js', async (original) =>
  (await import('../support/recorder.js')).fixedRandom(await original()),
);
vi.mock('../../src/core/prg.js', async (original) =>
  (await import('../support/recorder.js')).recordedPrg(await original()),
);

/** Whether each chunk of a Boolean step takes its masks from where its step's streams begin, as the chunk before. */
const reuse = vi.hoisted(() => ({ masks: false }));
vi.mock('../../src/protocols/three/engine.js', async (original) => {
  const real = await original<typeof Engines>();
  type Given = ConstructorParameters<typeof real.Engine>;
  class Reusing extends real.Engine {
    constructor(...[context, party, program, resident, { first, second }, n]: Given) {
      const [a, b] = reuse.masks ? [recorder.anew.get(first)!(), recorder.anew.get(second)!()] : [first, second];
      super(context, party, program, resident, { first: a, second: b }, n);
    }
  }
  return { ...real, Engine: Reusing };
});

afterEach(() => {
  recorder.repair();
  reuse.masks = false;
});

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

  it.each(['dealer', 'ot'] as const)('tells nothing, by %s', async (by) => {
    const { evidence } = await twoParties(model, BATCH, by, 'zeros', { x });
    expect(distinguish(evidence)).toEqual([]);
  });

  it('tells three parties nothing', async () => {
    const { evidence } = await threeParties(model, BATCH, 'zeros', true, { x });
    expect(distinguish(evidence)).toEqual([]);
  });
});

describe('chunks of one garbled step have randomness of their own', () => {
  // two chunks of whole blocks of 16 bytes, which the distinguisher compares
  const model = new ModelMaker(32, [2104]).nonlinear({ width: 32, shift: 2 }).dense(1).done();
  const session = async (by: 'dealer' | 'ot'): Promise<string[]> => {
    const { plan, evidence } = await twoParties(model, 1, by, 'chunks');
    const step = plan.steps[1]!;
    if (step.kind !== 'garbled') throw new Error('expected a garbled step');
    expect(chunkSizes(step.schedule, step.instances).length).toBe(2);
    return distinguish(evidence);
  };

  it.each(['dealer', 'ot'] as const)('by %s', async (by) => {
    expect(await session(by)).toEqual([]);
  });

  it.each([
    ['dealer', 'garbled/labels'],
    ['dealer', 'garbled/start'],
    ['dealer', 'garbled/mask'],
    ['ot', 'garbled/labels'],
  ] as const)('by %s: one %s in all chunks is seen', async (by, label) => {
    recorder.spoilIndices = (name, indices) => (name === label ? indices.slice(0, 1) : indices);
    expect(await session(by)).not.toEqual([]);
  });
});

describe('chunks of one Boolean step have masks of their own', () => {
  const COUNT = 45_000;

  /** What is told of a session in which all instances are alike, down to the components: two messages under one mask are one. */
  async function told(activation: 'relu' | 'none'): Promise<string[]> {
    const model = new ModelMaker(32, [COUNT]).nonlinear({ activation, width: 32, shift: 8 }).done();
    const components = [1, 2, 3].map((value) => new Uint32Array(COUNT).fill(value * 0x01234567));
    const given = { x: new Uint32Array(COUNT), components };
    const { plan, messages, evidence } = await threeParties(model, 1, 'chunks', false, given);
    const step = plan.steps[1]!;
    if (step.kind !== 'boolean') throw new Error('expected a Boolean step');
    expect(step.groups[0]!.length).toBeGreaterThan(1);
    const between = new Set(messages.filter(({ link }) => /^[012]->[012]$/.test(link)).map(({ name }) => name));
    const groups = evidence.groups.filter(({ message }) => between.has(message.name));
    return distinguish({ ...evidence, groups });
  }

  it.each(['relu', 'none'] as const)('%s', async (activation) => {
    expect(await told(activation)).toEqual([]);
  });

  it('masks of one chunk that serve the next are seen', async () => {
    reuse.masks = true;
    expect(await told('relu')).not.toEqual([]);
  });
});
