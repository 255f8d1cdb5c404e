/**
 * Pads from the labels of correlated transfers: a hash of each label, cut in lanes, gives the bits and words under which corrections travel.
 *
 *     sender    q and q xor Delta, so both pads of a transfer          receiver    t, so that of its choice
 *
 * The hash is that of garbling, in a key domain of its own; a key serves 2^11 labels, 2^12 hashes of the sender. Keys start where the receiver's
 * stream says, for each chunk of each step of each bundle, and count from there.
 * @module
 */
import { Domain, HashKeys } from '../../gc/hash.js';
import { LABEL_BYTES } from '../../gc/schedule.js';
import { wordKernels } from '../../kernels/boolean.js';
import type { Block } from '../../kernels/memory.js';
import type { RingModule } from '../../sliced/packing.js';
import { rowBytes } from '../../sliced/planes.js';
import type { Choice, CrossTerms } from './cross-terms.js';
import { bitUses, LANE_BITS, laneAt, lanesOf, rowTransfers } from './transfer-sizes.js';

/** Labels under one hash key. */
const KEYED = 2048;
/** Where no second label is xored in. */
const NONE = 0;

/** What a side knows of a chunk's pads: rows of bits, a use each, and words [use][instance]. */
export interface Pads {
  readonly bits: Uint8Array;
  readonly words: Uint32Array;
}

/** Makes pads of a chunk of n instances, piece by piece of its choices. */
export class PadMaker {
  /** With both labels of a transfer two, else one. */
  readonly pads: readonly Pads[];
  readonly #ring: RingModule;
  readonly #terms: CrossTerms;
  readonly #n: number;
  readonly #keys: HashKeys;
  /** Delta; hash inputs; hashes; words of a lane; rows of bits. */
  readonly #work: Block;
  #bitUse = 0;
  #wordUse = 0;

  /** @param delta the sender's */
  constructor(ring: RingModule, terms: CrossTerms, n: number, start: Uint8Array, delta?: Uint8Array) {
    const { memory } = ring.module;
    const sides = delta ? 2 : 1;
    const words = terms.choices.reduce((sum, choice) => sum + choice.words.length, 0);
    this.#ring = ring;
    this.#terms = terms;
    this.#n = n;
    this.#keys = new HashKeys(memory, start);
    this.pads = Array.from({ length: sides }, () => ({
      bits: new Uint8Array(bitUses(terms) * rowBytes(n)),
      words: new Uint32Array((words * rowTransfers(n) * ring.bits) / 32),
    }));
    const perKey = KEYED * LABEL_BYTES;
    this.#work = memory.allocate(LABEL_BYTES + 4 * perKey + KEYED * 8 + (LANE_BITS * KEYED) / 8);
    if (delta) memory.bytes.set(delta, this.#work.pointer);
  }

  dispose(): void {
    this.#ring.module.memory.clear(this.#work);
  }

  /** Bytes of the labels of a piece, and of those that are hashed more than once. */
  labelBytes(first: number, count: number): number {
    const blocks = this.#choices(first, count).reduce((sum, choice) => sum + this.#blocksOf(choice), 0);
    return blocks * rowTransfers(this.#n) * LABEL_BYTES;
  }

  /** Takes the labels of some choices, in kernel memory, with room behind them as `labelBytes` says. */
  take(first: number, count: number, labels: number): void {
    const { memory, exports } = this.#ring.module;
    const n = rowTransfers(this.#n);
    const choices = this.#choices(first, count);
    const rows = this.#rowsOf(choices);
    // what is hashed once more comes behind
    for (const [at, { choice }] of rows.entries()) {
      if (at >= count)
        memory.bytes.copyWithin(
          labels + at * n * LABEL_BYTES,
          labels + choice * n * LABEL_BYTES,
          labels + (choice + 1) * n * LABEL_BYTES,
        );
    }
    const lanes = this.#placesOf(choices);
    const sides = this.pads.length;
    const input = this.#work.pointer + LABEL_BYTES;
    const output = input + 2 * KEYED * LABEL_BYTES;
    for (let from = 0; from < rows.length * n; from += KEYED) {
      const size = Math.min(KEYED, rows.length * n - from);
      const own = labels + from * LABEL_BYTES;
      if (sides === 2) exports.garblePrepare(own, NONE, 0, this.#work.pointer, input, size);
      else exports.evaluatePrepare(own, NONE, input, size);
      this.#keys.encrypt(Domain.bits, input, output, sides * size);
      exports.finishHash(input, output, sides * size);
      for (let at = from; at < from + size; ) {
        const row = Math.floor(at / n);
        const instance = at - row * n;
        const many = Math.min(n - instance, from + size - at);
        const { choice, block } = rows[row]!;
        for (const [side, pads] of this.pads.entries()) {
          const hashes = output + (side * size + at - from) * LABEL_BYTES;
          this.#cut(choices[choice]!, lanes[choice]!, block, hashes, instance, many, pads);
        }
        at += many;
      }
    }
  }

  /** What a block of a choice's hashes has, of some instances. */
  #cut(
    choice: Choice,
    { bits, words }: { readonly bits: number; readonly words: number },
    block: number,
    hashes: number,
    instance: number,
    many: number,
    pads: Pads,
  ): void {
    const { bits: ring, module } = this.#ring;
    const { memory, exports } = module;
    const { blockWords, toPlanes } = { ...wordKernels(exports, ring), toPlanes: exports.toPlanes32bit };
    const row = rowBytes(this.#n);
    const layout = lanesOf(choice, ring);
    const scratch = this.#work.pointer + LABEL_BYTES + 4 * KEYED * LABEL_BYTES;
    const planes = scratch + KEYED * 8;
    for (let word = 0; word < choice.words.length; word++) {
      const at = laneAt(word * layout.perWord);
      if (at.block !== block) continue;
      blockWords(hashes, many, at.byte, scratch);
      const perWord = ring / 32;
      const to = ((words + word) * rowTransfers(this.#n) + instance) * perWord;
      pads.words.set(memory.words.subarray(scratch >>> 2, (scratch >>> 2) + many * perWord), to);
    }
    for (let first = 0; first < choice.bits.length; first += LANE_BITS) {
      const at = laneAt(layout.bits + first / LANE_BITS);
      if (at.block !== block) continue;
      exports.blockWords32(hashes, many, at.byte, scratch);
      const width = Math.min(LANE_BITS, choice.bits.length - first);
      const bytes = many / 8;
      toPlanes(scratch, many, width, planes, bytes);
      for (let bit = 0; bit < width; bit++) {
        const from = planes + bit * bytes;
        pads.bits.set(memory.bytes.subarray(from, from + bytes), (bits + first + bit) * row + instance / 8);
      }
    }
  }

  #choices(first: number, count: number): readonly Choice[] {
    return this.#terms.choices.slice(first, first + count);
  }

  #blocksOf(choice: Choice): number {
    return lanesOf(choice, this.#ring.bits).blocks;
  }

  /** What is hashed, in order: every choice once, then those that need more. */
  #rowsOf(choices: readonly Choice[]): readonly { readonly choice: number; readonly block: number }[] {
    const rows = choices.flatMap((choice, index) =>
      Array.from({ length: this.#blocksOf(choice) }, (_, block) => ({ choice: index, block })),
    );
    return [...rows.filter(({ block }) => block === 0), ...rows.filter(({ block }) => block > 0)];
  }

  /** Where the uses of each choice begin; pieces come in order. */
  #placesOf(choices: readonly Choice[]): readonly { readonly bits: number; readonly words: number }[] {
    return choices.map(({ bits, words }) => {
      const place = { bits: this.#bitUse, words: this.#wordUse };
      this.#bitUse += bits.length;
      this.#wordUse += words.length;
      return place;
    });
  }
}
