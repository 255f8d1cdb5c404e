/** A small network that launch() runs as processes, each of which a test can reach. @module */
import type { ChildProcess } from 'node:child_process';
import { expect } from 'vitest';
import { type LaunchOptions, launch } from '../../parties/launch.js';
import { encode } from '../../src/core/fixed.js';
import type { ThreePartyTrust, TrustModel, TwoPartyTrust } from '../../src/core/trust.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { evaluatePlain } from '../../src/model/plain.js';
import type { Role } from '../../src/session/session.js';
import { ModelMaker } from './models.js';

export const twoParties: TwoPartyTrust = {
  parties: 2,
  preprocessing: 'dealer',
  security: 'semi-honest',
  reveal: 'logits',
};
export const threeParties: ThreePartyTrust = { ...twoParties, parties: 3, preprocessing: 'none' };

export const model: FixedModel = new ModelMaker(32, [40]).dense(30).nonlinear().dense(20).nonlinear().dense(10).done();
/** Images, in two batches. */
export const count = 3;
export const inputs: Float32Array = Float32Array.from({ length: count * 40 }, (_, i) => ((i * 37) % 101) / 13 - 3);
export const planOf = (trust: TrustModel): LaunchOptions['plan'] => ({ graph: model.graph, batch: 2, trust });

/** What the plain evaluator gives for the first `images` of the inputs. */
export function plainOutputs(of: FixedModel = model, images: number = count): number[] {
  const words = encode(32, 4, inputs.subarray(0, images * 40), { low: -8, high: 8 });
  return [...evaluatePlain(of, referenceKernels(), images, words).output].map(Number);
}

interface Started {
  readonly result: ReturnType<typeof launch>;
  readonly crew: ReadonlyMap<Role, ChildProcess>;
}

/** Launches the network and records every process. */
export function start(trust: TrustModel, options: Partial<LaunchOptions> = {}): Started {
  const crew = new Map<Role, ChildProcess>();
  const onProcess = (role: Role, child: ChildProcess): void => void crew.set(role, child);
  return { result: launch({ plan: planOf(trust), model, inputs, count, onProcess, ...options }), crew };
}

function alive(child: ChildProcess): boolean {
  try {
    process.kill(child.pid!, 0);
    return true;
  } catch {
    return false;
  }
}

export function expectNoneAlive(crew: ReadonlyMap<Role, ChildProcess>): void {
  for (const child of crew.values()) expect(alive(child)).toBe(false);
}

/** Sends a signal to one process when the first inference has ended, and waits for the run's error. */
export async function expectFailure(
  trust: TrustModel,
  victim: Role,
  signal: 'SIGKILL' | 'SIGSTOP',
  error: object,
): Promise<void> {
  let sent = false;
  const { result, crew } = start(trust, {
    repeat: 10_000,
    timeoutMs: 4000,
    onProgress: () => {
      if (!sent) sent = crew.get(victim)!.kill(signal);
    },
  });
  await expect(result).rejects.toMatchObject(error);
  expect(sent).toBe(true);
  expectNoneAlive(crew);
}
