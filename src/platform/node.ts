/** The platform in Node: node:crypto's AES, which uses the processor's. @module */
import { createCipheriv, createHmac, randomBytes as drawBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { BlockCipher, CounterStream, KernelKind, Thread, ThreadListener } from './platform.js';
import { type Memory, memoryBy, nativeTransfer, type Transfer } from './release.js';

/** Encrypted at once: a larger buffer leaves the processor's cache, and comes from fresh pages. */
const ZEROS = new Uint8Array(65_536);

/** From src/platform in a checkout and from dist/src/platform in a package. */
const FOLDERS = ['../../dist/', '../../'];

const FILES: Readonly<Record<KernelKind, string>> = { own: 'kernels.wasm', shared: 'kernels-shared.wasm' };

export function randomBytes(count: number): Uint8Array {
  return new Uint8Array(drawBytes(count));
}

/** Node 20 has it behind a flag that a new context heeds. */
function findTransfer(): Transfer | undefined {
  const native = nativeTransfer();
  if (native) return native;
  setFlagsFromString('--harmony-rab-gsab-transfer');
  return runInNewContext('ArrayBuffer.prototype.transfer') as Transfer | undefined;
}

const memory: Memory = memoryBy(findTransfer());
export const room: Memory['room'] = memory.room;
export const release: Memory['release'] = memory.release;

export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(message).digest());
}

export function counterStream(key: Uint8Array, counter: Uint8Array): CounterStream {
  const cipher = createCipheriv('aes-128-ctr', key, counter);
  return {
    fill: (out) => {
      for (let offset = 0; offset < out.length; offset += ZEROS.length) {
        const length = Math.min(ZEROS.length, out.length - offset);
        const stream = cipher.update(length === ZEROS.length ? ZEROS : ZEROS.subarray(0, length));
        out.set(stream, offset);
        release(stream);
      }
    },
  };
}

export function blockCipher(key: Uint8Array): BlockCipher {
  const cipher = createCipheriv('aes-128-ecb', key, null);
  return {
    encrypt: (input, output) => {
      const encrypted = cipher.update(input);
      output.set(encrypted);
      release(encrypted);
    },
  };
}

export function soon(task: () => void): void {
  setImmediate(task);
}

export function turn(): Promise<void> {
  return new Promise(soon);
}

export function idleTimer(task: () => void, ms: number): () => void {
  const timer = setTimeout(task, ms).unref();
  return () => clearTimeout(timer);
}

export function kernelCode(kind: KernelKind): WebAssembly.Module {
  for (const folder of FOLDERS) {
    try {
      return new WebAssembly.Module(readFileSync(new URL(folder + FILES[kind], import.meta.url)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`expected dist/${FILES[kind]}, found none. Run: npm run build`);
}

export function startThread(entry: URL, data: unknown, { message, ended }: ThreadListener): Thread {
  const worker = new Worker(entry, { workerData: data });
  worker.on('message', message);
  worker.on('error', (error) => ended(error.message));
  worker.on('exit', (code) => ended(`exit code ${code}`));
  worker.unref();
  return {
    post: (task) => worker.postMessage(task),
    await: (answer) => (answer ? worker.ref() : worker.unref()),
    terminate: async () => void (await worker.terminate()),
  };
}

export function serveThread(serve: (data: unknown) => (message: unknown) => unknown): void {
  if (isMainThread || parentPort === null) throw new Error('expected to be a thread of a pool');
  const port = parentPort;
  const answer = serve(workerData);
  port.on('message', (message) => port.postMessage(answer(message)));
}

export function processorCount(): number {
  return availableParallelism();
}

/** What getrusage says of a forked process starts with its parent's size, so Linux's own count comes first. */
export function peakMemoryBytes(): number {
  try {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (kibibytes) return Number(kibibytes) * 1024;
  } catch {
    // no /proc here
  }
  return process.resourceUsage().maxRSS * 1024;
}
