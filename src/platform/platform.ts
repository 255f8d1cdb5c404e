/**
 * What the code needs of the place where it runs. `#platform` is node.ts, or browser.ts in a bundle for pages (package.json, `imports`): nothing
 * else in the library asks where it is, beside the files of stores and models, and sockets.
 * @module
 */

/** AES-128 in counter mode (SP 800-38A), one stream from its start on. */
export interface CounterStream {
  /** Fills `out` with the next piece of the stream. */
  fill(out: Uint8Array): void;
}

/** AES-128 under one key (FIPS 197). */
export interface BlockCipher {
  /** Encrypts each block of `input` to `output`, of the same length; they may be the same bytes. */
  encrypt(input: Uint8Array, output: Uint8Array): void;
}

/** A worker thread, as the thread that started it sees it. It keeps no process alive that has nothing to wait for. */
export interface Thread {
  post(message: unknown): void;
  /** Whether an answer is awaited: then the process stays. */
  await(answer: boolean): void;
  /** Resolves when the thread can do nothing any more. */
  terminate(): Promise<void>;
}

export interface ThreadListener {
  readonly message: (message: unknown) => void;
  /** The thread is gone, or failed; may be called more than once. */
  readonly ended: (how: string) => void;
}

/** The kernels for a memory of one thread, and for a memory that threads share. */
export type KernelKind = 'own' | 'shared';

export interface Platform {
  /** Bytes of the CSPRNG. Only random.ts draws them. */
  randomBytes(count: number): Uint8Array;

  /** FIPS 198-1. */
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array;

  /** @param key 16 bytes @param counter 16 bytes, the first block's */
  counterStream(key: Uint8Array, counter: Uint8Array): CounterStream;

  /** @param key 16 bytes */
  blockCipher(key: Uint8Array): BlockCipher;

  /** Memory for bulk, not cleared; `release` gives it back, to be used again. */
  room(bytes: number): Uint8Array<ArrayBuffer>;

  /**
   * Frees the memory behind `bytes`, if they are all of it but perhaps a frame's header: nothing may use them, or another view of the same buffer,
   * from here on. A view of a part of a buffer is left to the garbage collector, since others may read the rest.
   */
  release(bytes: Uint8Array): void;

  /** Runs `task` when what waits in the event loop has had its turn. */
  soon(task: () => void): void;

  /** Lets the event loop turn between two pieces of work: pings are answered, frames leave. */
  turn(): Promise<void>;

  /**
   * Runs `task` in `ms` ms; keeps no process alive that has nothing else to wait for.
   * @returns how to stop it
   */
  idleTimer(task: () => void, ms: number): () => void;

  /** @throws Error where it was not built, or not handed over */
  kernelCode(kind: KernelKind): WebAssembly.Module;

  /** @param entry the module that the thread runs: it calls serveThread @param data given to it there */
  startThread(entry: URL, data: unknown, listener: ThreadListener): Thread;

  /** In a thread: answers each message, in order. `serve` takes the data that the thread was started with. */
  serveThread(serve: (data: unknown) => (message: unknown) => unknown): void;

  processorCount(): number;

  /** The largest resident size of this process so far, 0 where the platform does not tell. */
  peakMemoryBytes(): number;
}
