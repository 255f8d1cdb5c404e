/** The platform in a page or its workers: no request is made, and no code but WebAssembly is compiled (CSP: 'wasm-unsafe-eval'). @module */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { KernelKind, Thread, ThreadListener } from './platform.js';
import { type Memory, memoryBy, nativeTransfer } from './release.js';

export { wasmBlockCipher as blockCipher, wasmCounterStream as counterStream } from './aes.js';

/** What getRandomValues gives at once. */
const DRAW_BYTES = 65_536;

export function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at += DRAW_BYTES) crypto.getRandomValues(bytes.subarray(at, at + DRAW_BYTES));
  return bytes;
}

const memory: Memory = memoryBy(nativeTransfer());
export const room: Memory['room'] = memory.room;
export const release: Memory['release'] = memory.release;

export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(sha256, key, message);
}

const tasks: (() => void)[] = [];
let ticks: MessageChannel | undefined;

/** By a message, as timers wait 4 ms where they are nested. */
export function soon(task: () => void): void {
  if (!ticks) {
    ticks = new MessageChannel();
    ticks.port1.onmessage = () => tasks.shift()?.();
  }
  tasks.push(task);
  ticks.port2.postMessage(undefined);
}

export function turn(): Promise<void> {
  return new Promise(soon);
}

export function idleTimer(task: () => void, ms: number): () => void {
  const timer = setTimeout(task, ms);
  return () => clearTimeout(timer);
}

export function kernelCode(kind: KernelKind): WebAssembly.Module {
  throw new Error(
    `expected the kernels (${kind}) to be handed over, found none. Compile them and call provideKernelCode`,
  );
}

/** The first message is the thread's data. */
export function startThread(entry: URL, data: unknown, { message, ended }: ThreadListener): Thread {
  const worker = new Worker(entry, { type: 'module' });
  worker.onmessage = (event) => message(event.data);
  worker.onerror = (event) => ended(event.message);
  worker.postMessage(data);
  return {
    post: (task) => worker.postMessage(task),
    // a page stays as long as it is shown
    await: () => {},
    terminate: async () => worker.terminate(),
  };
}

export function serveThread(serve: (data: unknown) => (message: unknown) => unknown): void {
  let answer: ((message: unknown) => unknown) | undefined;
  addEventListener('message', ({ data }: MessageEvent) => {
    if (answer) postMessage(answer(data));
    else answer = serve(data);
  });
}

export function processorCount(): number {
  return navigator.hardwareConcurrency;
}

/** Pages are not told. */
export function peakMemoryBytes(): number {
  return 0;
}
