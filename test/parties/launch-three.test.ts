import type { ChildProcess } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type LaunchOptions, launch } from '../../parties/launch.js';
import { encode } from '../../src/core/fixed.js';
import type { TrustModel } from '../../src/core/trust.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import { evaluatePlain } from '../../src/model/plain.js';
import { compileThree } from '../../src/plan/three.js';
import type { Role } from '../../src/session/session.js';
import { ModelMaker } from '../support/models.js';

const trust: TrustModel = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' };
const model = new ModelMaker(32, [40]).dense(30).nonlinear().dense(20).nonlinear().dense(10).done();
const plan = { graph: model.graph, batch: 2, trust };
const count = 3;
const inputs = Float32Array.from({ length: count * 40 }, (_, i) => ((i * 37) % 101) / 13 - 3);

/** Launches and records every process. */
function start(options: Partial<LaunchOptions> = {}): {
  result: ReturnType<typeof launch>;
  crew: Map<Role, ChildProcess>;
} {
  const crew = new Map<Role, ChildProcess>();
  const result = launch({ plan, model, inputs, count, onProcess: (role, child) => crew.set(role, child), ...options });
  return { result, crew };
}

function alive(child: ChildProcess): boolean {
  try {
    process.kill(child.pid!, 0);
    return true;
  } catch {
    return false;
  }
}

async function expectResult(result: ReturnType<typeof launch>): Promise<void> {
  const { outputs, passes, setup, repeatable, peakMemoryBytes } = await result;
  const words = encode(32, 4, inputs, { low: -8, high: 8 });
  expect([...outputs]).toEqual([...evaluatePlain(model, referenceKernels(), count, words).output]);
  expect(repeatable).toBe(true);
  const { predicted } = compileThree(plan);
  for (const pass of passes) {
    const twice = Object.entries(predicted.online).map(([direction, bytes]) => [direction, 2 * bytes]);
    expect(pass.online.bytes).toEqual(Object.fromEntries(twice));
    expect(pass.online.rounds).toBe(predicted.rounds.online);
    expect(pass.offline.bytes).toEqual(predicted.offline);
    expect(pass.offline.rounds).toBe(0);
  }
  expect(setup.bytes).toEqual(predicted.setup);
  expect(setup.rounds).toBe(predicted.rounds.setup);
  expect(Object.keys(peakMemoryBytes)).toEqual(['party0', 'party1', 'party2']);
}

describe('three parties and client as processes', () => {
  it('give the integers of the plain evaluator at the predicted cost, and leave no process behind', async () => {
    const { result, crew } = start({ repeat: 2 });
    await expectResult(result);
    expect([...crew.keys()].sort()).toEqual(['client', 'party0', 'party1', 'party2']);
    for (const child of crew.values()) expect(alive(child)).toBe(false);
  });

  it('cost over shaped links what they cost over others', async () => {
    await expectResult(start({ network: { name: 'near', roundTripMs: 6, megabits: 200 } }).result);
  });

  for (const victim of ['party0', 'party1', 'party2', 'client'] as const) {
    it(`end with PARTY_DIED when ${victim} is killed in mid-run, and start again`, async () => {
      const { result, crew } = start({ repeat: 10_000, onProgress: () => crew.get(victim)!.kill('SIGKILL') });
      await expect(result).rejects.toMatchObject({ code: 'PARTY_DIED', message: expect.stringContaining('SIGKILL') });
      for (const child of crew.values()) expect(alive(child)).toBe(false);
      if (victim === 'party2') await expectResult(start().result);
    });
  }

  // what each party says itself of one that stalls: survivors-three.slow.test.ts
  for (const victim of ['party1', 'client'] as const) {
    it(`end with PEER_TIMEOUT when ${victim} stalls`, async () => {
      let stopped = 0;
      const { result, crew } = start({
        repeat: 10_000,
        timeoutMs: 4000,
        onProgress: () => {
          if (stopped === 0) {
            stopped = performance.now();
            crew.get(victim)!.kill('SIGSTOP');
          }
        },
      });
      await expect(result).rejects.toMatchObject({ code: 'PEER_TIMEOUT' });
      expect(stopped).toBeGreaterThan(0);
      for (const child of crew.values()) expect(alive(child)).toBe(false);
    });
  }
});
