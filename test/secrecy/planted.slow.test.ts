/**
 * The distinguisher's own test: each way of using randomness twice, which leaves every output right, is planted and has to be seen.
 * That of base transfers: planted-base.slow.test.ts.
 *
 * Randomness is a fixed stream, so an outcome is the same in every run.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type * as Engines from '../../src/protocols/three/engine.js';
import { recorder } from '../support/recorder.js';
import { booleanChunks, garbledChunks, maskedChunks } from './chunks.js';
import { distinguish } from './distinguisher.js';
import { evidenceOf, type Kind, MODELS } from './evidence.js';

vi.mock('../../src/platform/random.js', async (original) =>
  (await import('../support/recorder.js')).fixedRandom(await original()),
);
vi.mock('../../src/core/prg.js', async (original) =>
  (await import('../support/recorder.js')).recordedPrg(await original()),
);

vi.mock('../../src/ot/base.js', async (original) =>
  (await import('../support/open-transfers.js')).openTransfers(await original()),
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

/** A draw that gives the same bytes each time: in one session, or in all. */
const constant = (name: string) => () => {
  recorder.spoilDraw = (draw, occurrence, salt) => (draw === name ? draw : `${draw}#${occurrence}${salt}`);
};

/** Streams of a label whose indices do not all count. */
const merged = (name: string, keep: (indices: readonly number[]) => readonly number[]) => () => {
  recorder.spoilIndices = (label, indices) => (label === name ? keep(indices) : indices);
};

const none = (): readonly number[] => [];

/** Ways to use randomness twice that leave every output right. */
const SPOILT: readonly (readonly [kind: Kind, what: string, spoil: () => void])[] = [
  ['dealer', "party 1's r is reused across steps", merged('garbled/mask', none)],
  ['dealer', 'the mask of linear steps is reused across steps', merged('linear/mask', none)],
  ['dealer', 'C_0 of linear steps is reused across steps', merged('linear/product', none)],
  ['dealer', 'C_0 of a square is that of a product', merged('product/product', none)],
  ['dealer', "the garbler's share is reused across steps", merged('garbled/share', none)],
  ['dealer', 'A = B in products', merged('product/mask', ([step]) => [step!])],
  ['dealer', 'masks of products are reused across steps', merged('product/mask', ([, factor]) => [factor!])],
  ['dealer', 'labels are reused across steps', merged('garbled/labels', none)],
  ['dealer', 'hash keys start at one point in all steps', merged('garbled/start', none)],
  ['dealer', 'shares of B are reused across steps', merged('setup/factor', none)],
  ['dealer', 'shares of the weights are reused across steps', merged('model/weights', none)],
  ['dealer', 'one seed for both dealt parties', constant('dealer/bundle')],
  ['dealer', 'one seed for both shares of B', constant('dealer/factors')],
  ['dealer', "the client's input seed is constant", constant('client/input')],
  ['dealer', 'seeds of model shares are constant', constant('owner/model')],
  ['dealer', 'the seed of the reveal is constant', constant('party/reveal-dealt')],
  ['dealer', 'the zero shares of the reveal are reused', merged('reveal/zero', none)],
  ['bits', 'masks of bits are reused across steps', merged('bits/masks', ([, chunk]) => [chunk!])],
  [
    'bits',
    "party 0's shares of products of masks are reused across steps",
    merged('bits/products', ([, chunk]) => [chunk!]),
  ],
  ['bits', 'one seed for both dealt parties', constant('dealer/bundle')],
  ['ot', 'a bundle begins from the seed of another', constant('party/bundle')],
  ['ot', 'the mask of linear steps is reused across steps', merged('linear/mask', none)],
  ['ot', "the garbler's share is reused across steps", merged('garbled/share', none)],
  ['ot', 'labels of t are reused across steps', merged('garbled/labels', none)],
  ['ot', "the client's input seed is constant", constant('client/input')],
  ['ot', 'the seed of the reveal is constant', constant('party/reveal-transfers')],
  ['ot', 'all trees grow from one seed', constant('ot/tree')],
  ['silent', 'a bundle begins from the seed of another', constant('party/bundle')],
  ['silent', 'hash keys of trees start at one point in every iteration', constant('silent/start')],
  ['otBits', 'a bundle begins from the seed of another', constant('party/bundle')],
  ['otBits', 'masks of bits are reused across steps', merged('bits/masks', ([, chunk]) => [chunk!])],
  ['otBits', 'hash keys of pads start at one point in all steps', merged('bits/start', none)],
  ['he', 'a bundle begins from the seed of another', constant('party/bundle')],
  ['he', 'R of answers is reused across steps', merged('he/mask', none)],
  ['he', 'all ciphertexts have one a', constant('he/uniform')],
  ['he', 'the mask of linear steps is reused across steps', merged('linear/mask', none)],
  ['three', 'streams are reused across inferences', merged('three/step', ([, step]) => [step!])],
  ['three', 'streams are reused across steps', merged('three/step', ([number]) => [number!])],
  ['three', 'keys of pairs are constant', constant('party/pair-key')],
  ['three', "one seed for both components of the client's input", constant('client/components')],
  ['three', 'one seed for both components of the model', constant('owner/components')],
  ['three', 'components of the weights are reused across steps', merged('three/weights', none)],
  [
    'three',
    'linear steps go without their share of zero',
    () => {
      recorder.silences = (label, [, step]) => label === 'three/step' && step === 1;
    },
  ],
  [
    'three',
    'the opening goes without its share of zero',
    () => {
      recorder.silences = (label, [, step]) => label === 'three/step' && step === MODELS.three.graph.nodes.length;
    },
  ],
];

describe('randomness that serves twice is seen', () => {
  it.each(SPOILT)('%s: %s', async (kind, _, spoil) => {
    spoil();
    expect(distinguish(await evidenceOf(kind))).not.toEqual([]);
  });
});

describe('randomness of one chunk that serves the next is seen', () => {
  it.each([
    ['dealer', 'garbled/labels'],
    ['dealer', 'garbled/start'],
    ['dealer', 'garbled/mask'],
    ['ot', 'garbled/labels'],
  ] as const)('by %s: %s', async (by, label) => {
    recorder.spoilIndices = (name, indices) => (name === label ? indices.slice(0, 1) : indices);
    expect(await garbledChunks(by)).not.toEqual([]);
  });

  it.each([
    ['bits', 'bits/masks'],
    ['bits', 'bits/products'],
    ['otBits', 'bits/start'],
  ] as const)('masked bits, by %s: %s', async (by, label) => {
    recorder.spoilIndices = (name, indices) => (name === label ? indices.slice(0, 1) : indices);
    expect(await maskedChunks('relu', by)).not.toEqual([]);
  });

  it('masks of three parties', async () => {
    reuse.masks = true;
    expect(await booleanChunks('relu')).not.toEqual([]);
  });
});
