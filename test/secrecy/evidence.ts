/** Whole sessions whose evidence is distinguished: honest ones in secrecy.test.ts, spoilt ones in planted.slow.test.ts. @module */
import type { FixedModel } from '../../src/model/fixed-model.js';
import { ModelMaker } from '../support/models.js';
import { type Evidence, together } from './distinguisher.js';
import { threeParties, twoParties } from './sessions.js';

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
/** By oblivious transfer much more is sent; ring LWE is for more products. */
export const MODELS: Readonly<Record<Kind, FixedModel>> = {
  dealer: twin(24),
  bits: twin(32),
  ot: twin(12),
  silent: twin(14),
  otBits: twin(32),
  he: twin(48),
  three: twin(24),
};

export type Kind = 'dealer' | 'bits' | 'ot' | 'silent' | 'otBits' | 'he' | 'three';

export async function evidenceOf(kind: Kind): Promise<Evidence> {
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
