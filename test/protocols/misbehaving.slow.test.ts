import { describe, expect, it, vi } from 'vitest';
import { TacitError } from '../../src/core/errors.js';
import { sizeOf } from '../../src/core/ring.js';
import type { Preprocessing, TrustModel } from '../../src/core/trust.js';
import type { Nonlinear } from '../../src/plan/compile.js';
import { compilePlan, type Plan } from '../../src/plan/two.js';
import type { Frame, Phase } from '../../src/transport/frame.js';
import { ModelMaker } from '../support/models.js';
import { connectAll, randomIntegers, runAll } from '../support/session.js';
import { type Tampering, tamper } from '../support/tamper.js';

// points off the curve: misbehaving-points.slow.test.ts
vi.mock('../../src/ot/base.js', async (original) =>
  (await import('../support/open-transfers.js')).openTransfers(await original()),
);

const model = new ModelMaker(32, [12]).dense(9).nonlinear().dense(8).done();
const planBy = (preprocessing: Preprocessing, { graph } = model, nonlinear: Nonlinear = 'gc'): Plan => {
  const trust: TrustModel = { parties: 2, preprocessing, security: 'semi-honest', reveal: 'logits' };
  return compilePlan({ graph, batch: 1, trust, nonlinear });
};
const input = (label: string, on = model): Uint32Array =>
  randomIntegers(sizeOf(on.graph.nodes[0]!.shape), 32, 8, label);

/** Sends the oldest frame again after each. */
function replay(): Tampering {
  let oldest: Frame | undefined;
  return (frame) => {
    // the sender may use its buffer again
    oldest ??= { ...frame, payload: frame.payload.slice() };
    return [frame, oldest];
  };
}

/** Long enough that nothing but silence runs into it, and what is waited for where a peer is silent. */
const PATIENT_MS = 40_000;
const SILENCE_MS = 300;

async function failureOf(
  name: string,
  change: Tampering,
  by: Preprocessing = 'dealer',
  on = model,
  timeoutMs = PATIENT_MS,
  nonlinear: Nonlinear = 'gc',
): Promise<string> {
  return runAll(planBy(by, on, nonlinear), on, [input('x', on)], connectAll(timeoutMs, tamper(name, change))).then(
    () => 'none',
    (error: unknown) => (error instanceof TacitError ? error.code : `not ours: ${String(error)}`),
  );
}

const links = ['dealer->party 0', 'dealer->party 1', 'party 0->party 1', 'party 1->party 0'];

describe('a peer that misbehaves ends the session with a stable code', () => {
  for (const name of links) {
    const phases = name.startsWith('dealer') ? (['setup', 'offline'] as const) : (['setup', 'online'] as const);
    for (const phase of phases) {
      const inPhase = (frame: Frame, change: Tampering): ReturnType<Tampering> =>
        frame.phase === phase ? change(frame) : frame;
      it(`${name}, ${phase}: truncated`, async () => {
        const cut = (frame: Frame): Frame => ({ ...frame, payload: frame.payload.subarray(1) });
        expect(await failureOf(name, (frame) => inPhase(frame, cut))).toBe('BAD_FRAME');
      });
      it(`${name}, ${phase}: of a wrong step`, async () => {
        expect(await failureOf(name, (frame) => inPhase(frame, (f) => ({ ...f, step: f.step + 1 })))).toBe('BAD_FRAME');
      });
      it(`${name}, ${phase}: out of order`, async () => {
        expect(await failureOf(name, (frame) => inPhase(frame, (f) => ({ ...f, sequence: f.sequence + 1 })))).toBe(
          'BAD_FRAME',
        );
      });
      // after the dealer's only frame of a bundle for party 0 nothing is read
      if (name !== 'dealer->party 0' || phase !== 'offline') {
        it(`${name}, ${phase}: replayed`, async () => {
          const replayed = replay();
          expect(await failureOf(name, (frame) => inPhase(frame, replayed))).toBe('BAD_FRAME');
        });
      }
      it(`${name}, ${phase}: silent`, async () => {
        const silent = (frame: Frame): ReturnType<Tampering> => inPhase(frame, () => undefined);
        expect(await failureOf(name, silent, 'dealer', model, SILENCE_MS)).toBe('PEER_TIMEOUT');
      });
    }
  }

  it('a flipped bit in the tables spoils the output, and nothing else', async () => {
    const flip = (frame: Frame): Frame => {
      if (frame.phase !== 'offline' || frame.payload.length < 1000) return frame;
      return { ...frame, payload: frame.payload.map((byte) => byte ^ 1) };
    };
    const plan = planBy('dealer');
    const [good] = await runAll(plan, model, [input('x')]);
    const [bad] = await runAll(plan, model, [input('x')], connectAll(PATIENT_MS, tamper('dealer->party 1', flip)));
    expect([...bad!.output]).not.toEqual([...good!.output]);
  });
});

describe.each([
  ['dealer->party 1', 'offline'],
  ['party 0->party 1', 'online'],
  ['party 1->party 0', 'online'],
] as const)('on masked bits a peer that misbehaves ends the session: %s, %s', (name, phase) => {
  const STEP = 2;
  const failure = (change: Tampering, timeoutMs = PATIENT_MS): Promise<string> => {
    // the rest of the lane as well, which would tell that something is missing
    const there = (frame: Frame): boolean => frame.phase === phase && frame.step >= STEP;
    return failureOf(name, (frame) => (there(frame) ? change(frame) : frame), 'dealer', model, timeoutMs, 'bits');
  };

  it('truncated', async () => {
    expect(await failure((frame) => ({ ...frame, payload: frame.payload.subarray(1) }))).toBe('BAD_FRAME');
  });
  it('of a wrong step', async () => {
    expect(await failure((frame) => ({ ...frame, step: frame.step + 1 }))).toBe('BAD_FRAME');
  });
  it('silent', async () => {
    expect(await failure(() => undefined, SILENCE_MS)).toBe('PEER_TIMEOUT');
  });
});

describe.each([
  ['party 0->party 1', 'offline'],
  ['party 1->party 0', 'offline'],
  ['party 0->party 1', 'reverse'],
  ['party 1->party 0', 'reverse'],
] as const)('on masked bits by transfers a peer that misbehaves ends the session: %s, %s', (name, phase) => {
  const STEP = 2;
  const failure = (change: Tampering, timeoutMs = PATIENT_MS): Promise<string> => {
    const there = (frame: Frame): boolean => frame.phase === phase && frame.step >= STEP;
    return failureOf(name, (frame) => (there(frame) ? change(frame) : frame), 'ot', model, timeoutMs, 'bits');
  };

  it('truncated, of a wrong step, or not at all', async () => {
    expect(await failure((frame) => ({ ...frame, payload: frame.payload.subarray(1) }))).toBe('BAD_FRAME');
    expect(await failure((frame) => ({ ...frame, step: frame.step + 1 }))).toBe('BAD_FRAME');
    expect(await failure(() => undefined, SILENCE_MS)).toBe('PEER_TIMEOUT');
  });

  it('flipped bits spoil the output, and nothing else', async () => {
    const trust: TrustModel = { parties: 2, preprocessing: 'ot', security: 'semi-honest', reveal: 'logits' };
    const plan = compilePlan({ graph: model.graph, batch: 1, trust, nonlinear: 'bits' });
    const flip = (frame: Frame): Frame => {
      if (frame.phase !== phase || frame.step !== STEP) return frame;
      return { ...frame, payload: frame.payload.map((byte) => byte ^ 255) };
    };
    const [good] = await runAll(plan, model, [input('x')]);
    const [bad] = await runAll(plan, model, [input('x')], connectAll(PATIENT_MS, tamper(name, flip)));
    expect([...bad!.output]).not.toEqual([...good!.output]);
  });
});

describe.each([
  ['party 0->party 1', 'offline', "an iteration's message"],
  ['party 1->party 0', 'reverse', "an iteration's message"],
  ['party 1->party 0', 'setup', 'the first base'],
] as const)('of silent transfers a peer that misbehaves ends the session: %s, %s, %s', (name, phase, what) => {
  const { graph } = model;
  const trust: TrustModel = { parties: 2, preprocessing: 'ot', security: 'semi-honest', reveal: 'logits' };
  const plan = compilePlan({ graph, batch: 1, trust, transfers: 'silent' });
  const STEP = what === 'the first base' ? 5 : plan.steps.length;
  const failure = (change: Tampering, timeoutMs = PATIENT_MS): Promise<string> => {
    // the rest of the lane as well, which would tell that something is missing
    let begun = false;
    const changed = (frame: Frame): ReturnType<Tampering> => {
      begun ||= frame.phase === phase && frame.step === STEP;
      return begun && frame.phase === phase ? change(frame) : frame;
    };
    return runAll(plan, model, [input('x')], connectAll(timeoutMs, tamper(name, changed))).then(
      () => 'none',
      (error: unknown) => (error instanceof TacitError ? error.code : `not ours: ${String(error)}`),
    );
  };

  it('truncated', async () => {
    expect(await failure((frame) => ({ ...frame, payload: frame.payload.subarray(1) }))).toBe('BAD_FRAME');
  });
  it('of a wrong step', async () => {
    expect(await failure((frame) => ({ ...frame, step: frame.step + 1 }))).toBe('BAD_FRAME');
  });
  it('silent', async () => {
    expect(await failure(() => undefined, 4000)).toBe('PEER_TIMEOUT');
  });
});

describe('a product of secret tensors that is truncated ends the session', () => {
  const squared = new ModelMaker(32, [12]).product().nonlinear().product(2, 0).done();
  it.each([
    ['dealer', 'dealer->party 1', 'offline', 1],
    ['dealer', 'party 0->party 1', 'online', 1],
    ['dealer', 'party 1->party 0', 'online', 1],
    ['ot', 'party 0->party 1', 'offline', 1],
    ['ot', 'party 1->party 0', 'offline', 1],
    ['ot', 'party 0->party 1', 'reverse', 3],
    ['ot', 'party 1->party 0', 'reverse', 3],
  ] as const)('by %s, %s, %s', async (by, name, phase, step) => {
    const cut = (frame: Frame): Frame =>
      frame.phase === phase && frame.step === step ? { ...frame, payload: frame.payload.subarray(1) } : frame;
    expect(await failureOf(name, cut, by, squared)).toBe('BAD_FRAME');
  });
});

describe.each([
  ['ot', model],
  ['he', new ModelMaker(32, [80]).dense(80).nonlinear().dense(8).done()],
] as const)('a peer that misbehaves without a dealer, by %s', (by, on) => {
  const inPhase =
    (phase: Phase, change: Tampering) =>
    (frame: Frame): ReturnType<Tampering> =>
      frame.phase === phase ? change(frame) : frame;
  for (const name of ['party 0->party 1', 'party 1->party 0']) {
    for (const phase of ['setup', 'offline', 'reverse'] as const) {
      it(`${name}, ${phase}: truncated, of a wrong step, again, or not at all`, async () => {
        const cut = (frame: Frame): Frame => ({ ...frame, payload: frame.payload.subarray(1) });
        const moved = (frame: Frame): Frame => ({ ...frame, step: frame.step + 1 });
        expect(await failureOf(name, inPhase(phase, cut), by, on)).toBe('BAD_FRAME');
        expect(await failureOf(name, inPhase(phase, moved), by, on)).toBe('BAD_FRAME');
        expect(await failureOf(name, inPhase(phase, replay()), by, on)).toBe('BAD_FRAME');
        const silent = inPhase(phase, () => undefined);
        expect(await failureOf(name, silent, by, on, SILENCE_MS)).toBe('PEER_TIMEOUT');
      });
    }
  }

  it('flipped bits in corrections, products or tables spoil the output, and nothing else', async () => {
    const plan = planBy(by, on);
    const [good] = await runAll(plan, on, [input('x', on)]);
    for (const [name, phase] of [
      ['party 1->party 0', 'offline'],
      ['party 0->party 1', 'offline'],
      ['party 0->party 1', 'reverse'],
    ] as const) {
      // of a ciphertext the seed alone: not all words are residues
      const flipped = (bytes: Uint8Array): Uint8Array =>
        bytes.map((byte, i) => (by === 'ot' || i < 32 ? byte ^ 1 : byte));
      const flip = inPhase(phase, (frame) => ({ ...frame, payload: flipped(frame.payload) }));
      const [bad] = await runAll(plan, on, [input('x', on)], connectAll(PATIENT_MS, tamper(name, flip)));
      expect([...bad!.output]).not.toEqual([...good!.output]);
    }
  });

  // step 4 of the set-up are public keys
  it.runIf(by === 'he').each([
    ['setup', 4],
    ['reverse', 1],
  ] as const)('residues that are none, in %s', async (phase, step) => {
    const full = (frame: Frame): Frame =>
      frame.phase === phase && frame.step === step
        ? { ...frame, payload: new Uint8Array(frame.payload.length).fill(255) }
        : frame;
    expect(await failureOf('party 0->party 1', full, by, on)).toBe('BAD_FRAME');
  });
});
