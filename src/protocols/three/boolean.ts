/**
 * A non-linear step of three parties: exact truncation and everything after it in a Boolean circuit, no preprocessing.
 *
 * Party 0 knows a = x_0 + x_1 + c and shares its bits, b = x_2 is known to both others; a shallow circuit on a + b gives bits, and two
 * messages turn those into words again (convert.ts). A group of chunks of instances goes through all of it side by side, so that its
 * messages travel together. Only where the slots of all chunks would take more kernel memory than a group may (millions of ReLUs) does
 * a group wait for the one before it, and adds its rounds: whose memory is bounded starts some chunk when another is done.
 * @module
 */

import { concatBytes } from '@noble/hashes/utils.js';
import { release } from '#platform';
import { bytesOf, wordsPerElement } from '../../core/ring.js';
import { asShare } from '../../core/secret.js';
import { wordKernels } from '../../kernels/boolean.js';
import { Turns } from '../../platform/turns.js';
import { packWords, unpackWords } from '../../sliced/packing.js';
import { levelBytes, rowBytes } from '../../sliced/planes.js';
import { type BooleanStep, FIRST_HELPER, OWNER, SECOND_HELPER } from '../../steps/three.js';
import { interleaved, type Range } from '../instances.js';
import type { Running } from '../protocol.js';
import { type Components, nextPeer, type Peer, previousPeer, type Replicated, type RunContext } from './context.js';
import { type Conversion, helperSums, ownerFactors } from './convert.js';
import { Engine } from './engine.js';
import { inputWords } from './inputs.js';
import { openToHelpers } from './open.js';
import { factorBytes, sumBytes } from './sizes.js';

/** Replicated shares of f(x) from those of x. */
async function runBoolean(context: RunContext, step: BooleanStep, x: Replicated): Promise<Replicated> {
  const perElement = wordsPerElement(context.bits);
  const streams = context.streams.take(step.index);
  const first = new Uint32Array(step.elements * perElement);
  const second = new Uint32Array(step.elements * perElement);
  let start = 0;
  for (const group of step.groups) {
    const chunks: Chunk[] = [];
    try {
      for (const n of group) {
        chunks.push(new Chunk(context, step, streams, x, { start, n }, first, second));
        start += n;
      }
      await runGroup(context, step, chunks);
    } finally {
      for (const chunk of chunks) chunk.engine.dispose();
    }
  }
  // each chunk has put its instances at their place in every output's row
  return asShare({
    first: interleaved(context.bits, step, first),
    second: interleaved(context.bits, step, second),
  });
}

/** Sends bytes that have no other reader, and gives them back. */
async function sendAll(peer: Peer, index: number, bytes: Uint8Array): Promise<void> {
  await peer.send(index, bytes);
  release(bytes);
}

/** All chunks send what they can before any waits; between two the event loop turns now and then. */
async function runGroup(context: RunContext, step: BooleanStep, chunks: readonly Chunk[]): Promise<void> {
  const { party, peers } = context;
  const { index, program } = step;
  const turns = new Turns();
  for (const chunk of chunks) {
    chunk.begin();
    if (party === OWNER) await peers[SECOND_HELPER]!.send(index, chunk.engine.shareOwner());
    else if (party === FIRST_HELPER) chunk.engine.expandOwner();
    await turns.due();
  }
  if (party === SECOND_HELPER) {
    for (const { engine, range } of chunks) {
      const rows = await peers[OWNER]!.receive(index, levelBytes(program.ownerRows, range.n));
      engine.acceptOwner(rows);
      release(rows);
    }
  }
  const [previous, next] = [previousPeer(context), nextPeer(context)];
  for (const [level, { outs }] of program.levels.entries()) {
    for (const { engine } of chunks) {
      const rows = engine.level(level);
      if (rows.length > 0) await previous.send(index, rows);
      await turns.due();
    }
    if (outs.length === 0) continue;
    for (const { engine, range } of chunks) {
      const rows = await next.receive(index, levelBytes(outs.length, range.n));
      engine.accept(level, rows);
      release(rows);
    }
  }
  for (const chunk of chunks) {
    await chunk.sendConversion();
    await turns.due();
  }
  for (const chunk of chunks) await chunk.answerConversion();
  for (const chunk of chunks) await chunk.finish();
}

/** Some instances of a step on their way through it. */
class Chunk {
  readonly range: Range;
  readonly engine: Engine;
  readonly #context: RunContext;
  readonly #step: BooleanStep;
  readonly #x: Replicated;
  readonly #conversion: Conversion;
  readonly #first: Uint32Array;
  readonly #second: Uint32Array;
  #sums: Uint32Array | undefined;

  constructor(
    context: RunContext,
    step: BooleanStep,
    streams: Conversion['streams'],
    x: Replicated,
    range: Range,
    first: Uint32Array,
    second: Uint32Array,
  ) {
    this.range = range;
    this.#context = context;
    this.#step = step;
    this.#x = x;
    this.#first = first;
    this.#second = second;
    const { n } = range;
    const resident = context.model.programs.get(step.index)!;
    this.engine = new Engine(context, context.party, step.program, resident, streams, n);
    this.#conversion = {
      arithmetic: context,
      party: context.party,
      step,
      streams,
      engine: this.engine,
      n,
      inputs: () => this.#words(0),
    };
  }

  /** This party's words of an input, in scratch. */
  #words(value: number): number {
    return inputWords(this.#context, this.#step, this.#x, this.range, value);
  }

  /** Writes the bits of this party's words where they belong. */
  begin(): void {
    const { bits, module, party } = this.#context;
    const { toPlanes } = wordKernels(module.exports, bits);
    const { program, spec } = this.#step;
    // the low bits, as many as the circuit takes
    const width = program.ownerBits / spec.values;
    this.engine.clearInputs();
    const { n } = this.range;
    for (let value = 0; value < spec.values; value++) {
      module.memory.withScratch(() => {
        const from = this.#words(value);
        if (party === OWNER) {
          const row = rowBytes(n);
          toPlanes(from, n, width, this.engine.ownerRows + value * width * row, row);
        } else {
          const { pointer, strideBytes } = this.engine.helperPlane(value * width);
          toPlanes(from, n, width, pointer, strideBytes);
        }
      });
    }
    this.engine.multiplyKnown();
  }

  /** Party 0's factors to party 2; party 1's sum to party 2. */
  async sendConversion(): Promise<void> {
    const { party, peers } = this.#context;
    const { index } = this.#step;
    const words = (this.#first.length / this.#step.elements) * this.range.n * this.#step.outputs;
    const [own, other] = [new Uint32Array(words), new Uint32Array(words)];
    if (party === OWNER) {
      await sendAll(peers[SECOND_HELPER]!, index, ownerFactors(this.#conversion, own, other));
      this.#put(this.#first, own);
      this.#put(this.#second, other);
    } else if (party === FIRST_HELPER) {
      this.#sums = helperSums(this.#conversion, undefined, own);
      this.#put(this.#first, own);
      await this.#sendSums(peers[SECOND_HELPER]!);
    }
  }

  /** Party 2's sum of party 0's factors to party 1. */
  async answerConversion(): Promise<void> {
    const { party, peers } = this.#context;
    if (party !== SECOND_HELPER) return;
    const message = await peers[OWNER]!.receive(this.#step.index, factorBytes(this.#step, this.range.n));
    const own = new Uint32Array((this.#first.length / this.#step.elements) * this.range.n * this.#step.outputs);
    this.#sums = helperSums(this.#conversion, message, own);
    release(message);
    this.#put(this.#second, own);
    await this.#sendSums(peers[FIRST_HELPER]!);
  }

  /** The helpers' sums make y_2. */
  async finish(): Promise<void> {
    const { party, peers } = this.#context;
    const { index, bits: width, outputs } = this.#step;
    if (party === OWNER) return;
    const other = peers[party === FIRST_HELPER ? SECOND_HELPER : FIRST_HELPER]!;
    const packed = await other.receive(index, sumBytes(this.#step, this.range.n));
    const theirs = this.#unpack(packed, width, outputs);
    const sum = openToHelpers(this.#context, this.#sums!, theirs);
    // words of the whole ring are the frame itself
    if (theirs.buffer !== packed.buffer) release(packed);
    release(bytesOf(theirs));
    release(bytesOf(this.#sums!));
    this.#put(party === FIRST_HELPER ? this.#second : this.#first, sum);
  }

  #sendSums(peer: RunContext['peers'][0]): Promise<void> {
    const { bits: width, outputs, index } = this.#step;
    const each = this.#sums!.length / outputs;
    if (outputs === 1) return peer.send(index, packWords(this.#context, this.#sums!, width));
    const parts = Array.from({ length: outputs }, (_, o) =>
      packWords(this.#context, this.#sums!.subarray(o * each, (o + 1) * each), width),
    );
    return peer.send(index, concatBytes(...parts));
  }

  #unpack(packed: Uint8Array, width: number, outputs: number): Uint32Array {
    if (outputs === 1) return unpackWords(this.#context, packed, this.range.n, width);
    const each = packed.length / outputs;
    const out = new Uint32Array(this.#sums!.length);
    for (let o = 0; o < outputs; o++) {
      const part = unpackWords(this.#context, packed.subarray(o * each, (o + 1) * each), this.range.n, width);
      out.set(part, (o * out.length) / outputs);
    }
    return out;
  }

  /** [output][instance of the chunk] into [output][instance]. */
  #put(to: Uint32Array, words: Uint32Array): void {
    const { outputs, elements, instances } = this.#step;
    const perElement = to.length / elements;
    const each = words.length / outputs;
    for (let o = 0; o < outputs; o++) {
      to.set(words.subarray(o * each, (o + 1) * each), (o * instances + this.range.start) * perElement);
    }
    release(bytesOf(words));
  }
}

export const boolean: Running<BooleanStep, RunContext, Components> = {
  run: (context, step, [x]) => runBoolean(context, step, x!),
};
