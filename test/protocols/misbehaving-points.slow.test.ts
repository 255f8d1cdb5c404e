/** As misbehaving.slow.test.ts, with real base transfers. */
import { expect, it } from 'vitest';
import { compilePlan } from '../../src/plan/two.js';
import type { Frame } from '../../src/transport/frame.js';
import { ModelMaker } from '../support/models.js';
import { INVALID, MULTIPLES } from '../support/ristretto.js';
import { connectAll, randomIntegers, runAll } from '../support/session.js';
import { tamper } from '../support/tamper.js';

const model = new ModelMaker(32, [12]).dense(9).nonlinear().dense(8).done();
const trust = { parties: 2, preprocessing: 'ot', security: 'semi-honest', reveal: 'logits' } as const;
const plan = compilePlan({ graph: model.graph, batch: 1, trust });

const ENCODINGS = Object.entries({ 'the identity': [MULTIPLES[0]!], ...INVALID });

it.each(ENCODINGS)('a point that is %s ends the session', async (what, [encoding]) => {
  const i = ENCODINGS.findIndex(([name]) => name === what);
  // either party sends it as the point of the sender of base transfers, or among those of the receiver
  const name = i % 2 === 0 ? 'party 0->party 1' : 'party 1->party 0';
  const step = i < ENCODINGS.length / 2 ? 1 : 2;
  const spoil = (frame: Frame): Frame => {
    if (frame.phase !== 'setup' || frame.step !== step) return frame;
    const payload = frame.payload.slice();
    payload.set(encoding!);
    return { ...frame, payload };
  };
  const session = runAll(plan, model, [randomIntegers(12, 32, 8, 'x')], connectAll(40_000, tamper(name, spoil)));
  await expect(session).rejects.toMatchObject({ code: 'BAD_FRAME' });
});
