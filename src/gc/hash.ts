/**
 * The garbling hash's keys: AES-128 re-keyed for every (gate, half, chunk).
 *
 * Keys are a start point that the evaluator cannot foresee, one for each chunk, xor a counter and a domain. Guo, Katz, Wang, Weng, Yu,
 * CRYPTO 2020 (multi-instance security; re-keying). At most 2^12 hashes under one key.
 * @module
 */
import { blockCipher } from '#platform';
import type { KernelMemory } from '../kernels/memory.js';
import { LABEL_BYTES } from './schedule.js';

/** Disjoint key sets for AND gates, words out of labels, the pads of products by oblivious transfer, the keys of random transfers, and pads of masked bits. */
export const Domain = { and: 1, project: 2, gilboa: 3, transfer: 4, bits: 5 } as const;
type Domain = (typeof Domain)[keyof typeof Domain];

export class HashKeys {
  readonly #memory: KernelMemory;
  readonly #key: Uint8Array;
  readonly #view: DataView;
  readonly #start: DataView;
  #counter = 0;

  /** @param start 16 public bytes */
  constructor(memory: KernelMemory, start: Uint8Array) {
    if (start.length !== LABEL_BYTES) throw new RangeError(`start: expected ${LABEL_BYTES} bytes, got ${start.length}`);
    this.#memory = memory;
    this.#key = start.slice();
    this.#view = new DataView(this.#key.buffer);
    this.#start = new DataView(start.slice().buffer);
  }

  /** AES under the next key of the domain: `blocks` blocks from kernel memory at `input` to `output`. */
  encrypt(domain: Domain, input: number, output: number, blocks: number): void {
    this.#view.setUint32(0, this.#start.getUint32(0) ^ this.#counter++);
    this.#view.setUint32(12, this.#start.getUint32(12) ^ domain);
    const { bytes } = this.#memory;
    const length = blocks * LABEL_BYTES;
    blockCipher(this.#key).encrypt(bytes.subarray(input, input + length), bytes.subarray(output, output + length));
  }
}
