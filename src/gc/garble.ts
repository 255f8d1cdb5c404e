/**
 * The garbler: half-gates with free XOR and point and permute, and projective gates that end in additive shares.
 *
 * Zahur, Rosulek, Evans, EUROCRYPT 2015; words out of labels as docs/architecture.md derives them. All gates of a circuit are
 * processed for a whole chunk of instances at once, and the tables leave in segments while the next is garbled.
 * @module
 */
import { wordKernels } from '../kernels/labels.js';
import type { KernelModule } from '../kernels/module.js';
import { secretBytes } from '../platform/random.js';
import { Domain, HashKeys } from './hash.js';
import {
  gateBlocks,
  LABEL_BYTES,
  OP,
  OP_WIDTH,
  type Schedule,
  type SlotOutput,
  segmentSizes,
  wordsPerBlock,
} from './schedule.js';
import { Workspace } from './workspace.js';
import type { TableRoom } from './workspace-layout.js';

type WordOutput = Extract<SlotOutput, { kind: 'word' }>;

/** Delta from 16 uniform bytes: the colour bits of a wire's two labels must differ. */
export function toDelta(uniform: Uint8Array): Uint8Array {
  const delta = uniform.slice(0, LABEL_BYTES);
  delta[0] = delta[0]! | 1;
  return delta;
}

export class Garbler {
  readonly #space: Workspace;
  readonly #plan: Schedule;

  /** @param room with 'chunk' segments do not overwrite each other, and stay valid after dispose until the next allocation */
  constructor(module: KernelModule, plan: Schedule, capacity: number, room: TableRoom = 'segment') {
    this.#space = new Workspace(module, plan, capacity, room);
    this.#plan = plan;
  }

  /** The offset of every label pair; 16 bytes, bit 0 set. */
  setDelta(delta: Uint8Array): void {
    this.#space.memory.bytes.set(delta, this.#space.delta);
  }

  /** Where the false labels of the garbler's inputs belong, to be filled in place. */
  garblerLabels(n: number): Uint8Array {
    return this.#space.labels(0, this.#plan.garblerBits, n);
  }

  /** Where the labels of the evaluator's inputs belong, to be filled in place: false ones, or active ones for `unmask`. */
  evaluatorLabels(n: number): Uint8Array {
    return this.#space.labels(this.#plan.garblerBits, this.#plan.evaluatorBits, n);
  }

  /**
   * Makes false labels of the evaluator's active ones and the bits they stand for: false = active xor bit * Delta.
   * @param words [instance][value] ring words of r; value v's bit b is wire v * width + b
   */
  unmask(words: Uint32Array, width: number, wordsPerValue: number, n: number): void {
    const { memory, module, delta } = this.#space;
    const strideBytes = (words.length / n) * 4;
    memory.withScratch(() => {
      const pointer = memory.pointerTo(words);
      for (let wire = 0; wire < this.#plan.evaluatorBits; wire++) {
        const bit = wire % width;
        const offset = (Math.floor(wire / width) * wordsPerValue + (bit >>> 5)) * 4;
        const slot = this.#space.slot(this.#plan.garblerBits + wire, n);
        module.exports.selectLabels(slot, pointer + offset, strideBytes, bit & 31, delta, slot, n);
      }
    });
  }

  /**
   * Garbles a chunk of n instances whose input labels are set. Yields the segments of its tables, each a view that is
   * valid until the generator goes on; returns, for each word output, the garbler's shares (n words of 32 or 64 bits as 32-bit words).
   * @param start of the chunk's hash keys: 16 bytes that the evaluator could not foresee
   */
  *garble(
    n: number,
    start: Uint8Array = secretBytes(LABEL_BYTES, 'garble/start'),
  ): Generator<Uint8Array, Uint32Array[]> {
    const { memory, room: tables } = this.#space;
    const keys = new HashKeys(memory, start);
    const sizes = segmentSizes(this.#plan, n);
    let index = 0;
    let first = this.#space.tables;
    let used = 0;
    const room = (bytes: number): number => {
      const at = first + used;
      used += bytes;
      return at;
    };
    const full = (bytes: number): boolean => used + bytes > sizes[index]!;
    const flush = (): Uint8Array => {
      const segment = memory.bytes.subarray(first, first + used);
      if (tables === 'chunk') first += used;
      index++;
      used = 0;
      return segment;
    };
    memory.bytes.set(start, room(LABEL_BYTES));
    const { ops } = this.#plan;
    for (let at = 0; at < ops.length; at += OP_WIDTH) {
      if (ops[at + OP.isAnd] === 0) {
        const slot = (field: number): number => this.#space.slot(ops[at + field]!, n);
        this.#space.module.exports.xorLabels(slot(OP.a), slot(OP.b), slot(OP.out), n);
        continue;
      }
      if (full(2 * LABEL_BYTES * n)) yield flush();
      this.#and(keys, at, room(2 * LABEL_BYTES * n), n);
    }
    const shares: Uint32Array[] = [];
    for (const output of this.#plan.outputs) {
      if (output.kind === 'bits') {
        for (const { slot, inverted } of output.bits) {
          if (full(n)) yield flush();
          this.#space.module.exports.colours(this.#space.slot(slot, n), inverted, room(n), n);
        }
        continue;
      }
      const word = this.#startWord(keys, output, n);
      for (let term = 0; term < output.terms.length; term++) {
        const bytes = (output.wordBits / 8) * n * (output.gate === undefined ? 1 : 2);
        if (full(bytes)) yield flush();
        word.term(term, room(bytes));
      }
      const bytes = output.gate === undefined ? 0 : (output.wordBits / 8) * n;
      if (full(bytes)) yield flush();
      shares.push(word.finish(room(bytes)));
    }
    yield flush();
    return shares;
  }

  #and(keys: HashKeys, at: number, tables: number, n: number): void {
    const { module, delta, sigma, cipher } = this.#space;
    const { ops } = this.#plan;
    const slot = (field: number): number => this.#space.optional(ops[at + field]!, n);
    const half = 2 * n * LABEL_BYTES;
    module.exports.garblePrepare(slot(OP.a), slot(OP.a2), ops[at + OP.invertA]!, delta, sigma, n);
    module.exports.garblePrepare(slot(OP.b), slot(OP.b2), ops[at + OP.invertB]!, delta, sigma + half, n);
    keys.encrypt(Domain.and, sigma, cipher, 2 * n);
    keys.encrypt(Domain.and, sigma + half, cipher + half, 2 * n);
    module.exports.garbleAnd(sigma, delta, cipher, tables, slot(OP.post), slot(OP.out), n);
  }

  #startWord(
    keys: HashKeys,
    output: WordOutput,
    n: number,
  ): { term(index: number, at: number): void; finish(at: number): Uint32Array } {
    const { module, memory, delta, sigma, cipher, gateSigma, gateHash, accumulator, ones } = this.#space;
    const kernels = wordKernels(module.exports, output.wordBits);
    const wordBytes = output.wordBits / 8;
    const blockBytes = 2 * n * LABEL_BYTES;
    const gate = output.gate === undefined ? 0 : this.#space.slot(output.gate.slot, n);
    const invertGate = output.gate?.inverted ?? 0;
    const gated = output.gate === undefined ? 0 : 1;
    const word = (index: number): number => {
      const perBlock = wordsPerBlock(output.wordBits);
      return gateHash + Math.floor(index / perBlock) * blockBytes + (index % perBlock) * wordBytes;
    };
    memory.zero(accumulator, wordBytes * n);
    memory.zero(ones, wordBytes * n);
    if (gated) {
      module.exports.garblePrepare(gate, 0, invertGate, delta, gateSigma, n);
      for (let block = 0; block < gateBlocks(output); block++) {
        keys.encrypt(Domain.project, gateSigma, gateHash + block * blockBytes, 2 * n);
        module.exports.finishHash(gateSigma, gateHash + block * blockBytes, 2 * n);
      }
    }
    return {
      term: (index, at) => {
        const { bit, coefficient } = output.terms[index]!;
        const y = this.#space.slot(bit.slot, n);
        module.exports.garblePrepare(y, 0, bit.inverted, delta, sigma, n);
        keys.encrypt(Domain.project, sigma, cipher, 2 * n);
        kernels.term(
          y,
          bit.inverted,
          delta,
          cipher,
          gate,
          invertGate,
          word(index),
          gated,
          coefficient,
          at,
          accumulator,
          ones,
          n,
        );
      },
      finish: (at) => {
        if (gated) kernels.ones(gate, invertGate, word(output.terms.length), at, accumulator, ones, n);
        else kernels.addOnes(accumulator, ones, n);
        return memory.copyOut(accumulator, (wordBytes / 4) * n);
      },
    };
  }

  dispose(): void {
    this.#space.dispose();
  }
}
