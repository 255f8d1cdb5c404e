/**
 * The cross terms of a linear step, or of a product of secret tensors, by correlated transfers, here or on threads: each part of a
 * cross term, a segment, is a job of its own.
 *
 * A part's segment is a function of seeds, labels and operands, and where a part's share is added up changes nothing of the sum: threads change
 * nothing of what is sent and of what comes out.
 * @module
 */

import { release } from '#platform';
import { expandInto } from '../core/prg.js';
import { bytesOf, wordsPerElement } from '../core/ring.js';
import { LABEL_BYTES } from '../gc/schedule.js';
import type { Block, KernelMemory } from '../kernels/memory.js';
import type { KernelModule } from '../kernels/module.js';
import { inOrder } from '../kernels/pool.js';
import {
  choiceBits,
  expectSegment,
  ProductReceiver,
  ProductSender,
  type ProductShape,
  productBytes,
} from '../ot/gilboa.js';
import { type Part, partsOf } from '../ot/pieces.js';
import type { Seed } from '../platform/random.js';
import { receiveChoices, sendChoices } from './choices.js';
import type { Receiver, TransferContext } from './context.js';
import { crossTermTransfers, type MultiplyingStep, shapeOf } from './cross-term-sizes.js';
import type { OfflinePool, ReceivePartArgs, SendPartArgs } from './jobs.js';

/** As receiver: sends the choices, the bits of a factor; returns where the transfers stand in the streams. */
export async function chooseFactor(
  context: TransferContext,
  step: MultiplyingStep,
  factor: Uint32Array,
): Promise<number> {
  const { bits, batch, receiver, asReceiver } = context;
  const { fans, m } = shapeOf(bits, batch, step);
  const { position } = receiver.state;
  const choices = choiceBits(bits, m, factor);
  await sendChoices(asReceiver, step.index, await receiver.extend(fans.count * m, undefined, choices, true));
  return position;
}

/** As sender: takes the other's choices; returns this party's share of the cross term of its factor. */
export async function serveFactor(
  context: TransferContext,
  step: MultiplyingStep,
  factor: Uint32Array,
): Promise<Uint32Array> {
  const { bits, batch, sender, asSender } = context;
  const count = crossTermTransfers(bits, batch, step);
  const labels = new Uint8Array(count * LABEL_BYTES);
  await sender.extend(count, labels, await receiveChoices(asSender, step.index, context, count, true), true);
  return sendProduct(context, step, labels, factor);
}

/** As receiver: this party's share of the cross term in which the bits of its factor chose, by the transfers at `position`. */
export async function takeFactor(
  context: TransferContext,
  step: MultiplyingStep,
  position: number,
  factor: Uint32Array,
): Promise<Uint32Array> {
  const { bits, batch, receiver } = context;
  const { fans, m } = shapeOf(bits, batch, step);
  // made once more rather than held since they were chosen: little work beside that of the products that they carry
  const labels = new Uint8Array(fans.count * m * LABEL_BYTES);
  await receiver.again(position, fans.count * m, labels, choiceBits(bits, m, factor));
  return receiveProduct(context, step, labels, factor);
}

/** The start points of the parts' hash keys, from the sender's seed: the receiver could not foresee them. */
function startsOf(seed: Seed, step: MultiplyingStep, parts: number): Uint8Array[] {
  const all = new Uint8Array(parts * LABEL_BYTES);
  expandInto(all, seed, 'linear/starts', step.index);
  return Array.from({ length: parts }, (_, i) => all.slice(i * LABEL_BYTES, (i + 1) * LABEL_BYTES));
}

/**
 * The sender's side of a product: sends its segments, returns its share.
 * @param labels q of each element's transfers
 * @param operand what the other's bits meet
 */
async function sendProduct(
  context: TransferContext,
  step: MultiplyingStep,
  labels: Uint8Array,
  operand: Uint32Array,
): Promise<Uint32Array> {
  const { bits, batch, module, bundle, sender, asSender } = context;
  const shape = shapeOf(bits, batch, step);
  const parts = partsOf(shape.fans, shape.m);
  const starts = startsOf(bundle.seed, step, parts.length);
  const slots = Slots.open(context, shape, parts, 'sender');
  if (slots) return sendOnThreads(context, slots, step, labels, operand, starts);
  const product = new ProductSender(module, shape, sender.delta, operand);
  try {
    for (const [index, part] of parts.entries()) {
      await asSender.send(step.index, product.send(part, starts[index]!, labels));
    }
    return product.share;
  } finally {
    product.dispose();
  }
}

async function sendOnThreads(
  { bits, batch, sender, asSender }: TransferContext,
  slots: Slots,
  step: MultiplyingStep,
  labels: Uint8Array,
  words: Uint32Array,
  starts: readonly Uint8Array[],
): Promise<Uint32Array> {
  const { memory, pool } = slots;
  try {
    const operand = slots.hold(words);
    const segments = inOrder(slots.parts.entries(), slots.count, ([index, part], slot) => {
      const args = { bits, batch, step, part, start: starts[index]!, delta: sender.delta, operand };
      return pool.run('sendPart', slots.work(slot), { ...args, ...slots.load(slot, part, labels) });
    });
    for await (const segment of segments) await asSender.send(step.index, memory.view(segment));
    return slots.sum();
  } finally {
    slots.dispose();
  }
}

/**
 * The receiver's side of a product: takes its segments, returns its share.
 * @param labels t of each element's transfers
 * @param choices the operand whose bits chose
 * @throws TacitError BAD_FRAME where a segment has another length
 */
async function receiveProduct(
  context: TransferContext,
  step: MultiplyingStep,
  labels: Uint8Array,
  choices: Uint32Array,
): Promise<Uint32Array> {
  const { bits, batch, module, asReceiver } = context;
  const shape = shapeOf(bits, batch, step);
  const parts = partsOf(shape.fans, shape.m);
  const slots = Slots.open(context, shape, parts, 'receiver');
  if (slots) return receiveOnThreads(context, slots, step, labels, choices);
  const product = new ProductReceiver(module, shape);
  try {
    for (const part of parts) {
      product.load(part, await asReceiver.receive(step.index, part.bytes));
      product.receive(part, labels, choices);
    }
    return product.share;
  } finally {
    product.dispose();
  }
}

async function receiveOnThreads(
  { bits, batch, asReceiver }: TransferContext,
  slots: Slots,
  step: MultiplyingStep,
  labels: Uint8Array,
  choices: Uint32Array,
): Promise<Uint32Array> {
  const { memory, pool } = slots;
  const perElement = wordsPerElement(bits);
  try {
    const taken = inOrder(received(asReceiver, step, slots.parts), slots.count, ({ part, segment }, slot) => {
      memory.bytes.set(segment, slots.work(slot).pointer);
      release(segment);
      const own = choices.slice(part.element * perElement, part.end * perElement);
      const args = { bits, batch, step, part, choices: own, ...slots.load(slot, part, labels) };
      return pool.run('receivePart', slots.work(slot), args);
    });
    for await (const _ of taken);
    return slots.sum();
  } finally {
    slots.dispose();
  }
}

async function* received(
  from: Receiver,
  step: MultiplyingStep,
  parts: readonly Part[],
): AsyncGenerator<{ readonly part: Part; readonly segment: Uint8Array }> {
  for (const part of parts) {
    const segment = await from.receive(step.index, part.bytes);
    expectSegment(part, segment);
    yield { part, segment };
  }
}

/** Makes a part's segment; says where it lies. */
export function sendPartJob(module: KernelModule, args: SendPartArgs): Block {
  const { memory } = module;
  const { bits, batch, step, part, start, delta, labels } = args;
  const shape = shapeOf(bits, batch, step);
  const operand = wordsOf(memory, args.operand, args.operand.bytes / 4);
  const share = wordsOf(memory, args.share, shape.outputs * wordsPerElement(bits));
  const product = new ProductSender(module, shape, delta, operand, share);
  const segment = product.send(part, start, memory.view(labels), part.element);
  product.dispose();
  return { pointer: segment.byteOffset, bytes: segment.length };
}

/** Takes a part whose segment was put where its block begins. */
export function receivePartJob(module: KernelModule, args: ReceivePartArgs): void {
  const { bits, batch, step, part, labels, choices } = args;
  const shape = shapeOf(bits, batch, step);
  const share = wordsOf(module.memory, args.share, shape.outputs * wordsPerElement(bits));
  const product = new ProductReceiver(module, shape, share);
  product.receive(part, module.memory.view(labels), choices, part.element);
  product.dispose();
}

function wordsOf({ words }: KernelMemory, { pointer }: Block, count: number): Uint32Array {
  return words.subarray(pointer >>> 2, (pointer >>> 2) + count);
}

/** Shared kernel memory for the parts under way. A slot has room for one part's labels and work, and adds up a share of its own. */
class Slots {
  readonly pool: OfflinePool;
  readonly memory: KernelMemory;
  readonly parts: readonly Part[];
  readonly count: number;
  readonly #context: TransferContext;
  readonly #labelBytes: number;
  readonly #words: number;
  readonly #slots: readonly { readonly share: Block; readonly labels: Block; readonly work: Block }[];
  readonly #held: Block[] = [];

  /** Where there are threads, and more than one part to share out. */
  static open(
    context: TransferContext,
    shape: ProductShape,
    parts: readonly Part[],
    side: 'sender' | 'receiver',
  ): Slots | undefined {
    const { pool } = context;
    return pool && parts.length > 1 ? new Slots(context, pool, shape, parts, side) : undefined;
  }

  private constructor(
    context: TransferContext,
    pool: OfflinePool,
    shape: ProductShape,
    parts: readonly Part[],
    side: 'sender' | 'receiver',
  ) {
    this.pool = pool;
    this.memory = context.module.memory;
    this.parts = parts;
    this.count = Math.min(parts.length, pool.threads + 1);
    this.#context = context;
    this.#labelBytes = shape.m * LABEL_BYTES;
    const elements = parts.reduce((most, { element, end }) => Math.max(most, end - element), 0);
    this.#words = shape.outputs * wordsPerElement(shape.bits);
    this.#slots = Array.from({ length: this.count }, () => ({
      share: this.memory.allocate(this.#words * 4),
      labels: this.memory.allocate(elements * this.#labelBytes),
      work: this.memory.allocate(productBytes(shape, side)),
    }));
    for (const { share } of this.#slots) this.memory.zero(share.pointer, share.bytes);
  }

  work(slot: number): Block {
    return this.#slots[slot]!.work;
  }

  /** Puts the labels of a part's elements into a slot; says where they are, and where its share is added up. */
  load(slot: number, { element, end }: Part, labels: Uint8Array): { readonly labels: Block; readonly share: Block } {
    const { labels: room, share } = this.#slots[slot]!;
    const own = { pointer: room.pointer, bytes: (end - element) * this.#labelBytes };
    this.memory.view(own).set(labels.subarray(element * this.#labelBytes, end * this.#labelBytes));
    return { labels: own, share };
  }

  /** A copy of an operand that all parts read. */
  hold(words: Uint32Array): Block {
    const block = this.memory.allocate(words.byteLength);
    this.#held.push(block);
    this.memory.view(block).set(bytesOf(words));
    return { pointer: block.pointer, bytes: words.byteLength };
  }

  /** The sum of the slots' shares. */
  sum(): Uint32Array {
    const { bits, kernels } = this.#context;
    const shares = this.#slots.map(({ share }) => wordsOf(this.memory, share, this.#words));
    return shares.reduce((sum, share) => kernels.add(bits, sum, share), new Uint32Array(this.#words));
  }

  dispose(): void {
    for (const { share, labels, work } of this.#slots)
      for (const block of [share, labels, work]) this.memory.clear(block);
    for (const block of this.#held) this.memory.clear(block);
  }
}
