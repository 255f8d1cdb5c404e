import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { sizeOf } from '../../src/core/ring.js';
import type { Preprocessing } from '../../src/core/trust.js';
import type { OfflinePool } from '../../src/correlations/jobs.js';
import { dealtTables } from '../../src/correlations/tables/dealer.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { Pool } from '../../src/kernels/pool.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { compilePlan, type Plan } from '../../src/plan/two.js';
import type { GarbledStep } from '../../src/steps/two.js';
import { decodeFrame, HEADER_BYTES } from '../../src/transport/frame.js';
import { ModelMaker, poolOf } from '../support/models.js';
import { recorder } from '../support/recorder.js';
import { connectAll, type Outcome, randomIntegers, runAll } from '../support/session.js';

/** The same "random" bytes in every run: a run's randomness is all drawn on the main thread, by each role in an order that nothing changes. */
vi.mock('../../src/platform/random.js', async (original) =>
  (await import('../support/recorder.js')).fixedRandom(await original()),
);

vi.mock('../../src/ot/base.js', async (original) =>
  (await import('../support/open-transfers.js')).openTransfers(await original()),
);

// padding: the weights' fans differ in size, and not all fill whole bytes
const maker = new ModelMaker(32, [23, 23, 1]).conv({
  outChannels: 8,
  padTop: 1,
  padBottom: 1,
  padLeft: 1,
  padRight: 1,
});
maker.nonlinear({ pool: poolOf(maker.shapeOf(maker.last), 2, 2) });
// a square in more than one part
maker.product().nonlinear({ activation: 'none', width: 32, shift: 14 });
const model = maker.reshape([968]).dense(12).nonlinear().dense(5).done();
const BATCH = 3;
/** Several ciphertexts and answers a step. */
const encrypted = new ModelMaker(32, [70, 71, 3])
  .conv({ outChannels: 3, strideHeight: 2, padTop: 1 })
  .nonlinear({ pool: poolOf([35, 69, 3], 7, 7) })
  .reshape([135])
  .dense(300)
  .done();
const MODELS = { dealer: model, ot: model, silent: model, he: encrypted };

function planBy(by: keyof typeof MODELS, { graph } = MODELS[by]): Plan {
  const preprocessing: Preprocessing = by === 'silent' ? 'ot' : by;
  const trust = { parties: 2, preprocessing, security: 'semi-honest', reveal: 'logits' } as const;
  return compilePlan({ graph, batch: BATCH, trust, transfers: by === 'silent' ? 'silent' : 'softspoken' });
}

/** One inference: what comes out, every party's share after every step, and a hash of all payloads of each link and phase in their order. */
async function transcript(
  plan: Plan,
  model: FixedModel,
  threads: number,
): Promise<{ outcome: Outcome; shares: Map<string, Uint32Array>; sent: Map<string, string> }> {
  recorder.begin();
  const hashes = new Map<string, ReturnType<typeof createHash>>();
  const channels = connectAll(30_000, (name, inner) => ({
    onMessage: (receive) => inner.onMessage(receive),
    onClose: (closed) => inner.onClose(closed),
    pause: () => inner.pause(),
    resume: () => inner.resume(),
    close: () => inner.close(),
    send: (bytes) => {
      const { phase, step } = decodeFrame(bytes);
      const key = `${name} ${phase}`;
      const hash = hashes.get(key) ?? createHash('sha256');
      hashes.set(key, hash.update(`${step} `).update(bytes.subarray(HEADER_BYTES)));
      return inner.send(bytes);
    },
  }));
  const shares = new Map<string, Uint32Array>();
  const note = (party: number, index: number, share: Uint32Array): void => {
    shares.set(`${party} ${index}`, share.slice());
  };
  const input = randomIntegers(BATCH * sizeOf(model.graph.nodes[0]!.shape), 32, 7, 'threads');
  const [outcome] = await runAll(plan, model, [input], channels, note, threads);
  return { outcome: outcome!, shares, sent: new Map([...hashes].map(([key, hash]) => [key, hash.digest('hex')])) };
}

describe.each(['dealer', 'ot', 'silent', 'he'] as const)('threads change nothing, by %s', (by) => {
  it('of what is sent, of shares and of outputs; every byte is predicted', async () => {
    const plan = planBy(by);
    const alone = await transcript(plan, MODELS[by], 1);
    expect(alone.outcome.traffic.offline).toEqual(plan.predicted.offline);
    for (const threads of [2, 3]) {
      const { outcome, shares, sent } = await transcript(plan, MODELS[by], threads);
      expect(outcome).toEqual(alone.outcome);
      expect(shares).toEqual(alone.shares);
      expect(sent).toEqual(alone.sent);
    }
  });
});

describe('a pool that fails', () => {
  it('fails the step with one error, gives its memory back cleared, and takes no more work', async () => {
    const plan = planBy('dealer');
    const step = plan.steps.find((each): each is GarbledStep => each.kind === 'garbled')!;
    const module = loadKernelModule(256 << 20, true);
    const entry = new URL('../support/failing-thread.mjs', import.meta.url);
    const pool: OfflinePool = new Pool(module.memory, 2, new URL(`file://${fileURLToPath(entry)}`));
    const seeds = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;
    const sent: number[] = [];
    const toEvaluator = { send: async (_: number, bytes: Uint8Array) => void sent.push(bytes.length) };
    const context = {
      ...{ bits: 32 as const, module, kernels: wasmKernels(module), pool, batch: BATCH, seeds, toEvaluator },
      ...{ factors: new Map(), known: new Map() },
    };
    const { pointer } = module.memory.allocate(64);
    await expect(dealtTables.deal(context, step)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('worker thread'),
    });
    await expect(dealtTables.deal(context, step)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(sent).toEqual([]);
    const after = module.memory.allocate(8 << 20);
    expect(after.pointer).toBe(pointer + 64);
    expect(module.memory.view(after).every((byte) => byte === 0)).toBe(true);
  });
});
