/**
 * Masked bits between the two parties alone. Masks are drawn from seeds, as with a dealer; what of their products neither party has alone
 * (cross-terms.ts) comes from correlated transfers, in which a party's shares of masks choose: a pad of both sides hides, for each row that a
 * choice is in, what it meets there.
 *
 *     bits    c = p_0 + p_1 + f        sender p_0          receiver  p_x + x c = p_0 + x f
 *     words   c = p_0 - p_1 + f        sender -p_0         receiver  p_x + x c = p_0 + x f
 *
 * The receiver sends where hash keys start and its choices, and keeps the pads; the sender answers with a chunk's corrections. Choices are masks that are
 * used for nothing else that is sent unmasked, so they may be told as they are, under the transfers' own corrections.
 * @module
 */
import { release } from '#platform';
import { expandInto } from '../../core/prg.js';
import { LABEL_BYTES } from '../../gc/schedule.js';
import { packedBytes, wordRowBytes } from '../../kernels/boolean.js';
import { multiply } from '../../kernels/multiply.js';
import { packRows, packWords, unpackWords } from '../../sliced/packing.js';
import { levelBytes, rowBytes } from '../../sliced/planes.js';
import { makeResident } from '../../sliced/slots.js';
import { type BitsStep, otherOf } from '../../steps/two.js';
import type { Filling } from '../bundle.js';
import { receiveChoices, sendChoices } from '../choices.js';
import type { TransferContext } from '../context.js';
import type { Exchange, Exchanged } from '../source.js';
import { type CrossTerms, crossTermsOf, type WordUse } from './cross-terms.js';
import { addProduct, addRow, goThrough, type OwnMasks, planeWords, type Wanted } from './own-masks.js';
import { PadMaker, type Pads } from './pads.js';
import { chunksOf, maskWidths, segmentBytes } from './sizes.js';
import { choicePieces, crossBytes, rowTransfers } from './transfer-sizes.js';

/** A chunk of instances. */
interface Chunk {
  readonly chunk: number;
  readonly n: number;
}

/** A party's shares of a chunk while they are made: rows of all levels, and words [output][row][instance]. */
interface Shares {
  readonly rows: Uint8Array;
  readonly words: readonly (readonly Uint32Array[])[];
  /** Whether this party has served, and taken. */
  done: number;
}

class BitsExchange implements Exchange {
  readonly #context: TransferContext;
  readonly #step: BitsStep;
  readonly #filling: Filling;
  readonly #chunks: readonly Chunk[];
  /** The transfers in which this party is the sender, and in which it is the receiver. */
  readonly #serving: CrossTerms;
  readonly #choosing: CrossTerms;
  readonly #shares: Shares[];
  #stored: Promise<void> = Promise.resolve();

  constructor(context: TransferContext, step: BitsStep) {
    const terms = crossTermsOf(step);
    this.#context = context;
    this.#step = step;
    this.#filling = context.bundle.fill(step.index);
    this.#chunks = chunksOf(step).map((n, chunk) => ({ chunk, n }));
    this.#serving = terms[context.party];
    this.#choosing = terms[otherOf(context.party)];
    this.#shares = [];
  }

  /** Sends this party's masks as choices, and adds up its pads. */
  async choose(): Promise<void> {
    const { asReceiver, receiver, bundle, module } = this.#context;
    const { choices } = this.#choosing;
    const { memory } = module;
    for (const chunk of this.#chunks) {
      this.#shares.push(this.#empty(chunk));
      if (choices.length === 0) continue;
      const start = new Uint8Array(LABEL_BYTES);
      expandInto(start, bundle.seed, 'bits/start', this.#step.index, chunk.chunk);
      await asReceiver.send(this.#step.index, start);
      const rows = this.#choices(chunk);
      const maker = new PadMaker(this.#context, this.#choosing, chunk.n, start);
      try {
        for (const { first, count } of choicePieces(choices.length, chunk.n)) {
          const transfers = count * rowTransfers(chunk.n);
          const labels = memory.allocate(maker.labelBytes(first, count));
          try {
            const own = memory.view({ pointer: labels.pointer, bytes: transfers * LABEL_BYTES });
            const piece = rows.slice(first * rowBytes(chunk.n), (first + count) * rowBytes(chunk.n));
            const message = await receiver.extend(transfers, own, piece, true);
            await sendChoices(asReceiver, this.#step.index, message);
            maker.take(first, count, labels.pointer);
          } finally {
            memory.clear(labels);
          }
        }
        this.#addPads(chunk, this.#choosing, maker.pads[0]!, 'receiver');
      } finally {
        maker.dispose();
      }
    }
  }

  /** Answers the other's choices, and adds up what this party makes alone. */
  async serve(): Promise<void> {
    const { asSender, sender, module } = this.#context;
    const { choices } = this.#serving;
    const { memory } = module;
    for (const chunk of this.#chunks) {
      const shares = this.#shares[chunk.chunk]!;
      const { bits, words } = this.#meet(chunk, shares);
      if (choices.length > 0) {
        const start = (await asSender.receive(this.#step.index, LABEL_BYTES)).slice();
        const maker = new PadMaker(this.#context, this.#serving, chunk.n, start, sender.delta);
        try {
          for (const { first, count } of choicePieces(choices.length, chunk.n)) {
            const transfers = count * rowTransfers(chunk.n);
            const message = await receiveChoices(asSender, this.#step.index, this.#context, transfers, true);
            const labels = memory.allocate(maker.labelBytes(first, count));
            try {
              const own = memory.view({ pointer: labels.pointer, bytes: transfers * LABEL_BYTES });
              await sender.extend(transfers, own, message, true);
              release(message);
              maker.take(first, count, labels.pointer);
            } finally {
              memory.clear(labels);
            }
          }
          const [zero, one] = maker.pads as [Pads, Pads];
          this.#addPads(chunk, this.#serving, zero, 'sender');
          await asSender.send(this.#step.index, this.#corrections(chunk, zero, one, bits, words));
        } finally {
          maker.dispose();
        }
      }
      this.#finished(chunk);
    }
    await this.#stored;
  }

  /** Takes the other's corrections. */
  async take(): Promise<void> {
    const { asReceiver } = this.#context;
    for (const chunk of this.#chunks) {
      if (this.#choosing.choices.length > 0) {
        const bytes = crossBytes(this.#choosing, chunk.n);
        const message = await asReceiver.receive(this.#step.index, bytes);
        this.#correct(chunk, message.slice());
        release(message);
      }
      this.#finished(chunk);
    }
    await this.#stored;
  }

  #empty({ n }: Chunk): Shares {
    const { bits } = this.#context;
    const rows = this.#step.program.levels.reduce((sum, { outs }) => sum + outs.length, 0);
    const words = Array.from({ length: this.#step.outputs }, (_, output) =>
      maskWidths(this.#step, output).map((width) => new Uint32Array(width === 0 ? 0 : (rowTransfers(n) * bits) / 32)),
    );
    return { rows: new Uint8Array(levelBytes(rows, n)), words, done: 0 };
  }

  #through<T>(chunk: Chunk, wanted: Wanted, use: (own: OwnMasks) => T): T {
    const { party, bundle, module } = this.#context;
    const resident = makeResident(module, this.#step.program);
    try {
      return goThrough(this.#context, this.#step, resident, party, bundle.seed, chunk, wanted, use);
    } finally {
      module.memory.clear(resident.block);
    }
  }

  /** Rows of choices. */
  #choices(chunk: Chunk): Uint8Array {
    const { choices } = this.#choosing;
    const places = choices.flatMap((choice) => choice.places.map((place) => [place]));
    return this.#through(chunk, places, ({ wanted }) => {
      const row = rowBytes(chunk.n);
      const rows = new Uint8Array(choices.length * row);
      let at = 0;
      for (const [index, choice] of choices.entries()) {
        const own = rows.subarray(index * row, (index + 1) * row);
        own.set(wanted.subarray(at, at + row));
        if (choice.places.length === 2) {
          const other = wanted.subarray(at + row, at + 2 * row);
          for (let i = 0; i < row; i++) own[i]! &= other[i]!;
        }
        at += choice.places.length * row;
      }
      return rows;
    });
  }

  /** What the other's choices meet; what this party has alone joins its shares. */
  #meet(chunk: Chunk, shares: Shares): { readonly bits: Uint8Array; readonly words: readonly Uint32Array[] } {
    const { bits, kernels } = this.#context;
    const factors = this.#serving.choices.flatMap((choice) => choice.bits.map((use) => use.factors));
    return this.#through(chunk, factors, ({ wanted, rows, word }) => {
      addRow(shares.rows, rows);
      for (const { output, row, factor } of this.#serving.own) {
        const sum = shares.words[output]![row]!;
        sum.set(kernels.add(bits, sum, word(factor)));
      }
      return { bits: wanted, words: wordUses(this.#serving).map(({ factor }) => word(factor)) };
    });
  }

  /** Pads to the rows that they are in: the sender's of choice 0, the receiver's of its own. */
  #addPads({ chunk, n }: Chunk, terms: CrossTerms, pads: Pads, side: 'sender' | 'receiver'): void {
    const { bits, kernels } = this.#context;
    const { rows, words } = this.#shares[chunk]!;
    const row = rowBytes(n);
    const uses = terms.choices.flatMap((choice) => choice.bits);
    for (const [use, { row: at }] of uses.entries()) {
      addRow(rows.subarray(at * row, (at + 1) * row), pads.bits.subarray(use * row, (use + 1) * row));
    }
    for (const [use, { output, row: at }] of wordUses(terms).entries()) {
      const sum = words[output]![at]!;
      const pad = pads.words.subarray(use * sum.length, (use + 1) * sum.length);
      sum.set(side === 'sender' ? kernels.sub(bits, sum, pad) : kernels.add(bits, sum, pad));
    }
  }

  /** A chunk's corrections: bits, then words as far as they matter. */
  #corrections({ n }: Chunk, zero: Pads, one: Pads, bits: Uint8Array, words: readonly Uint32Array[]): Uint8Array {
    const { kernels } = this.#context;
    const ring = this.#context.bits;
    const message = new Uint8Array(crossBytes(this.#serving, n));
    const rows = message.subarray(0, bits.length);
    rows.set(bits);
    addRow(rows, zero.bits);
    addRow(rows, one.bits);
    let at = rows.length;
    for (const [use, { width }] of wordUses(this.#serving).entries()) {
      const factor = words[use]!;
      const [first, second] = [zero, one].map((pads) =>
        pads.words.subarray(use * factor.length, (use + 1) * factor.length),
      ) as [Uint32Array, Uint32Array];
      const sum = kernels.add(ring, kernels.sub(ring, first, second), factor);
      message.set(packWords(this.#context, sum.subarray(0, (n * ring) / 32), width), at);
      at += packedBytes(n, width);
    }
    return message;
  }

  /** What came for the choices that are 1. */
  #correct(chunk: Chunk, message: Uint8Array): void {
    const { bits, kernels, module } = this.#context;
    const { memory } = module;
    const { n } = chunk;
    const { rows, words } = this.#shares[chunk.chunk]!;
    const choices = this.#choices(chunk);
    const row = rowBytes(n);
    const rowOf = (all: Uint8Array, index: number): Uint8Array => all.subarray(index * row, (index + 1) * row);
    let use = 0;
    for (const [index, choice] of this.#choosing.choices.entries()) {
      for (const { row: at } of choice.bits) {
        addProduct(rowOf(rows, at), rowOf(choices, index), rowOf(message, use));
        use++;
      }
    }
    let at = use * row;
    for (const [index, choice] of this.#choosing.choices.entries()) {
      if (choice.words.length === 0) continue;
      const chosen = memory.withScratch(() => {
        const plane = memory.scratch(row);
        memory.bytes.set(rowOf(choices, index), plane);
        return planeWords(this.#context, plane, n);
      });
      for (const { output, row: to, width } of choice.words) {
        const bytes = packedBytes(n, width);
        const sum = words[output]![to]!;
        const correction = new Uint32Array(sum.length);
        correction.set(unpackWords(this.#context, message.slice(at, at + bytes), n, width));
        sum.set(kernels.add(bits, sum, multiply(kernels, bits, chosen, correction)));
        at += bytes;
      }
    }
  }

  /** A chunk that was served and taken goes into the bundle. */
  #finished(chunk: Chunk): void {
    const shares = this.#shares[chunk.chunk]!;
    shares.done++;
    if (shares.done < 2) return;
    const segment = this.#segment(chunk, shares);
    this.#stored = this.#stored.then(() => this.#filling.put('segments', segment));
  }

  #segment({ n }: Chunk, { rows, words }: Shares): Uint8Array {
    const { bits, module } = this.#context;
    const { memory } = module;
    const segment = new Uint8Array(segmentBytes(this.#step, n));
    segment.set(rows);
    let at = rows.length;
    for (const [output, own] of words.entries()) {
      at = memory.withScratch(() => {
        const each = wordRowBytes(n, bits);
        const pointer = memory.scratch(own.length * each);
        for (const [row, sum] of own.entries()) {
          memory.words.set(sum.subarray(0, Math.min(sum.length, each / 4)), (pointer + row * each) >>> 2);
        }
        return packRows(this.#context, maskWidths(this.#step, output), n, pointer, segment, at);
      });
    }
    return segment;
  }
}

function wordUses({ choices }: CrossTerms): WordUse[] {
  return choices.flatMap((choice) => choice.words);
}

export const transferredBits: Exchanged<BitsStep> = {
  open: (context, step) => new BitsExchange(context, step),
};
