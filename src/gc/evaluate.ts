/** The evaluator of garble.ts's tables: active labels in, bits or additive shares out. @module */

import { wordKernels } from '../kernels/labels.js';
import type { KernelModule } from '../kernels/module.js';
import { Domain, HashKeys } from './hash.js';
import {
  gateBlocks,
  LABEL_BYTES,
  NONE,
  OP,
  OP_WIDTH,
  type Schedule,
  type SlotOutput,
  segmentSizes,
  wordsPerBlock,
} from './schedule.js';
import { Workspace } from './workspace.js';

const TILE_INSTANCES = 512;

type WordOutput = Extract<SlotOutput, { kind: 'word' }>;

/** What an output of a chunk is to the evaluator: its shares, or one byte (0 or 1) an instance and bit. */
export interface Evaluated {
  readonly words: Uint32Array[];
  readonly bits: Uint8Array[];
}

export class Evaluator {
  readonly #space: Workspace;
  readonly #plan: Schedule;

  constructor(module: KernelModule, plan: Schedule, capacity: number) {
    this.#space = new Workspace(module, plan, capacity);
    this.#plan = plan;
  }

  /** Where the active labels of the garbler's inputs belong, [wire][instance], to be filled in place. */
  garblerLabels(n: number): Uint8Array {
    return this.#space.labels(0, this.#plan.garblerBits, n);
  }

  /** Where the active labels of the evaluator's inputs belong, [wire][instance], to be filled in place. */
  evaluatorLabels(n: number): Uint8Array {
    return this.#space.labels(this.#plan.garblerBits, this.#plan.evaluatorBits, n);
  }

  /**
   * Evaluates a chunk of n instances whose input labels are set. Each `yield` asks for the next segment of tables, so that
   * the caller may wait for it; segments have the sizes of segmentSizes(plan, n).
   * @throws TacitError BAD_FRAME where a segment has another length
   */
  *evaluate(n: number): Generator<number, Evaluated, Uint8Array> {
    const { memory } = this.#space;
    const sizes = segmentSizes(this.#plan, n);
    let index = 0;
    let used = 0;
    let segment = this.#space.receive(yield sizes[0]!, sizes[0]!);
    const take = (bytes: number): number => {
      const at = segment + used;
      used += bytes;
      return at;
    };
    const empty = (bytes: number): boolean => {
      if (used + bytes <= sizes[index]!) return false;
      used = 0;
      index++;
      return true;
    };
    const start = take(LABEL_BYTES);
    const keys = new HashKeys(memory, memory.bytes.slice(start, start + LABEL_BYTES));
    const { ops } = this.#plan;
    let done = 0;
    for (let at = 0; at < ops.length; at += OP_WIDTH) {
      if (ops[at + OP.isAnd] === 0) continue;
      this.#run(done, at, n);
      done = at + OP_WIDTH;
      const bytes = 2 * LABEL_BYTES * n;
      if (empty(bytes)) segment = this.#space.receive(yield sizes[index]!, sizes[index]!);
      this.#and(keys, at, take(bytes), n);
    }
    this.#run(done, ops.length, n);
    const evaluated: Evaluated = { words: [], bits: [] };
    for (const output of this.#plan.outputs) {
      if (output.kind === 'bits') {
        for (const { slot } of output.bits) {
          if (empty(n)) segment = this.#space.receive(yield sizes[index]!, sizes[index]!);
          evaluated.bits.push(this.#decode(slot, take(n), n));
        }
        continue;
      }
      const word = this.#startWord(keys, output, n);
      for (let term = 0; term < output.terms.length; term++) {
        const bytes = (output.wordBits / 8) * n * (output.gate === undefined ? 1 : 2);
        if (empty(bytes)) segment = this.#space.receive(yield sizes[index]!, sizes[index]!);
        word.term(term, take(bytes));
      }
      const bytes = output.gate === undefined ? 0 : (output.wordBits / 8) * n;
      if (empty(bytes)) segment = this.#space.receive(yield sizes[index]!, sizes[index]!);
      evaluated.words.push(word.finish(take(bytes)));
    }
    return evaluated;
  }

  /** The XORs from op `from` to the AND at `to`, and what is hashed for it, a tile of instances at a time: a tile stays in the first-level cache. */
  #run(from: number, to: number, n: number): void {
    const { sigma } = this.#space;
    const { xorLabels, evaluatePrepare } = this.#space.module.exports;
    const { ops } = this.#plan;
    for (let first = 0; first < n; first += TILE_INSTANCES) {
      const count = Math.min(TILE_INSTANCES, n - first);
      const skip = first * LABEL_BYTES;
      const slot = (op: number, field: number): number => this.#space.slot(ops[op + field]!, n) + skip;
      const optional = (field: number): number => (ops[to + field] === NONE ? 0 : slot(to, field));
      for (let at = from; at < to; at += OP_WIDTH) xorLabels(slot(at, OP.a), slot(at, OP.b), slot(at, OP.out), count);
      if (to === ops.length) continue;
      evaluatePrepare(slot(to, OP.a), optional(OP.a2), sigma + skip, count);
      evaluatePrepare(slot(to, OP.b), optional(OP.b2), sigma + n * LABEL_BYTES + skip, count);
    }
  }

  /** The AND at op `at`, whose hash inputs are ready. */
  #and(keys: HashKeys, at: number, tables: number, n: number): void {
    const { module, sigma, cipher } = this.#space;
    const { ops } = this.#plan;
    const half = n * LABEL_BYTES;
    keys.encrypt(Domain.and, sigma, cipher, n);
    keys.encrypt(Domain.and, sigma + half, cipher + half, n);
    const post = this.#space.optional(ops[at + OP.post]!, n);
    module.exports.evaluateAnd(sigma, cipher, tables, post, this.#space.slot(ops[at + OP.out]!, n), n);
  }

  #decode(slot: number, permutation: number, n: number): Uint8Array {
    const { memory, module, sigma } = this.#space;
    module.exports.decode(this.#space.slot(slot, n), permutation, sigma, n);
    return memory.bytes.slice(sigma, sigma + n);
  }

  #startWord(
    keys: HashKeys,
    output: WordOutput,
    n: number,
  ): { term(index: number, at: number): void; finish(at: number): Uint32Array } {
    const { module, memory, sigma, cipher, gateSigma, gateHash, accumulator } = this.#space;
    const kernels = wordKernels(module.exports, output.wordBits);
    const wordBytes = output.wordBits / 8;
    const blockBytes = n * LABEL_BYTES;
    const gate = output.gate === undefined ? 0 : this.#space.slot(output.gate.slot, n);
    const gated = output.gate === undefined ? 0 : 1;
    const word = (index: number): number => {
      const perBlock = wordsPerBlock(output.wordBits);
      return gateHash + Math.floor(index / perBlock) * blockBytes + (index % perBlock) * wordBytes;
    };
    memory.zero(accumulator, wordBytes * n);
    if (gated) {
      module.exports.evaluatePrepare(gate, 0, gateSigma, n);
      for (let block = 0; block < gateBlocks(output); block++) {
        keys.encrypt(Domain.project, gateSigma, gateHash + block * blockBytes, n);
        module.exports.finishHash(gateSigma, gateHash + block * blockBytes, n);
      }
    }
    return {
      term: (index, at) => {
        const { bit, coefficient } = output.terms[index]!;
        const y = this.#space.slot(bit.slot, n);
        module.exports.evaluatePrepare(y, 0, sigma, n);
        keys.encrypt(Domain.project, sigma, cipher, n);
        kernels.evaluateTerm(y, cipher, gate, word(index), gated, coefficient, at, accumulator, n);
      },
      finish: (at) => {
        if (gated) kernels.evaluateOnes(gate, word(output.terms.length), at, accumulator, n);
        return memory.copyOut(accumulator, (wordBytes / 4) * n);
      },
    };
  }

  dispose(): void {
    this.#space.dispose();
  }
}
