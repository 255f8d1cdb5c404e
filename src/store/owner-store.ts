/**
 * What the model owner keeps, and no other participant may see: which weights the models stand for that it shared. While the parties hold such a
 * model it is not shared anew, and their bundles stay of use.
 * @module
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { bytesOf } from '../core/ring.js';
import type { LinearWeights } from '../model/fixed-model.js';
import { read } from './ledger.js';
import type { Change, Key } from './records.js';
import { inMemory, type Storage } from './storage.js';

export interface SharedRecord {
  readonly id: string;
  readonly name: string;
}

const sharedSchema: z.ZodType<SharedRecord> = z.object({ id: z.string(), name: z.string() });

export class OwnerStore {
  readonly #storage: Storage;

  constructor(storage: Storage = inMemory()) {
    this.#storage = storage;
  }

  /** The id under which these weights were shared last. */
  sharedAs(modelDigest: string, parameters: ReadonlyMap<number, LinearWeights>): string | undefined {
    const value = this.#storage.records.get(keyOf(modelDigest, parameters));
    return value === undefined ? undefined : read(sharedSchema, value, 'a model').id;
  }

  /** Both parties have the model. */
  shared(modelDigest: string, parameters: ReadonlyMap<number, LinearWeights>, record: SharedRecord): void {
    this.#storage.records.transact(() => [[keyOf(modelDigest, parameters), record]]);
  }

  /** Names of shared models by id. */
  names(): Map<string, string> {
    return new Map(
      [...this.#storage.records.entries('shared')].map(([, value]) => {
        const { id, name } = read(sharedSchema, value, 'a model');
        return [id, name];
      }),
    );
  }

  /** The model will be shared anew. */
  forget(id: string): void {
    const { records } = this.#storage;
    records.transact(() =>
      [...records.entries('shared')].flatMap(([key, value]): Change[] =>
        read(sharedSchema, value, 'a model').id === id ? [[key, undefined]] : [],
      ),
    );
  }

  async close(): Promise<void> {
    await this.#storage.close();
  }
}

function keyOf(modelDigest: string, parameters: ReadonlyMap<number, LinearWeights>): Key {
  const hash = createHash('sha256');
  for (const [step, { weights, bias }] of parameters) {
    hash.update(`${step}/${weights.length}/${bias.length}/`).update(bytesOf(weights)).update(bytesOf(bias));
  }
  return ['shared', modelDigest, hash.digest('hex')];
}
