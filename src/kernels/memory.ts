/**
 * The WASM module's linear memory and the two ways to have a piece of it.
 *
 * The memory never grows, so that a view of it never detaches; pages that were never touched cost nothing. Long-lived blocks
 * (resident weights, wire labels) come from `allocate`, and go back with `free`; what one synchronous kernel call needs comes
 * from `scratch`, a stack that `withScratch` unwinds, and `withSecrets` clears.
 *
 * A shared memory can be imported by one instance of the module in each of several threads. Its first thread has all of it and lends blocks;
 * a thread that was lent a block has in it a KernelMemory of its own (`within`), so that no two threads ever allocate from the same addresses.
 * @module
 */
import { TacitError } from '../core/errors.js';

const PAGE = 65_536;
const ALIGN = 64;
const ZEROS: Uint8Array = new Uint8Array(PAGE);

/** A piece of kernel memory: byte offset and length. */
export interface Block {
  readonly pointer: number;
  readonly bytes: number;
}

export class KernelMemory {
  readonly memory: WebAssembly.Memory;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  /** Free pieces below #bottom, by address; no two touch. */
  readonly #gaps: Block[] = [];
  readonly #shared: boolean;
  #bottom: number;
  #top: number;
  /** How far down scratch has come inside `withSecrets`. */
  #lowest: number;

  /** The part [bottom, top) of `memory`: scratch grows down from its end, blocks up from its start. */
  private constructor(memory: WebAssembly.Memory, bottom: number, top: number) {
    this.memory = memory;
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
    this.#shared = !(memory.buffer instanceof ArrayBuffer);
    this.#bottom = bottom;
    this.#top = top;
    this.#lowest = top;
  }

  /**
   * A fresh memory, free from `firstFree` on.
   * @param reserveBytes address space to reserve (not to touch)
   * @param shared whether threads may import it: its views are then views of a SharedArrayBuffer
   * @throws TacitError OUT_OF_MEMORY where the system does not give it
   */
  static reserve(reserveBytes: number, firstFree: number, shared = false): KernelMemory {
    const pages = Math.ceil(reserveBytes / PAGE);
    return new KernelMemory(reserved(pages, shared), Math.ceil(firstFree / PAGE) * PAGE, pages * PAGE);
  }

  /** A block of a memory as a memory of its own. */
  static within(memory: WebAssembly.Memory, { pointer, bytes }: Block): KernelMemory {
    return new KernelMemory(memory, pointer, pointer + bytes);
  }

  /** A long-lived block, from the first gap that is large enough, else from the end. Not cleared. */
  allocate(bytes: number): Block {
    const size = Math.ceil(Math.max(bytes, 1) / ALIGN) * ALIGN;
    const at = this.#gaps.findIndex((gap) => gap.bytes >= size);
    if (at >= 0) {
      const { pointer, bytes: room } = this.#gaps[at]!;
      this.#gaps.splice(at, 1, ...(room > size ? [{ pointer: pointer + size, bytes: room - size }] : []));
      return { pointer, bytes: size };
    }
    const pointer = this.#bottom;
    if (pointer + size > this.#top) throw this.#exhausted(size);
    this.#bottom += size;
    return { pointer, bytes: size };
  }

  /** Gives a block back; it joins the gaps beside it. */
  free({ pointer, bytes }: Block): void {
    const after = this.#gaps.findIndex((gap) => gap.pointer > pointer);
    const at = after < 0 ? this.#gaps.length : after;
    this.#gaps.splice(at, 0, { pointer, bytes });
    this.#join(at);
    this.#join(at - 1);
    const last = this.#gaps[this.#gaps.length - 1]!;
    if (last.pointer + last.bytes === this.#bottom) {
      this.#gaps.pop();
      this.#bottom = last.pointer;
    }
  }

  /** Joins gap `at` with the next one, where they touch. */
  #join(at: number): void {
    const gap = this.#gaps[at];
    const next = this.#gaps[at + 1];
    if (gap && next && gap.pointer + gap.bytes === next.pointer) {
      this.#gaps.splice(at, 2, { pointer: gap.pointer, bytes: gap.bytes + next.bytes });
    }
  }

  /** The bytes of a block, in place. */
  view({ pointer, bytes }: Block): Uint8Array {
    return this.bytes.subarray(pointer, pointer + bytes);
  }

  /** Clears `bytes` bytes. Over a shared memory `fill` goes byte by byte, at a tenth of the speed of a copy. */
  zero(pointer: number, bytes: number): void {
    const end = pointer + bytes;
    if (!this.#shared) this.bytes.fill(0, pointer, end);
    else for (let at = pointer; at < end; at += PAGE) this.bytes.set(ZEROS.subarray(0, end - at), at);
  }

  /** Clears a block and gives it back. */
  clear(block: Block): void {
    this.zero(block.pointer, block.bytes);
    this.free(block);
  }

  /** Runs `body` (synchronous); every `scratch` inside is given back when it ends. */
  withScratch<T>(body: () => T): T {
    const top = this.#top;
    try {
      return body();
    } finally {
      this.#top = top;
    }
  }

  /** `withScratch` for secrets: all scratch inside, that of calls in it too, is cleared when it ends. */
  withSecrets<T>(body: () => T): T {
    const top = this.#top;
    const outer = this.#lowest;
    this.#lowest = top;
    try {
      return this.withScratch(body);
    } finally {
      // a block may have been allocated where scratch was
      const from = Math.max(this.#lowest, this.#bottom);
      if (from < top) this.zero(from, top - from);
      this.#lowest = Math.min(outer, this.#lowest);
    }
  }

  /** The byte offset of a scratch block, valid until the enclosing `withScratch` ends. Not cleared. */
  scratch(bytes: number): number {
    const pointer = Math.floor((this.#top - bytes) / ALIGN) * ALIGN;
    if (pointer < this.#bottom) throw this.#exhausted(bytes);
    this.#top = pointer;
    this.#lowest = Math.min(this.#lowest, pointer);
    return pointer;
  }

  /** The offset of `words` if they lie in this memory, else of a scratch copy. Call inside `withScratch`. */
  pointerTo(words: Uint32Array): number {
    if (words.buffer === this.memory.buffer) return words.byteOffset;
    const pointer = this.scratch(words.byteLength);
    this.words.set(words, pointer >>> 2);
    return pointer;
  }

  /** A fresh copy of `count` words at `pointer`. */
  copyOut(pointer: number, count: number): Uint32Array {
    return this.words.slice(pointer >>> 2, (pointer >>> 2) + count);
  }

  #exhausted(bytes: number): TacitError {
    return new TacitError(
      'OUT_OF_MEMORY',
      `expected ${bytes} bytes of kernel memory, got ${this.#top - this.#bottom} left of ${this.bytes.length}. Use a smaller batch`,
    );
  }
}

/** The engine reserves more addresses than the pages have, so that it need not check bounds: a limit on them is met long before one on memory. */
function reserved(pages: number, shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  } catch (cause) {
    throw new TacitError(
      'OUT_OF_MEMORY',
      `expected ${(pages * PAGE) / 2 ** 20} MiB of address space for the kernels, the system gives none. Raise its limit (ulimit -v)`,
      { facts: { bytes: pages * PAGE }, cause },
    );
  }
}
