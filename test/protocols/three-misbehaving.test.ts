import { describe, expect, it } from 'vitest';
import { TacitError } from '../../src/core/errors.js';
import { sizeOf } from '../../src/core/ring.js';
import type { TrustModel } from '../../src/core/trust.js';
import { openStreams } from '../../src/online/execute-three.js';
import { compileThree } from '../../src/plan/three.js';
import { randomSeed } from '../../src/platform/random.js';
import { decodeFrame, encodeFrame, type Frame } from '../../src/transport/frame.js';
import type { Link } from '../../src/transport/link.js';
import { ModelMaker } from '../support/models.js';
import { randomIntegers } from '../support/session.js';
import { connectThree, runThree } from '../support/three.js';

const TRUST: TrustModel = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' };
const model = new ModelMaker(32, [12])
  .dense(9)
  .nonlinear()
  .dense(8)
  .nonlinear({ activation: 'clip', clipMax: 3 })
  .done();
const plan = compileThree({ graph: model.graph, batch: 1, trust: TRUST });
const input = (label: string): Uint32Array => randomIntegers(sizeOf(model.graph.nodes[0]!.shape), 32, 8, label);

type Change = (frame: Frame) => readonly Frame[];

/** Changes the frames that `name` sends: what `change` returns goes out instead. */
function tamper(name: string, change: Change): (link: string, inner: Link) => Link {
  return (link, inner) =>
    link !== name
      ? inner
      : {
          onMessage: (receive) => inner.onMessage(receive),
          onClose: (closed) => inner.onClose(closed),
          pause: () => inner.pause(),
          resume: () => inner.resume(),
          close: () => inner.close(),
          send: async (bytes) => {
            for (const frame of change(decodeFrame(bytes))) await inner.send(encodeFrame(frame));
          },
        };
}

/** Long enough that nothing but silence runs into it, and what is waited for where a party is silent. */
const PATIENT_MS = 40_000;
const SILENCE_MS = 300;

async function failureOf(name: string, change: Change, on = { plan, model }, timeoutMs = PATIENT_MS): Promise<string> {
  return runThree(on.plan, on.model, [input('x')], connectThree(timeoutMs, tamper(name, change))).then(
    () => 'none',
    (error: unknown) => (error instanceof TacitError ? error.code : `not ours: ${String(error)}`),
  );
}

describe('a party that misbehaves ends the session with a stable code', () => {
  const links = { setup: ['0->2', '1->0', '2->1'], online: ['0->2', '1->0', '1->2', '2->1'] } as const;
  for (const phase of ['setup', 'online'] as const) {
    for (const name of links[phase]) {
      const inPhase =
        (change: Change): Change =>
        (frame) =>
          frame.phase === phase ? change(frame) : [frame];
      it(`${name}, ${phase}: truncated`, async () => {
        const cut = inPhase((frame) => [{ ...frame, payload: frame.payload.subarray(1) }]);
        expect(await failureOf(name, cut)).toBe('BAD_FRAME');
      });
      it(`${name}, ${phase}: of a wrong step`, async () => {
        expect(
          await failureOf(
            name,
            inPhase((frame) => [{ ...frame, step: frame.step + 1 }]),
          ),
        ).toBe('BAD_FRAME');
      });
      it(`${name}, ${phase}: replayed`, async () => {
        // the copy has the place of the next frame: its order number gives it away, and so does its step
        expect(
          await failureOf(
            name,
            inPhase((frame) => [frame, frame]),
          ),
        ).toBe('BAD_FRAME');
      });
      it(`${name}, ${phase}: silent`, async () => {
        expect(
          await failureOf(
            name,
            inPhase(() => []),
            undefined,
            SILENCE_MS,
          ),
        ).toBe('PEER_TIMEOUT');
      });
    }
  }

  it('a product that is truncated', async () => {
    const squared = new ModelMaker(32, [12]).product().dense(4).nonlinear().done();
    const on = { model: squared, plan: compileThree({ graph: squared.graph, batch: 1, trust: TRUST }) };
    const cut: Change = (frame) => [
      frame.phase === 'online' && frame.step === 1 ? { ...frame, payload: frame.payload.subarray(1) } : frame,
    ];
    for (const name of links.setup) expect(await failureOf(name, cut, on)).toBe('BAD_FRAME');
  });

  it('a flipped bit spoils the output, and nothing else', async () => {
    const flip: Change = (frame) => [
      frame.phase === 'online' ? { ...frame, payload: frame.payload.map((byte) => byte ^ 1) } : frame,
    ];
    const [good] = await runThree(plan, model, [input('x')]);
    const [bad] = await runThree(plan, model, [input('x')], connectThree(PATIENT_MS, tamper('2->1', flip)));
    expect([...bad!.output]).not.toEqual([...good!.output]);
  });
});

describe('randomness is spent once', () => {
  it('a step takes its streams a single time', () => {
    const streams = openStreams(plan, { first: randomSeed('test/seed'), second: randomSeed('test/seed') }, 3);
    streams.take(1);
    expect(() => streams.take(1)).toThrow(TacitError);
  });

  it('no two steps or inferences share key stream', () => {
    const keys = { first: randomSeed('test/seed'), second: randomSeed('test/seed') };
    const seen = new Set<string>();
    const drawing = plan.steps.filter(({ kind }) => kind === 'linear' || kind === 'boolean').map(({ index }) => index);
    for (const number of [0, 1, 2]) {
      const streams = openStreams(plan, keys, number);
      for (const step of [...drawing, plan.steps.length]) {
        const { first, second } = streams.take(step);
        for (const stream of [first, second]) {
          const bytes = new Uint8Array(16);
          stream.nextInto(bytes);
          seen.add(Buffer.from(bytes).toString('hex'));
        }
      }
    }
    expect(seen.size).toBe(3 * 2 * (drawing.length + 1));
  });
});
