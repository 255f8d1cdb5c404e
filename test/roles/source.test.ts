/** Bundles by oblivious transfer: no session makes more than its Delta is for. */
import { expect, it, vi } from 'vitest';
import { Bundle } from '../../src/correlations/bundle.js';
import { MemorySpool } from '../../src/correlations/spool.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import type * as Transfer from '../../src/offline/transfer.js';
import { compilePlan } from '../../src/plan/two.js';
import { openSource } from '../../src/roles/source.js';
import { Session } from '../../src/session/session.js';
import { Channel } from '../../src/transport/channel.js';
import { memoryLinks } from '../../src/transport/memory.js';
import { ModelMaker } from '../support/models.js';

const MOST = 2;

vi.mock('../../src/offline/transfer.js', async (original) => ({
  ...(await original<typeof Transfer>()),
  bundlesPerSession: () => MOST,
  setUpTransfers: async () => ({ revealSeed: new Uint8Array(32) }),
  prepareByTransfer: async (_plan: unknown, _arithmetic: unknown, party: 0 | 1, number: number) =>
    new Bundle({ planDigest: '', party, number }, new Uint8Array(32)),
}));

it('makes as many as one Delta may serve, and no more', async () => {
  const trust = { parties: 2, preprocessing: 'ot', security: 'semi-honest', reveal: 'logits' } as const;
  const { graph } = new ModelMaker(32, [12]).dense(9).done();
  const plan = compilePlan({ graph, batch: 1, trust });
  const module = loadKernelModule();
  const source = await openSource({
    plan,
    party: 0,
    arithmetic: { bits: 32, module, kernels: wasmKernels(module) },
    session: new Session({ role: 'party0', planDigest: plan.digest, trust, session: 'test' }),
    share: new Map(),
    held: undefined,
    peer: new Channel(memoryLinks()[0], { peer: 'party 1' }),
  });
  for (let number = 1; number <= MOST; number++) {
    expect((await source.prepare(number, new MemorySpool(), () => {})).bundle.id.number).toBe(number);
  }
  await expect(source.prepare(MOST + 1, new MemorySpool(), () => {})).rejects.toMatchObject({
    code: 'SESSION_EXHAUSTED',
  });
});
