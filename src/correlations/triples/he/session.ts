/**
 * What a party holds for linear steps by ring LWE as long as a session lasts: a key of its own in each ring, the other's public keys, and its share of the
 * weights, transformed when the first bundle needs it.
 *
 * Keys are drawn afresh for each session and never stored; a public key re-randomises what is answered under it (docs/decisions/0022-ring-lwe.md).
 * @module
 */
import type { RingBits } from '../../../core/ring.js';
import { drawCiphertext, drawKey } from '../../../he/draws.js';
import { ringLwe } from '../../../he/lwe.js';
import { Packing } from '../../../he/packing/packing.js';
import type { HeRing } from '../../../he/ring.js';
import type { Ciphertexts, HeKey, RingLwe, Weights } from '../../../he/ring-lwe.js';
import { publicKeyBytes } from '../../../he/sizes.js';
import { inOrder } from '../../../kernels/pool.js';
import { type HeStep, heRings, jobBytes, keptSteps, ringName } from './sizes.js';
import { HeWork, type Machine } from './work.js';

export class HeSession {
  readonly lwe: RingLwe;
  readonly #bits: RingBits;
  readonly #machine: Machine;
  readonly #rings: readonly HeRing[];
  readonly #own = new Map<string, HeKey>();
  readonly #others = new Map<string, Ciphertexts>();
  readonly #kept: ReadonlySet<number>;
  readonly #weights = new Map<number, Weights>();

  /** @param steps those that go by ring LWE */
  constructor(bits: RingBits, machine: Machine, steps: readonly HeStep[]) {
    this.lwe = ringLwe(machine.module);
    this.#bits = bits;
    this.#machine = machine;
    this.#rings = heRings(steps);
    this.#kept = keptSteps(steps);
  }

  /** Draws a key for each ring; what is sent of them. */
  drawKeys(): Uint8Array[] {
    return this.#rings.map((ring) => {
      const key = this.lwe.createKey(this.lwe.openRing(ring), drawKey());
      this.#own.set(ringName(ring), key);
      return this.lwe.publicKey(key, drawCiphertext());
    });
  }

  /** Bytes of the other's public keys, in the order in which they are sent. */
  get publicKeyBytes(): number[] {
    return this.#rings.map(publicKeyBytes);
  }

  /** Takes the other's. @throws TacitError BAD_FRAME where they are none */
  takeKeys(publicKeys: readonly Uint8Array[]): void {
    for (const [i, ring] of this.#rings.entries()) {
      const others = this.lwe.openCiphertexts(this.#own.get(ringName(ring))!.tables, 1);
      this.#others.set(ringName(ring), others);
      this.lwe.loadCiphertext(others, 0, publicKeys[i]!);
    }
  }

  /** This party's key, and the other's public one, in a step's ring. */
  keysOf({ triples: { parameters } }: HeStep): { readonly own: HeKey; readonly others: Ciphertexts } {
    const name = ringName(parameters.ring);
    return { own: this.#own.get(name)!, others: this.#others.get(name)! };
  }

  /** A step's weights, transformed, where they are kept. @param share this party's, in kernel memory */
  async weightsOf(step: HeStep, share: Uint32Array): Promise<Weights | undefined> {
    if (!this.#kept.has(step.index)) return undefined;
    const known = this.#weights.get(step.index);
    if (known) return known;
    const packing = new Packing(step.node.map, step.triples.layout);
    const weights = this.lwe.openWeights(this.keysOf(step).own.tables, packing.weights);
    this.#weights.set(step.index, weights);
    const work = new HeWork(this.#machine, jobBytes(step));
    try {
      const args = { bits: this.#bits, step, weights, share: { pointer: share.byteOffset, bytes: share.byteLength } };
      const done = inOrder(packing.runs.keys(), work.slots, (answer, slot) =>
        work.run('heTransform', slot, { ...args, answer }),
      );
      for await (const _ of done);
    } finally {
      work.dispose();
    }
    return weights;
  }

  /** Gives the kernel memory back, cleared. */
  dispose(): void {
    for (const weights of this.#weights.values()) this.lwe.dispose(weights);
    for (const others of this.#others.values()) this.lwe.dispose(others);
    for (const own of this.#own.values()) {
      this.lwe.dispose(own);
      this.lwe.dispose(own.tables);
    }
    for (const held of [this.#weights, this.#others, this.#own]) held.clear();
  }
}
