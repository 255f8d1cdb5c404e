/** What a dealer keeps: for which models it dealt B, from which seeds, and up to which number it made bundles. @module */
import { z } from 'zod';
import { SEED_BYTES, type Seed } from '../platform/random.js';
import { Ledger, read } from './ledger.js';
import { inMemory, type Storage } from './storage.js';

/** A model that B was dealt for: never for other weights, never to other parties. */
export interface DealtModel {
  readonly id: string;
  readonly modelDigest: string;
  readonly parties: readonly [string, string];
  /** B = B_0 + B_1 of every linear step is their expansion. */
  readonly seeds: readonly [Seed, Seed];
}

const seedSchema = z.instanceof(Uint8Array).refine((seed) => seed.length === SEED_BYTES);
const dealtSchema: z.ZodType<DealtModel> = z.object({
  id: z.string(),
  modelDigest: z.string(),
  parties: z.tuple([z.string(), z.string()]),
  seeds: z.tuple([seedSchema, seedSchema]),
});

export class DealerStore {
  readonly ledger: Ledger;
  readonly #storage: Storage;

  /** @throws TacitError STORE_CORRUPT, STORE_FULL */
  constructor(storage: Storage = inMemory()) {
    this.#storage = storage;
    this.ledger = Ledger.open(storage, 'dealer');
  }

  /** The model of this network that B was dealt for to these parties. */
  model(id: string, modelDigest: string, parties: readonly [string, string]): DealtModel | undefined {
    const value = this.ledger.records.get(['model', id]);
    if (value === undefined) return undefined;
    const model = read(dealtSchema, value, `model ${id}`);
    const same = model.modelDigest === modelDigest && model.parties.every((party, i) => party === parties[i]);
    return same ? model : undefined;
  }

  models(): DealtModel[] {
    return [...this.ledger.records.entries('model')].map(([, value]) => read(dealtSchema, value, 'a model'));
  }

  keepModel(model: DealtModel): void {
    this.ledger.change([[['model', model.id], model]]);
  }

  dropModel(id: string): void {
    this.ledger.change([[['model', id], undefined]]);
  }

  async close(): Promise<void> {
    this.ledger.flush();
    await this.#storage.close();
  }
}
