/** Arrays cut into parts of at most 1 MiB, which is what a store writes at once, and arrays put together again. @module */

const MAX_PART: number = 1024 * 1024;

/** Pieces of `bytes`, without a copy; an empty array has none. */
export function* cut(bytes: Uint8Array): Generator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += MAX_PART) yield bytes.subarray(offset, offset + MAX_PART);
}

/** Reads arrays of known lengths from parts, in order, and holds no part longer than needed. An array that came as one part is that part. */
export class PartReader {
  readonly #left: Uint8Array[];

  constructor(parts: readonly Uint8Array[]) {
    this.#left = [...parts].reverse();
  }

  /** The next part, whatever its length. */
  part(): Uint8Array {
    const part = this.#left.pop();
    if (part === undefined) throw new RangeError('expected another part, got no more');
    return part;
  }

  /** @throws RangeError where the parts are not `length` bytes */
  bytes(length: number): Uint8Array {
    if (length === 0) return new Uint8Array();
    if (length <= MAX_PART) return exactly(this.part(), length);
    const whole = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += MAX_PART) {
      whole.set(exactly(this.part(), Math.min(MAX_PART, length - offset)), offset);
    }
    return whole;
  }

  /** @throws RangeError where the parts are not `length` bytes */
  words(length: number): Uint32Array {
    const bytes = this.bytes(length);
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    return new Uint32Array(aligned.buffer, aligned.byteOffset, length / 4);
  }

  /** @throws RangeError where parts are left */
  end(): void {
    if (this.#left.length > 0) throw new RangeError(`expected no more parts, got ${this.#left.length}`);
  }
}

function exactly(part: Uint8Array, length: number): Uint8Array {
  if (part.length !== length) throw new RangeError(`expected a part of ${length} bytes, got ${part.length}`);
  return part;
}
