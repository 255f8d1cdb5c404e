/** The order in which bundles are taken, made and spent. */
import { describe, expect, it } from 'vitest';
import { compilePlan } from '../../src/plan/two.js';
import type { Client, PhaseCost } from '../../src/roles/client.js';
import { supplier } from '../../src/roles/supply.js';
import { ModelMaker } from '../support/models.js';

const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' } as const;
const plan = compilePlan({ graph: new ModelMaker(32, [4]).dense(2).done().graph, batch: 1, trust });
const cost: PhaseCost = { ms: 1, bytes: plan.predicted.offline, rounds: 1 };

/** A client with bundles 3 and 5 in store, and what is asked of it. */
function fake(fails?: number): { client: Pick<Client, 'plan' | 'ready' | 'next' | 'prepare'>; events: string[] } {
  const events: string[] = [];
  const prepare = async (number: number): Promise<PhaseCost> => {
    events.push(`make ${number}`);
    if (number === fails) throw new Error('no more');
    return cost;
  };
  return { client: { plan, ready: [3, 5], next: 7, prepare }, events };
}

async function spend(count: number, background: boolean): Promise<string[]> {
  const { client, events } = fake();
  const next = supplier(client, count, background);
  for (let i = 0; i < count; i++) {
    const { number, stored, offline } = await next();
    expect(offline).toEqual(
      stored ? { ms: 0, bytes: { ...cost.bytes, 'dealer->0': 0, 'dealer->1': 0 }, rounds: 0 } : cost,
    );
    events.push(`${stored ? 'spend stored' : 'spend'} ${number}`);
  }
  return events;
}

describe('bundles', () => {
  it('are made one by one where those in store do not reach', async () => {
    expect(await spend(4, false)).toEqual([
      ...['spend stored 3', 'spend stored 5'],
      ...['make 7', 'spend 7', 'make 8', 'spend 8'],
    ]);
  });

  it('in the background are asked for before the one before is spent; each once, none too many', async () => {
    expect(await spend(4, true)).toEqual([
      ...['spend stored 3', 'make 7', 'spend stored 5', 'make 8', 'spend 7', 'spend 8'],
    ]);
  });

  it('that cannot be made are an error for who waits for them', async () => {
    const { client } = fake(7);
    const next = supplier(client, 3, true);
    await next();
    await next();
    await expect(next()).rejects.toThrow('no more');
  });
});
