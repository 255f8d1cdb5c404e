/**
 * A bundle: one party's correlated randomness for one inference. The offline phase fills it, the online phase spends it.
 *
 * It is bound to the plan, the party and its number. What a step needs is taken, not read: the second take throws.
 * @module
 */
import { TacitError } from '../core/errors.js';
import type { Seed } from '../platform/random.js';
import type { Party } from '../steps/two.js';

export interface BundleId {
  readonly planDigest: string;
  readonly party: Party;
  readonly number: number;
}

/** What one step has in store. What a party expands from its seed is not here. */
export interface Material {
  /** A linear step's D_i; the share corrections of a garbled step's chunks. */
  readonly words: readonly Uint32Array[];
  /** Table segments of a garbled step. */
  readonly segments: readonly Uint8Array[];
  /** Party 1's r and the active labels of its bits by chunk, where they come from oblivious transfer and not from the seed. */
  readonly masks: readonly Uint32Array[];
  readonly labels: readonly Uint8Array[];
}

/** The parts of a material; those not given are empty. */
function materialOf(parts: Partial<Material>): Material {
  return { words: [], segments: [], masks: [], labels: [], ...parts };
}

export class Bundle {
  readonly id: BundleId;
  /** What this party expands instead of storing; 32 secret bytes. */
  readonly seed: Seed;
  /** The offset of party 0's label pairs; party 1 has none. */
  readonly delta: Uint8Array | undefined;
  readonly #materials = new Map<number, Material>();

  constructor(id: BundleId, seed: Seed, delta?: Uint8Array) {
    this.id = id;
    this.seed = seed;
    this.delta = delta;
  }

  put(step: number, parts: Partial<Material>): void {
    if (this.#materials.has(step)) throw new Error(`bundle ${this.id.number}: step ${step} is filled already`);
    this.#materials.set(step, materialOf(parts));
  }

  /** What is in store, by step, in the order in which it was put. */
  get materials(): ReadonlyMap<number, Material> {
    return this.#materials;
  }

  /** @throws TacitError BUNDLE_MISMATCH where the step has nothing, or had its material taken */
  take(step: number): Material {
    const taken = this.#materials.get(step);
    if (taken === undefined) {
      throw new TacitError(
        'BUNDLE_MISMATCH',
        `bundle ${this.id.number}: expected material for step ${step}, it is gone`,
      );
    }
    this.#materials.delete(step);
    return taken;
  }

  /** Bytes that the bundle holds. */
  get bytes(): number {
    let total = this.seed.length + (this.delta?.length ?? 0);
    for (const parts of this.#materials.values()) {
      for (const part of Object.values(parts).flat()) total += part.byteLength;
    }
    return total;
  }
}
