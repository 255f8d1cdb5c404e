/**
 * A sharing of c o s by correlated oblivious transfer: one side holds c, whose bits choose, the other s (Gilboa, CRYPTO 1999; for whole vectors and
 * truncated as in SecureML, S&P 2017, section 4.1).
 *
 * For bit j of an element c_e, with labels q of the transfer and x the vector of all s that meet c_e:
 *
 *     sender    pad_b = H(q xor b Delta)      sends d = pad_0 - pad_1 + x mod 2^(m-j), packed      share -= 2^j pad_0
 *     receiver  pad = H(t) = pad_c            share += 2^j (pad + c d) = 2^j (pad_0 + c x)
 *
 * Only m - j bits matter for bit j. A pad of several blocks is H(label xor s^-1(block)); its hash keys have a domain of their own and a start point that
 * travels with the segment, and each serves one piece of at most 2^12 hashes.
 * @module
 */
import { TacitError } from '../core/errors.js';
import { type RingBits, wordsPerElement } from '../core/ring.js';
import { Domain, HashKeys } from '../gc/hash.js';
import { LABEL_BYTES } from '../gc/schedule.js';
import type { Block } from '../kernels/memory.js';
import type { KernelModule } from '../kernels/module.js';
import type { OtExports } from '../kernels/ot.js';
import type { Fans } from './fans.js';
import { type Part, PIECE_BLOCKS, type Piece, pieceBytes, pieceLimit, piecesOf, SEGMENT_BYTES } from './pieces.js';

/** Room that kernels may read or clear behind a buffer. */
const SLACK = 16;

/** Bytes of kernel scratch for each entry. */
const SCRATCH_BYTES = 38;

/** The choice bits of a tensor: bit j < m of element e is bit e * m + j, packed. */
export function choiceBits(bits: RingBits, m: number, words: Uint32Array): Uint8Array {
  const perElement = wordsPerElement(bits);
  const count = words.length / perElement;
  const packed = new Uint8Array(Math.ceil((count * m) / 8));
  let at = 0;
  for (let e = 0; e < count; e++) {
    for (let j = 0; j < m; j++, at++) {
      packed[at >> 3] = packed[at >> 3]! | (((words[e * perElement + (j >> 5)]! >>> (j & 31)) & 1) << (at & 7));
    }
  }
  return packed;
}

/** What a product is made of, alike on both sides. */
export interface ProductShape {
  readonly bits: RingBits;
  /** The products are right mod 2^m. */
  readonly m: number;
  readonly fans: Fans;
  /** Elements of the output. */
  readonly outputs: number;
}

/** Where the buffers of a product lie from its start, and its length. The message is first. */
function layoutOf({ bits, m }: ProductShape, padSets: 1 | 2) {
  const p = pieceLimit(m);
  const vectorBytes = p * wordsPerElement(bits) * 4;
  const setBytes = padSets * PIECE_BLOCKS * LABEL_BYTES;
  let total = 0;
  const place = (bytes: number): number => {
    const at = total;
    total += Math.ceil((bytes + SLACK) / 64) * 64;
    return at;
  };
  const layout = {
    message: place(SEGMENT_BYTES),
    labels: place(m * LABEL_BYTES),
    delta: place(LABEL_BYTES),
    zero: place(LABEL_BYTES),
    vector: place(vectorBytes),
    sum: place(vectorBytes),
    sigma: place(setBytes),
    pads: place(setBytes),
    scratch: place(SCRATCH_BYTES * p),
  };
  return { ...layout, total };
}

/** Bytes of kernel memory that the sender's or the receiver's side takes. */
export function productBytes(shape: ProductShape, side: 'sender' | 'receiver'): number {
  return layoutOf(shape, side === 'sender' ? 2 : 1).total;
}

/** Kernel memory for one product, and what both sides do alike. */
class Product {
  readonly module: KernelModule;
  readonly m: number;
  readonly perElement: 1 | 2;
  readonly fans: Fans;
  /** Where the message of a part is made, or copied to: the first bytes that the product allocates. */
  readonly message: number;
  readonly labels: number;
  readonly delta: number;
  readonly zero: number;
  readonly vector: number;
  readonly sum: number;
  readonly pads: number;
  readonly scratch: number;
  /** This side's share so far. */
  readonly share: Uint32Array;
  readonly #sigma: number;
  #others: Int32Array = new Int32Array();
  #outputs: Int32Array = new Int32Array();
  readonly #block: Block;

  constructor(module: KernelModule, shape: ProductShape, padSets: 1 | 2, share?: Uint32Array) {
    this.module = module;
    this.m = shape.m;
    this.perElement = wordsPerElement(shape.bits);
    this.fans = shape.fans;
    this.share = share ?? new Uint32Array(shape.outputs * this.perElement);
    const layout = layoutOf(shape, padSets);
    this.#block = module.memory.allocate(layout.total);
    const base = this.#block.pointer;
    this.message = base + layout.message;
    this.labels = base + layout.labels;
    this.delta = base + layout.delta;
    this.zero = base + layout.zero;
    this.vector = base + layout.vector;
    this.sum = base + layout.sum;
    this.#sigma = base + layout.sigma;
    this.pads = base + layout.pads;
    this.scratch = base + layout.scratch;
    module.memory.zero(this.zero, LABEL_BYTES);
  }

  /** The pieces of a part, each with its element's labels and the indices of its fan loaded. `labels` begins with those of element `from`. */
  *load(part: Part, labels: Uint8Array, from: number): Generator<Piece> {
    const bytes = this.m * LABEL_BYTES;
    let loaded = -1;
    for (const piece of piecesOf(this.fans, this.m, part)) {
      const { element } = piece;
      if (element !== loaded) {
        const size = this.fans.size(element);
        if (size > this.#others.length) {
          this.#others = new Int32Array(size);
          this.#outputs = new Int32Array(size);
        }
        this.fans.fill(element, this.#others, this.#outputs);
        this.module.memory.bytes.set(
          labels.subarray((element - from) * bytes, (element - from + 1) * bytes),
          this.labels,
        );
        loaded = element;
      }
      yield piece;
    }
  }

  /** The factors that a piece's products need, into the vector. */
  gather({ first, p }: Piece, operand: Uint32Array): void {
    const { words } = this.module.memory;
    const to = this.vector >>> 2;
    const n = this.perElement;
    for (let i = 0; i < p; i++) {
      const from = this.#others[first + i]! * n;
      words[to + i * n] = operand[from]!;
      if (n === 2) words[to + 2 * i + 1] = operand[from + 1]!;
    }
  }

  clearSum({ p }: Piece): void {
    this.module.memory.zero(this.sum, p * this.perElement * 4);
  }

  /** share[outputs] += sum. Sums that carry from one word to the next are 64-bit additions. */
  scatter({ first, p }: Piece): void {
    const { words } = this.module.memory;
    const from = this.sum >>> 2;
    for (let i = 0; i < p; i++) {
      const to = this.#outputs[first + i]!;
      if (this.perElement === 1) this.share[to] = this.share[to]! + words[from + i]!;
      else {
        const low = this.share[2 * to]! + words[from + 2 * i]!;
        this.share[2 * to] = low;
        this.share[2 * to + 1] = this.share[2 * to + 1]! + words[from + 2 * i + 1]! + Math.floor(low / 2 ** 32);
      }
    }
  }

  /** The pads of the loaded labels, each xor an offset (zero, Delta): sets one after another. Returns the bytes of one set. */
  hash(keys: HashKeys, { p }: Piece, offsets: readonly number[]): number {
    const { exports } = this.module;
    let blocks = 0;
    for (const offset of offsets) {
      blocks += exports.padInputs(this.labels, this.m, p, offset, this.#sigma + blocks * LABEL_BYTES);
    }
    keys.encrypt(Domain.gilboa, this.#sigma, this.pads, blocks);
    exports.finishHash(this.#sigma, this.pads, blocks);
    return (blocks / offsets.length) * LABEL_BYTES;
  }

  /** Gives the memory back, cleared but for the message, which is public. */
  dispose(): void {
    const { pointer, bytes } = this.#block;
    this.module.memory.zero(this.labels, pointer + bytes - this.labels);
    this.module.memory.free(this.#block);
  }
}

/** The sender's side: Delta, and the operand s that the other's bits meet, ring words. */
export class ProductSender {
  readonly #product: Product;
  readonly #operand: Uint32Array;
  readonly #send: OtExports['gilboaSend32'];

  /** @param share what this side's share is added to; default zeros */
  constructor(module: KernelModule, shape: ProductShape, delta: Uint8Array, operand: Uint32Array, share?: Uint32Array) {
    this.#product = new Product(module, shape, 2, share);
    this.#operand = operand;
    this.#send = shape.bits === 32 ? module.exports.gilboaSend32 : module.exports.gilboaSend64;
    module.memory.bytes.set(delta, this.#product.delta);
  }

  get share(): Uint32Array {
    return this.#product.share;
  }

  /**
   * The segment of a part: a view that is valid until the next.
   * @param start of its hash keys: 16 bytes that the receiver could not foresee
   * @param labels q of each element's m transfers, from element `from` on
   */
  send(part: Part, start: Uint8Array, labels: Uint8Array, from = 0): Uint8Array {
    const product = this.#product;
    const { memory } = product.module;
    const keys = new HashKeys(memory, start);
    memory.bytes.set(start, product.message);
    let at = product.message + LABEL_BYTES;
    for (const piece of product.load(part, labels, from)) {
      product.gather(piece, this.#operand);
      const set = product.hash(keys, piece, [product.zero, product.delta]);
      product.clearSum(piece);
      const { pads, vector, sum, scratch } = product;
      at += this.#send(pads, pads + set, product.m, piece.p, vector, at, sum, scratch);
      product.scatter(piece);
    }
    return memory.bytes.subarray(product.message, at);
  }

  dispose(): void {
    this.#product.dispose();
  }
}

/** The receiver's side: its operand c, ring words, whose bits chose. */
export class ProductReceiver {
  readonly #product: Product;
  readonly #bits: RingBits;

  /** @param share what this side's share is added to; default zeros */
  constructor(module: KernelModule, shape: ProductShape, share?: Uint32Array) {
    this.#product = new Product(module, shape, 1, share);
    this.#bits = shape.bits;
  }

  get share(): Uint32Array {
    return this.#product.share;
  }

  /** Puts a segment where `receive` reads it. @throws TacitError BAD_FRAME where it has another length than the part's */
  load(part: Part, segment: Uint8Array): void {
    expectSegment(part, segment);
    this.#product.module.memory.bytes.set(segment, this.#product.message);
  }

  /**
   * Takes the part whose segment is loaded.
   * @param labels t of each element's m transfers, from element `from` on
   * @param choices c of each element, from element `from` on
   */
  receive(part: Part, labels: Uint8Array, choices: Uint32Array, from = 0): void {
    const product = this.#product;
    const { memory, exports } = product.module;
    const { m, message, pads, sum, scratch } = product;
    const keys = new HashKeys(memory, memory.bytes.slice(message, message + LABEL_BYTES));
    let at = message + LABEL_BYTES;
    for (const piece of product.load(part, labels, from)) {
      product.hash(keys, piece, [product.zero]);
      product.clearSum(piece);
      const { p } = piece;
      const element = piece.element - from;
      if (this.#bits === 32) exports.gilboaReceive32(pads, m, p, choices[element]!, at, sum, scratch);
      else {
        const choice = (BigInt(choices[2 * element + 1]!) << 32n) | BigInt(choices[2 * element]!);
        exports.gilboaReceive64(pads, m, p, choice, at, sum, scratch);
      }
      at += pieceBytes(p, m);
      product.scatter(piece);
    }
  }

  dispose(): void {
    this.#product.dispose();
  }
}

/** @throws TacitError BAD_FRAME where a segment has another length than its part's */
export function expectSegment(part: Part, segment: Uint8Array): void {
  if (segment.length === part.bytes) return;
  throw new TacitError('BAD_FRAME', `product: expected ${part.bytes} bytes, got ${segment.length}`);
}
