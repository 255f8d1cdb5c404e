/**
 * What the model owner keeps, and nobody else may see: which weights the models stand for that it shared. While the parties hold such a
 * model it is not shared anew, and their bundles stay of use.
 * @module
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { bytesOf } from '../core/ring.js';
import type { LinearWeights } from '../model/fixed-model.js';
import { openRecords } from './files.js';
import { read } from './ledger.js';
import { lock, unlock } from './lock.js';
import { LEDGER_FILE } from './party-store.js';
import { type Key, memoryRecords, type Records } from './records.js';

export interface SharedRecord {
  readonly id: string;
  readonly name: string;
}

const sharedSchema: z.ZodType<SharedRecord> = z.object({ id: z.string(), name: z.string() });

export class OwnerStore {
  readonly #records: Records;
  readonly #locked: boolean;

  private constructor(records: Records, locked: boolean) {
    this.#records = records;
    this.#locked = locked;
  }

  /**
   * The store in `folder`; without one a store that lives in memory.
   * @param alone false to look while another process may work with it
   * @throws TacitError STORE_IN_USE, STORE_CORRUPT, STORE_FULL, BAD_INPUT
   */
  static open(folder?: string, alone = true): OwnerStore {
    if (folder === undefined) return new OwnerStore(memoryRecords(), false);
    const records = openRecords(join(folder, LEDGER_FILE), alone ? 'change' : 'look');
    if (alone) lock(records, folder);
    return new OwnerStore(records, alone);
  }

  /** The id under which these weights were shared last. */
  sharedAs(planDigest: string, parameters: ReadonlyMap<number, LinearWeights>): string | undefined {
    const value = this.#records.get(keyOf(planDigest, parameters));
    return value === undefined ? undefined : read(sharedSchema, value, 'a model').id;
  }

  /** Both parties have the model. */
  shared(planDigest: string, parameters: ReadonlyMap<number, LinearWeights>, record: SharedRecord): void {
    this.#records.transact(() => [[keyOf(planDigest, parameters), record]]);
  }

  /** Names of shared models by id. */
  names(): Map<string, string> {
    return new Map(
      [...this.#records.entries('shared')].map(([, value]) => {
        const { id, name } = read(sharedSchema, value, 'a model');
        return [id, name];
      }),
    );
  }

  async close(): Promise<void> {
    if (this.#locked) unlock(this.#records);
    await this.#records.close();
  }
}

function keyOf(planDigest: string, parameters: ReadonlyMap<number, LinearWeights>): Key {
  const hash = createHash('sha256');
  for (const [step, { weights, bias }] of parameters) {
    hash.update(`${step}/${weights.length}/${bias.length}/`).update(bytesOf(weights)).update(bytesOf(bias));
  }
  return ['shared', planDigest, hash.digest('hex')];
}
