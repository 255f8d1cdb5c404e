/** AES-128 by WebAssembly, synchronous: WebCrypto answers later, which a stream inside arithmetic cannot wait for. See assembly/aes.ts. @module */
import { AES_CODE } from './aes-code.js';
import type { BlockCipher, CounterStream } from './platform.js';

const BLOCK_BYTES = 16;
const DATA_BYTES = 65_536;
const ROUND_KEY_BYTES = 11 * BLOCK_BYTES;

interface AesExports {
  readonly memory: WebAssembly.Memory;
  readonly ROUND_KEYS: WebAssembly.Global;
  readonly COUNTER: WebAssembly.Global;
  readonly DATA: WebAssembly.Global;
  expandKey(): void;
  encryptBlocks(blocks: number): void;
  streamBlocks(blocks: number): void;
}

/** One instance serves all ciphers of a thread: each call brings its round keys, and leaves nothing. */
class Aes {
  readonly #exports: AesExports;
  readonly #memory: Uint8Array;
  readonly #roundKeys: Uint8Array;
  readonly #counter: Uint8Array;
  readonly #data: Uint8Array;

  constructor() {
    const code = Uint8Array.from(atob(AES_CODE), (character) => character.charCodeAt(0));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
    this.#exports = exports as object as AesExports;
    this.#memory = new Uint8Array(this.#exports.memory.buffer);
    this.#roundKeys = this.#at(this.#exports.ROUND_KEYS, ROUND_KEY_BYTES);
    this.#counter = this.#at(this.#exports.COUNTER, BLOCK_BYTES);
    this.#data = this.#at(this.#exports.DATA, DATA_BYTES);
  }

  #at({ value }: WebAssembly.Global, bytes: number): Uint8Array {
    return this.#memory.subarray(value, value + bytes);
  }

  expand(key: Uint8Array): Uint8Array {
    if (key.length !== BLOCK_BYTES) throw new RangeError(`AES: expected a key of 16 bytes, got ${key.length}`);
    this.#roundKeys.set(key);
    this.#exports.expandKey();
    const roundKeys = this.#roundKeys.slice();
    this.#roundKeys.fill(0);
    return roundKeys;
  }

  encrypt(roundKeys: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    if (input.length % BLOCK_BYTES !== 0) throw new RangeError(`AES: expected whole blocks, got ${input.length} bytes`);
    this.#roundKeys.set(roundKeys);
    for (let at = 0; at < input.length; at += DATA_BYTES) {
      const piece = input.subarray(at, at + DATA_BYTES);
      this.#data.set(piece);
      this.#exports.encryptBlocks(piece.length / BLOCK_BYTES);
      output.set(this.#data.subarray(0, piece.length), at);
    }
    this.#clear(input.length);
  }

  /** Whole blocks of key stream into `out`; `counter` goes on. */
  stream(roundKeys: Uint8Array, counter: Uint8Array, out: Uint8Array): void {
    this.#roundKeys.set(roundKeys);
    this.#counter.set(counter);
    for (let at = 0; at < out.length; at += DATA_BYTES) {
      const bytes = Math.min(DATA_BYTES, out.length - at);
      this.#exports.streamBlocks(bytes / BLOCK_BYTES);
      out.set(this.#data.subarray(0, bytes), at);
    }
    counter.set(this.#counter);
    this.#clear(out.length);
  }

  #clear(bytes: number): void {
    this.#roundKeys.fill(0);
    this.#data.fill(0, 0, bytes);
  }
}

let shared: Aes | undefined;

function aes(): Aes {
  shared ??= new Aes();
  return shared;
}

export function wasmBlockCipher(key: Uint8Array): BlockCipher {
  const roundKeys = aes().expand(key);
  return { encrypt: (input, output) => aes().encrypt(roundKeys, input, output) };
}

export function wasmCounterStream(key: Uint8Array, counter: Uint8Array): CounterStream {
  const roundKeys = aes().expand(key);
  const next = counter.slice();
  /** The last block of the stream, of which `left` bytes are not yet taken. */
  const last = new Uint8Array(BLOCK_BYTES);
  let left = 0;
  const fill = (out: Uint8Array): void => {
    const head = Math.min(left, out.length);
    out.set(last.subarray(BLOCK_BYTES - left, BLOCK_BYTES - left + head));
    left -= head;
    const whole = head + Math.floor((out.length - head) / BLOCK_BYTES) * BLOCK_BYTES;
    aes().stream(roundKeys, next, out.subarray(head, whole));
    if (whole === out.length) return;
    aes().stream(roundKeys, next, last);
    left = BLOCK_BYTES - (out.length - whole);
    out.set(last.subarray(0, BLOCK_BYTES - left), whole);
  };
  return { fill };
}
