import { describe, expect, it } from 'vitest';
import type { launch } from '../../parties/launch.js';
import { mapTraffic } from '../../src/plan/plan.js';
import { compileThree } from '../../src/plan/three.js';
import { expectFailure, expectNoneAlive, plainOutputs, planOf, start, threeParties } from '../support/crew.js';

async function expectResult(result: ReturnType<typeof launch>): Promise<void> {
  const { outputs, passes, setup, repeatable, peakMemoryBytes } = await result;
  expect([...outputs]).toEqual(plainOutputs());
  expect(repeatable).toBe(true);
  const { predicted } = compileThree(planOf(threeParties));
  for (const pass of passes) {
    expect(pass.online.bytes).toEqual(mapTraffic(predicted.online, (bytes) => 2 * bytes));
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
    const { result, crew } = start(threeParties, { repeat: 2 });
    await expectResult(result);
    expect([...crew.keys()].sort()).toEqual(['client', 'party0', 'party1', 'party2']);
    expectNoneAlive(crew);
  });

  it('cost over shaped links what they cost over others', async () => {
    await expectResult(start(threeParties, { network: { name: 'near', roundTripMs: 6, megabits: 200 } }).result);
  });

  // every process, killed and stalled: launch-faults.slow.test.ts
  it('end when a party is killed in mid-run, and start again', async () => {
    await expectFailure(threeParties, 'party2', 'SIGKILL', {
      code: 'PARTY_DIED',
      message: expect.stringContaining('SIGKILL'),
    });
    await expectResult(start(threeParties).result);
  });
});
