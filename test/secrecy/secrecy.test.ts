/**
 * Whole sessions before the distinguisher: honest ones pass, and each way of using randomness twice is seen.
 *
 * Randomness is a fixed stream, so an outcome is the same in every run.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { ModelMaker } from '../support/models.js';
import { recorder } from '../support/recorder.js';
import { distinguish, type Evidence, together } from './distinguisher.js';
import { threeParties, twoParties } from './sessions.js';

vi.mock('../../src/platform/random.js', async (original) =>
  (await import('../support/recorder.js')).fixedRandom(await original()),
);
vi.mock('../../src/core/prg.js', async (original) =>
  (await import('../support/recorder.js')).recordedPrg(await original()),
);

afterEach(() => recorder.repair());

/** Steps of one size, so that what they share by mistake is seen: two linear steps and two circuits, a square, a product of two tensors. */
function twin(size: number): FixedModel {
  const maker = new ModelMaker(32, [size]).dense(size);
  const sums = maker.last;
  maker.nonlinear({ width: 24, shift: 6 }).dense(size).nonlinear({ width: 24, shift: 6 });
  maker.dense(size);
  const more = maker.last;
  maker.product(sums, more).product(more);
  return maker.nonlinear({ activation: 'none', width: 32, shift: 12 }).dense(size).done();
}

const BATCH = 4;
/** By oblivious transfer much more is sent. */
const MODELS = { dealer: twin(24), ot: twin(12), three: twin(24) } as const;

type Kind = 'dealer' | 'ot' | 'three';

async function evidenceOf(kind: Kind): Promise<Evidence> {
  const model = MODELS[kind];
  const sessions: Evidence[] = [];
  for (const salt of ['session-1', 'session-2']) {
    if (kind === 'three') {
      // given components: two inferences differ by randomness alone; then the client's own
      sessions.push((await threeParties(model, BATCH, `${salt}-given`, false)).evidence);
      sessions.push((await threeParties(model, BATCH, salt, true)).evidence);
    } else sessions.push((await twoParties(model, BATCH, kind, salt)).evidence);
  }
  return together(...sessions);
}

describe('an honest session tells nothing', () => {
  it.each(['dealer', 'ot', 'three'] as const)('%s', async (kind) => {
    expect(distinguish(await evidenceOf(kind))).toEqual([]);
  });
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
  ['ot', 'a bundle begins from the seed of another', constant('party/bundle')],
  ['ot', 'the mask of linear steps is reused across steps', merged('linear/mask', none)],
  ['ot', "the garbler's share is reused across steps", merged('garbled/share', none)],
  ['ot', 'labels of t are reused across steps', merged('garbled/labels', none)],
  ['ot', "the client's input seed is constant", constant('client/input')],
  ['ot', 'the seed of the reveal is constant', constant('party/reveal-transfers')],
  ['ot', "the base transfers' sender has one scalar", constant('base-ot/sender')],
  ['ot', "the base transfers' receiver has one scalar", constant('base-ot/receiver')],
  ['ot', 'all trees grow from one seed', constant('ot/tree')],
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
