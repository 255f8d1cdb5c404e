/** The garbler's online work: of each pair of labels, the one that stands for its bit. @module */
import type { Block } from '../kernels/memory.js';
import type { KernelModule } from '../kernels/module.js';
import { LABEL_BYTES } from './schedule.js';

export class LabelSelector {
  readonly #module: KernelModule;
  readonly #block: Block;

  /** @param capacityBytes the most bytes of labels at once */
  constructor(module: KernelModule, capacityBytes: number, delta: Uint8Array) {
    this.#module = module;
    this.#block = module.memory.allocate(LABEL_BYTES + capacityBytes);
    module.memory.bytes.set(delta, this.#block.pointer);
  }

  /** Where false labels belong, [value * width + bit][instance], to be filled in place. */
  labels(bytes: number): Uint8Array {
    const start = this.#block.pointer + LABEL_BYTES;
    return this.#module.memory.bytes.subarray(start, start + bytes);
  }

  /**
   * A view of the labels of the low `width` bits of every word, valid until the next use of this selector.
   * @param words [instance][value]
   */
  select(words: Uint32Array, width: number, wordsPerValue: number, n: number): Uint8Array {
    const { memory, exports } = this.#module;
    const values = words.length / (n * wordsPerValue);
    const delta = this.#block.pointer;
    memory.withScratch(() => {
      const pointer = memory.pointerTo(words);
      for (let wire = 0; wire < values * width; wire++) {
        const bit = wire % width;
        const offset = (Math.floor(wire / width) * wordsPerValue + (bit >>> 5)) * 4;
        const slot = delta + LABEL_BYTES + wire * n * LABEL_BYTES;
        exports.selectLabels(slot, pointer + offset, values * wordsPerValue * 4, bit & 31, delta, slot, n);
      }
    });
    return this.labels(values * width * n * LABEL_BYTES);
  }

  /** Gives the memory back, cleared. */
  dispose(): void {
    this.#module.memory.clear(this.#block);
  }
}
