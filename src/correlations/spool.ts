/** Where the arrays of a bundle wait between the phases: here in memory; src/store has files. @module */

/** Bytes of bundles that a party keeps in memory; others wait in files. */
export const BUNDLE_MEMORY: number = 64 * 1024 * 1024;

export interface Spool {
  /**
   * Takes an array over: nothing else may use it from here on. Resolves when the next may come.
   * @returns the number to ask for it by
   */
  append(array: Uint8Array): Promise<number>;
  /** Gives an array out, once. */
  take(part: number): Promise<Uint8Array>;
  /** Bytes of memory that what was appended takes. */
  readonly memoryBytes: number;
  /** @throws TacitError STORE_FULL where there was no room for what was appended */
  finish(): Promise<void>;
  /** Forgets everything. */
  discard(): Promise<void>;
}

export class MemorySpool implements Spool {
  readonly #parts: (Uint8Array | undefined)[] = [];
  #bytes = 0;

  get memoryBytes(): number {
    return this.#bytes;
  }

  async append(array: Uint8Array): Promise<number> {
    this.#bytes += array.length;
    return this.#parts.push(array) - 1;
  }

  async take(part: number): Promise<Uint8Array> {
    const array = this.#parts[part];
    if (array === undefined) throw new Error(`spool: part ${part} is gone`);
    this.#parts[part] = undefined;
    this.#bytes -= array.length;
    return array;
  }

  async finish(): Promise<void> {}

  async discard(): Promise<void> {
    this.#parts.length = 0;
    this.#bytes = 0;
  }
}
