/** Reals in, reals out, by a client of running parties: encoding, bundles and decoding are in between. @module */
import { TacitError } from '../core/errors.js';
import { sizeOf } from '../core/ring.js';
import { outputWords } from '../plan/plan.js';
import type { Client, PhaseCost } from './client.js';
import { batchesOf, realsOf } from './reals.js';
import { supplier } from './supply.js';

export interface BatchCost {
  readonly offline: PhaseCost;
  readonly online: PhaseCost;
  readonly uploadBytes: number;
  readonly downloadBytes: number;
}

export interface Predicted {
  /** What the policy reveals, an input after the other: logits as the model's file gives them, or indices of labels. */
  readonly values: Float64Array;
  /** What each batch cost: nothing offline where its bundle was in store. */
  readonly costs: readonly BatchCost[];
}

/** @param reals one input or more, each of the shape of the model's input, within its range */
export type Predict = (reals: ArrayLike<number>) => Promise<Predicted>;

/**
 * A function that has inputs inferred: it spends bundles that the parties have in store, then has them make more. Calls take turns. All bundles of
 * the client are left to it.
 */
export function predictor(client: Pick<Client, 'plan' | 'ready' | 'next' | 'prepare' | 'infer'>): Predict {
  const { plan } = client;
  const nextBundle = supplier(client, Number.POSITIVE_INFINITY, false);
  let last: Promise<unknown> = Promise.resolve();
  return (reals) => {
    const predicted = last.then(() => predict(reals));
    last = predicted.catch(() => {});
    return predicted;
  };

  async function predict(reals: ArrayLike<number>): Promise<Predicted> {
    const count = countOf(plan.graph.nodes[0]!.shape, reals);
    const batches = batchesOf(plan, reals, count);
    const words = new Uint32Array(batches.length * outputWords(plan));
    const costs: BatchCost[] = [];
    for (const [i, batch] of batches.entries()) {
      const { number, offline } = await nextBundle();
      const { output, online, uploadBytes, downloadBytes } = await client.infer(number, batch);
      words.set(output, i * outputWords(plan));
      costs.push({ offline, online, uploadBytes, downloadBytes });
    }
    return { values: realsOf(plan, words, count), costs };
  }
}

/** Inputs of `shape` in as many reals. @throws BAD_SHAPE where they are no whole number from 1 */
export function countOf(shape: readonly number[], reals: ArrayLike<number>): number {
  const count = reals.length / sizeOf(shape);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new TacitError('BAD_SHAPE', `expected inputs of ${sizeOf(shape)} values, got ${reals.length} values`);
}
