/** The models that a participant of a deployment serves: cards, and of a party its share of each. Both outlive the process. @module */
import { join } from 'node:path';
import { z } from 'zod';
import { ProtocolError } from '../core/errors.js';
import type { Deployment } from '../deployment/deployment.js';
import { getParts, putParts, type Receipt, receiptSchema } from '../store/parts.js';
import type { Storage } from '../store/storage.js';
import { storageIn } from '../store/storage-folder.js';
import { type KnownModel, openCard } from './card.js';

const entrySchema: z.ZodType<{ readonly receipt: Receipt }> = z.object({ receipt: receiptSchema });

export class Registry {
  readonly #storage: Storage;
  readonly #folder: string;
  /** By id. */
  readonly #models = new Map<string, KnownModel>();

  private constructor(folder: string, storage: Storage) {
    this.#folder = folder;
    this.#storage = storage;
  }

  /** The models in a folder. @throws TacitError as `storageIn`; STORE_CORRUPT where one does not read */
  static async open(folder: string, deployment: Deployment): Promise<Registry> {
    const registry = new Registry(folder, storageIn(join(folder, 'models')));
    for (const [[, id], value] of registry.#storage.records.entries('model')) {
      const { receipt } = entrySchema.parse(value);
      const [card] = await getParts(registry.#storage.shelf!, String(id), [id], receipt);
      registry.#models.set(String(id), openCard(JSON.parse(new TextDecoder().decode(card)), deployment));
    }
    return registry;
  }

  /** Lowest version first of each name. */
  list(): KnownModel[] {
    return [...this.#models.values()].sort(
      (a, b) => a.card.name.localeCompare(b.card.name) || a.card.version - b.card.version,
    );
  }

  /** @throws ProtocolError NOT_SHARED */
  get(id: string): KnownModel {
    const model = this.#models.get(id);
    if (model) return model;
    throw new ProtocolError('NOT_SHARED', 'expected a model that was shared with this deployment, got another');
  }

  /** @throws ProtocolError ALREADY_SHARED where there is one of this name and version */
  refuseTwice({ card: { name, version } }: KnownModel): void {
    if (!this.list().some(({ card }) => card.name === name && card.version === version)) return;
    throw new ProtocolError('ALREADY_SHARED', `expected a new version of ${name}, got ${version} again`);
  }

  /** Keeps a model; it is durable when this resolves. @param share of a party, as parts @throws TacitError STORE_FULL */
  async add(model: KnownModel, share: Iterable<Uint8Array>): Promise<void> {
    this.refuseTwice(model);
    const { id } = model.card;
    const card = new TextEncoder().encode(JSON.stringify(model.signed));
    const receipt = await putParts(this.#storage.shelf!, id, [id], [card, ...share]);
    this.#storage.records.transact(() => [[['model', id], { receipt }]]);
    this.#models.set(id, model);
  }

  /** The parts of a party's share. @throws TacitError STORE_CORRUPT */
  async share(id: string): Promise<Uint8Array[]> {
    const { receipt } = entrySchema.parse(this.#storage.records.get(['model', id]));
    const [, ...share] = await getParts(this.#storage.shelf!, id, [id], receipt);
    return share;
  }

  /** The folder of what is made for a model: bundles, and the share as it was set up. */
  folderOf(id: string): string {
    return join(this.#folder, `bundles-${id}`);
  }

  close(): Promise<void> {
    return this.#storage.close();
  }
}
