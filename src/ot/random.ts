/**
 * Random and chosen oblivious transfer of 16-byte messages out of correlated ones, semi-honest: a hash takes Delta out of the pairs (Ishai, Kilian, Nissim,
 * Petrank, CRYPTO 2003), and a correction for each choice makes chosen transfers of random ones (Beaver, CRYPTO 1995), whenever they are needed.
 *
 *     random   sender  k_b = H(q xor b Delta)                      receiver  x, k = H(t) = k_x
 *     chosen   receiver of choice c: e = c xor x                   sender of s_0, s_1: y_b = s_b xor k_(b xor e)         s_c = y_c xor k
 *
 * H is the garbling hash in a key domain of its own. The start point of a batch's keys is drawn when the receiver's message is there, and each key
 * serves 2^11 transfers, which are 2^12 hashes of the sender. One Delta is for 2^36 hashes, so for 2^35 transfers. A batch is used once.
 * @module
 */
import { TacitError } from '../core/errors.js';
import { Domain, HashKeys } from '../gc/hash.js';
import { LABEL_BYTES } from '../gc/schedule.js';
import type { KernelModule } from '../kernels/module.js';
import { secretBytes } from '../platform/random.js';
import { bitOf, type CotReceiver, type CotSender } from './extension.js';
import { BATCH, extensionBytes } from './sizes.js';

/** Transfers under one hash key. */
const KEYED = 2048;
/** Where no second label is xored in. */
const NONE = 0;

/** The way to the other side: sends bytes, receives as many as expected. */
export interface Wire {
  send(bytes: Uint8Array): Promise<void>;
  receive(bytes: number): Promise<Uint8Array>;
}

/** The sender's side of a batch of n random transfers. */
export interface RandomPairs {
  readonly n: number;
  /** k_0 and k_1 of every transfer, 16 bytes each. */
  readonly keys: readonly [Uint8Array, Uint8Array];
}

/** The receiver's side. */
export interface RandomChoices {
  readonly n: number;
  /** x, packed: bit i in byte i / 8. */
  readonly choices: Uint8Array;
  /** k_x of every transfer, 16 bytes each. */
  readonly keys: Uint8Array;
}

/** Payload bytes of n random transfers: from the receiver to the sender, and back. */
export function randomOtBytes(k: number, n: number): readonly [number, number] {
  const batches = [...batchesOf(n)];
  return [batches.reduce((sum, size) => sum + extensionBytes(k, size, false), 0), batches.length * LABEL_BYTES];
}

/** Payload bytes that make n of them chosen: from the receiver to the sender, and back. */
export function chosenOtBytes(n: number): readonly [number, number] {
  return [Math.ceil(n / 8), 2 * n * LABEL_BYTES];
}

function* batchesOf(n: number): Generator<number> {
  for (; n > 0; n -= BATCH) yield Math.min(BATCH, n);
}

/**
 * n random transfers, batch by batch: the other side runs receiveRandom with the same n.
 * @throws TacitError BAD_FRAME where what comes has another length
 */
export async function* sendRandom(
  module: KernelModule,
  cot: CotSender,
  wire: Wire,
  n: number,
): AsyncGenerator<RandomPairs> {
  for (const size of batchesOf(n)) {
    const labels = new Uint8Array(size * LABEL_BYTES);
    cot.extend(size, labels, await wire.receive(extensionBytes(cot.state.k, size, false)), false);
    const start = secretBytes(LABEL_BYTES, 'ot/random-start');
    await wire.send(start);
    const [zero, one] = hashAll(module, start, labels, cot.delta);
    yield { n: size, keys: [zero!, one!] };
  }
}

/**
 * The other side of sendRandom.
 * @throws TacitError BAD_FRAME where what comes has another length
 */
export async function* receiveRandom(
  module: KernelModule,
  cot: CotReceiver,
  wire: Wire,
  n: number,
): AsyncGenerator<RandomChoices> {
  for (const size of batchesOf(n)) {
    const labels = new Uint8Array(size * LABEL_BYTES);
    const choices = new Uint8Array(Math.ceil(size / 8));
    await wire.send(cot.extend(size, labels, choices, false));
    const start = expectBytes('start', LABEL_BYTES, await wire.receive(LABEL_BYTES));
    yield { n: size, choices, keys: hashAll(module, start, labels)[0]! };
  }
}

/**
 * Spends a batch on one message of each pair.
 * @param messages s_0 and s_1 of every transfer, 16 bytes each
 * @throws TacitError BAD_FRAME where what comes has another length
 */
export async function sendChosen(
  { n, keys }: RandomPairs,
  wire: Wire,
  messages: readonly [Uint8Array, Uint8Array],
): Promise<void> {
  const bytes = n * LABEL_BYTES;
  const [correctionBytes, maskedBytes] = chosenOtBytes(n);
  for (const part of messages) expectOwn('messages', bytes, part);
  const flips = expectBytes('corrections', correctionBytes, await wire.receive(correctionBytes));
  const masked = new Uint8Array(maskedBytes);
  // e is uniform to the sender and public: an index may depend on it
  for (let at = 0; at < bytes; at++) {
    const flip = bitOf(flips, Math.floor(at / LABEL_BYTES));
    masked[at] = messages[0][at]! ^ keys[flip]![at]!;
    masked[bytes + at] = messages[1][at]! ^ keys[1 - flip]![at]!;
  }
  await wire.send(masked);
}

/**
 * The messages of its choice.
 * @param wanted c of every transfer, packed
 * @throws TacitError BAD_FRAME where what comes has another length
 */
export async function receiveChosen(
  { n, choices, keys }: RandomChoices,
  wire: Wire,
  wanted: Uint8Array,
): Promise<Uint8Array> {
  const bytes = n * LABEL_BYTES;
  const [correctionBytes, maskedBytes] = chosenOtBytes(n);
  expectOwn('choices', correctionBytes, wanted);
  await wire.send(choices.map((byte, i) => byte ^ wanted[i]!));
  const masked = expectBytes('messages', maskedBytes, await wire.receive(maskedBytes));
  return keys.map((key, at) => {
    const mask = -bitOf(wanted, Math.floor(at / LABEL_BYTES));
    const zero = masked[at]!;
    return key ^ zero ^ (mask & (zero ^ masked[bytes + at]!));
  });
}

/** H of every label and, where there is a Delta, H of every label xor Delta. */
function hashAll(module: KernelModule, start: Uint8Array, labels: Uint8Array, delta?: Uint8Array): Uint8Array[] {
  const { memory, exports } = module;
  const keys = new HashKeys(memory, start);
  const sides = delta ? 2 : 1;
  const hashes = Array.from({ length: sides }, () => new Uint8Array(labels.length));
  const block = memory.allocate((1 + KEYED * (1 + 2 * sides)) * LABEL_BYTES);
  const offset = block.pointer;
  const input = offset + LABEL_BYTES;
  const sigma = input + KEYED * LABEL_BYTES;
  const output = sigma + sides * KEYED * LABEL_BYTES;
  if (delta) memory.bytes.set(delta, offset);
  for (let at = 0; at < labels.length; at += KEYED * LABEL_BYTES) {
    const part = labels.subarray(at, at + KEYED * LABEL_BYTES);
    const n = part.length / LABEL_BYTES;
    memory.bytes.set(part, input);
    if (delta) exports.garblePrepare(input, NONE, 0, offset, sigma, n);
    else exports.evaluatePrepare(input, NONE, sigma, n);
    keys.encrypt(Domain.transfer, sigma, output, sides * n);
    exports.finishHash(sigma, output, sides * n);
    for (const [side, hash] of hashes.entries()) {
      const from = output + side * part.length;
      hash.set(memory.bytes.subarray(from, from + part.length), at);
    }
  }
  memory.clear(block);
  return hashes;
}

function expectBytes(what: string, expected: number, got: Uint8Array): Uint8Array {
  if (got.length === expected) return got;
  throw new TacitError('BAD_FRAME', `${what}: expected ${expected} bytes, got ${got.length}`);
}

function expectOwn(what: string, expected: number, got: Uint8Array): void {
  if (got.length !== expected) throw new RangeError(`${what}: expected ${expected} bytes, got ${got.length}`);
}
