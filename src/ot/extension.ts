/**
 * Correlated oblivious transfer: SoftSpokenOT (Roy, CRYPTO 2022), semi-honest, small-field VOLE over GF(2^k); k = 1 is IKNP.
 *
 * The sender has Delta, the receiver bits x; the sender gets labels q, the receiver t = q xor x * Delta. The 128 bits of Delta are cut in
 * blocks of k. For each block the receiver knows 2^k streams r_y, the sender all but that of its Delta:
 *
 *     receiver  u = sum r_y       v = sum y r_y        sends c = u + x (for random x: x is the first block's u)
 *     sender    u' = sum r_y      v' = sum y r_y       q = v' + Delta (u' + c) = v + Delta x
 *
 * over the streams that each has (what the sender puts for the one that it lacks cancels). A row is a bit a transfer; 128 rows, transposed, are the
 * labels. 128/k bits are sent a transfer, one less where x is random.
 *
 * A stream is AES in counter mode under a key of its own. Where a batch of transfers stands in it follows from how many came before, so batches
 * can be extended in any order, on any thread (protocols/cot-threads.ts).
 * @module
 */
import { blockCipher } from '#platform';
import { TacitError } from '../core/errors.js';
import { deriveSeed } from '../core/prg.js';
import { bytesOf } from '../core/ring.js';
import { LABEL_BYTES } from '../gc/schedule.js';
import type { Block, KernelMemory } from '../kernels/memory.js';
import type { KernelModule } from '../kernels/module.js';
import type { BlockCipher } from '../platform/platform.js';
import type { Seed } from '../platform/random.js';
import { type ExtensionLayout, extensionLayout, FOLDED, WINDOW_BYTES, workBytes } from './extension-layout.js';
import { BATCH, batchesOf, blockBits, extensionBytes, messageRows, rowBytes } from './sizes.js';

const KEY_BYTES = 16;
/** Of AES. */
const BLOCK_BYTES = 16;

/** A batch of transfers: where it stands in the streams, in blocks, and among those that were asked for together. */
export interface Batch {
  readonly position: number;
  readonly first: number;
  readonly n: number;
}

/** What one side keeps of a set-up. */
export class ExtensionState {
  readonly k: number;
  /** 16 bytes for each leaf of each block. */
  readonly keys: Uint8Array;
  #position = 0;

  constructor(k: number, seeds: readonly (readonly Seed[])[]) {
    this.k = k;
    const leaves = seeds.flat();
    this.keys = new Uint8Array(KEY_BYTES * leaves.length);
    for (const [i, leaf] of leaves.entries()) {
      this.keys.set(deriveSeed(leaf, 'softspoken').subarray(0, KEY_BYTES), i * KEY_BYTES);
    }
  }

  /** Where the next transfers stand in the streams. */
  get position(): number {
    return this.#position;
  }

  /** The batches of the next n transfers. */
  advance(n: number): Batch[] {
    const batches = batchesAt(this.#position, n);
    for (const batch of batches) this.#position += rowBytes(batch.n) / BLOCK_BYTES;
    return batches;
  }
}

/** The batches of n transfers that begin at `position`. */
export function batchesAt(position: number, n: number): Batch[] {
  // all before the last are whole
  return batchesOf(n).map((size, i) => ({
    position: position + (i * rowBytes(BATCH)) / BLOCK_BYTES,
    first: i * BATCH,
    n: size,
  }));
}

/** The streams of all leaves, by block. */
export type Streams = readonly (readonly BlockCipher[])[];

export function streamsOf(k: number, keys: Uint8Array): Streams {
  let at = 0;
  return blockBits(k).map((bits) =>
    Array.from({ length: 1 << bits }, () => {
      const key = keys.subarray(at, at + KEY_BYTES);
      at += KEY_BYTES;
      return blockCipher(key);
    }),
  );
}

/** A part of a batch: bytes of its rows from `from` on, at `offset` of the window's. */
interface Piece {
  readonly from: number;
  readonly bytes: number;
  readonly offset: number;
}

/**
 * Kernel memory for a batch of either side: streams in, folded rows, labels out.
 *
 * Streams are expanded a window at a time, and folded; batches take their parts of it, so that small ones cost no call of the cipher for each stream.
 */
export class Extension {
  readonly #module: KernelModule;
  readonly #blocks: readonly number[];
  readonly #layout: ExtensionLayout;
  readonly #streams: Streams;
  readonly #block: Block;
  /** What the streams encrypt. */
  readonly #counters: Uint32Array = new Uint32Array(WINDOW_BYTES / 4);
  /** What u and v hold of the streams, in blocks. */
  #window = { first: 0, end: 0 };

  constructor(module: KernelModule, k: number, streams: Streams) {
    this.#module = module;
    this.#blocks = blockBits(k);
    this.#streams = streams;
    this.#block = module.memory.allocate(workBytes(k));
    this.#layout = extensionLayout(k, this.#block.pointer);
    module.memory.zero(this.#layout.zeros, WINDOW_BYTES);
  }

  /** The labels of the last batch, as long as no other is made. */
  labels(n: number): Block {
    return { pointer: this.#layout.labels, bytes: n * LABEL_BYTES };
  }

  /** Where the message of a batch is made, or belongs. */
  message(n: number, chosen: boolean): Block {
    return { pointer: this.#layout.message, bytes: messageRows(this.#blocks, chosen) * rowBytes(n) };
  }

  /**
   * The receiver's side of a batch: its labels and message.
   * @param choices packed bits, bit i in byte i / 8; set where they are given, filled in where `chosen` is false
   * @param ahead bytes of the streams that will be asked for next, from the batch's first on, where that is known
   */
  receive({ position, n }: Batch, choices: Uint8Array, chosen: boolean, ahead = 0): void {
    const { memory, exports } = this.#module;
    const { u, stride, choices: x, message } = this.#layout;
    const row = rowBytes(n);
    if (chosen) {
      memory.zero(x, row);
      memory.bytes.set(choices, x);
    }
    for (const { from, bytes, offset } of this.#pieces(position, row, ahead)) {
      if (!chosen) memory.bytes.copyWithin(x + from, u + offset, u + offset + bytes);
      let at = message + from;
      for (let index = chosen ? 0 : 1; index < this.#blocks.length; index++, at += row) {
        exports.xorBytes(u + index * stride + offset, x + from, at, bytes);
      }
      this.#transpose(from, bytes, offset);
    }
    if (!chosen) choices.set(memory.bytes.subarray(x, x + choices.length));
  }

  /** The sender's side of a batch whose message is there: its labels. Each is made once: what a window holds of it is overwritten. */
  send({ position, n }: Batch, delta: Uint8Array, chosen: boolean, ahead = 0): void {
    const { exports } = this.#module;
    const { u, v, stride, zeros, message } = this.#layout;
    const row = rowBytes(n);
    for (const { from, bytes, offset } of this.#pieces(position, row, ahead)) {
      let bit = 0;
      let at = message + from;
      for (const [index, k] of this.#blocks.entries()) {
        // for random choices x is the first block's u
        const own = index === 0 && !chosen;
        for (const end = bit + k; bit < end; bit++) {
          const sum = u + index * stride + offset;
          exports.correctRow(v + bit * stride + offset, sum, own ? zeros : at, bitOf(delta, bit), bytes);
        }
        if (!own) at += row;
      }
      this.#transpose(from, bytes, offset);
    }
  }

  /** The pieces of a batch by window, each there when it is handed out. */
  *#pieces(position: number, row: number, ahead: number): Generator<Piece> {
    for (let from = 0; from < row; ) {
      const place = position + from / BLOCK_BYTES;
      if (place < this.#window.first || place >= this.#window.end) {
        this.#open(place, Math.min(WINDOW_BYTES, Math.max(row, ahead) - from));
      }
      const { first, end } = this.#window;
      const bytes = Math.min(row - from, (end - place) * BLOCK_BYTES);
      yield { from, bytes, offset: (place - first) * BLOCK_BYTES };
      from += bytes;
    }
  }

  /** Expands `bytes` bytes of every stream from block `position` on: u of every block, v of every bit of Delta. */
  #open(position: number, bytes: number): void {
    for (let i = 0; i < bytes / BLOCK_BYTES; i++) {
      this.#counters[4 * i] = position + i;
      this.#counters[4 * i + 1] = (position + i) / 2 ** 32;
    }
    let bit = 0;
    for (const [index, k] of this.#blocks.entries()) {
      this.#fold(index, bit, bytes);
      bit += k;
    }
    this.#window = { first: position, end: position + bytes / BLOCK_BYTES };
  }

  /** u and v of block `index`: group by group of the streams that agree in all but the low bits. */
  #fold(index: number, firstBit: number, bytes: number): void {
    const { exports } = this.#module;
    const { rows, sums, stride, u, v } = this.#layout;
    const bits = this.#blocks[index]!;
    const low = Math.min(bits, FOLDED);
    const groups = 1 << (bits - low);
    const target = u + index * stride;
    const vs = v + firstBit * stride;
    for (let group = 0; group < groups; group++) {
      this.#expand(this.#streams[index]!.slice(group << low, (group + 1) << low), bytes);
      exports.foldRows(rows, stride, low, bytes, groups === 1 ? target : sums + group * stride, vs, stride, group > 0);
    }
    if (groups > 1) exports.foldRows(sums, stride, bits - low, bytes, target, vs + low * stride, stride, false);
  }

  /** The rows of streams. */
  #expand(streams: readonly BlockCipher[], bytes: number): void {
    const { memory } = this.#module;
    const { rows, stride } = this.#layout;
    const counters = bytesOf(this.#counters).subarray(0, bytes);
    for (const [y, stream] of streams.entries()) {
      const row = rows + y * stride;
      stream.encrypt(counters, memory.bytes.subarray(row, row + bytes));
    }
  }

  /** The labels of a piece. */
  #transpose(from: number, bytes: number, offset: number): void {
    const { labels, v, stride, tile } = this.#layout;
    this.#module.exports.transposeRows(v + offset, stride, bytes / 16, tile, labels + 128 * from);
  }

  dispose(): void {
    this.#module.memory.clear(this.#block);
  }
}

export class CotReceiver {
  readonly state: ExtensionState;
  readonly #memory: KernelMemory;
  readonly #extension: Extension;

  /** @param seeds of each block all 2^k, the leaves of its tree */
  constructor(module: KernelModule, k: number, seeds: readonly (readonly Seed[])[]) {
    this.state = new ExtensionState(k, seeds);
    this.#memory = module.memory;
    this.#extension = new Extension(module, k, streamsOf(k, this.state.keys));
  }

  /**
   * n transfers with random choices, or with those given.
   * @param labels where the n labels t go, 16 bytes each; undefined where `again` will be asked for them
   * @param choices packed bits, bit i in byte i / 8; set where they are given, filled in where `chosen` is false
   * @returns the message for the sender, extensionBytes(k, n, chosen)
   */
  extend(n: number, labels: Uint8Array | undefined, choices: Uint8Array, chosen: boolean): Uint8Array {
    const message = new Uint8Array(extensionBytes(this.state.k, n, chosen));
    let sent = 0;
    for (const batch of this.state.advance(n)) {
      this.#extension.receive(batch, choicesOf(choices, batch), chosen, aheadOf(batch));
      labels?.set(this.#memory.view(this.#extension.labels(batch.n)), batch.first * LABEL_BYTES);
      const part = this.#memory.view(this.#extension.message(batch.n, chosen));
      message.set(part, sent);
      sent += part.length;
    }
    return message;
  }

  /**
   * The labels of n transfers that were extended from `position` on with these choices, once more: so they need not be held in the meantime.
   * @param labels where they go
   */
  again(position: number, n: number, labels: Uint8Array, choices: Uint8Array): void {
    for (const batch of batchesAt(position, n)) {
      this.#extension.receive(batch, choicesOf(choices, batch), true);
      labels.set(this.#memory.view(this.#extension.labels(batch.n)), batch.first * LABEL_BYTES);
    }
  }

  dispose(): void {
    this.#extension.dispose();
  }
}

/** What is expanded for a batch and those after it: as much as all before it, so that a session that needs little does little. */
function aheadOf({ position }: Batch): number {
  return position * BLOCK_BYTES;
}

/** The bytes of a batch's choices among all. */
export function choicesOf(choices: Uint8Array, { first, n }: Batch): Uint8Array {
  return choices.subarray(first / 8, Math.ceil((first + n) / 8));
}

export class CotSender {
  readonly state: ExtensionState;
  /** 16 bytes, bit 0 set. */
  readonly delta: Uint8Array;
  readonly #memory: KernelMemory;
  readonly #extension: Extension;

  /** @param seeds of each block all 2^k but that of its part of Delta, whose place holds anything */
  constructor(module: KernelModule, k: number, delta: Uint8Array, seeds: readonly (readonly Seed[])[]) {
    this.state = new ExtensionState(k, seeds);
    this.delta = delta;
    this.#memory = module.memory;
    this.#extension = new Extension(module, k, streamsOf(k, this.state.keys));
  }

  /**
   * The sender's side of `extend`.
   * @param labels where the n labels q go
   * @throws TacitError BAD_FRAME where the message has another length
   */
  extend(n: number, labels: Uint8Array, message: Uint8Array, chosen: boolean): void {
    expectMessage(this.state.k, n, message, chosen);
    let taken = 0;
    for (const batch of this.state.advance(n)) {
      const part = this.#memory.view(this.#extension.message(batch.n, chosen));
      part.set(message.subarray(taken, taken + part.length));
      taken += part.length;
      this.#extension.send(batch, this.delta, chosen, aheadOf(batch));
      labels.set(this.#memory.view(this.#extension.labels(batch.n)), batch.first * LABEL_BYTES);
    }
  }

  dispose(): void {
    this.#extension.dispose();
  }
}

/** @throws TacitError BAD_FRAME where the message of n transfers has another length */
export function expectMessage(k: number, n: number, message: Uint8Array, chosen: boolean): void {
  const expected = extensionBytes(k, n, chosen);
  if (message.length === expected) return;
  throw new TacitError('BAD_FRAME', `OT extension: expected ${expected} bytes, got ${message.length}`);
}

/** Bit `index` of packed bits. */
export function bitOf(bits: Uint8Array, index: number): 0 | 1 {
  return ((bits[index >> 3]! >> (index & 7)) & 1) as 0 | 1;
}
