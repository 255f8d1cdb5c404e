/** Loads the compiled AssemblyScript module over a memory: one of its own, or one that threads share. @module */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BooleanExports } from './boolean.js';
import type { LabelExports } from './labels.js';
import { type Block, KernelMemory } from './memory.js';
import type { OtExports } from './ot.js';
import type { RingExports } from './ring-operations.js';

const DEFAULT_RESERVE = 1024 ** 3;
/** Static data of the module lies below this address. */
const FIRST_FREE = 65_536;

export interface KernelModule {
  readonly memory: KernelMemory;
  readonly exports: RingExports & LabelExports & OtExports & BooleanExports;
}

/** From src/kernels in a checkout and from dist/src/kernels in a package. */
const FOLDERS = ['../../dist/', '../../'];

/** The same code twice: a module says in advance whether the memory that it imports is shared. */
const FILES = { own: 'kernels.wasm', shared: 'kernels-shared.wasm' } as const;

const compiled: Partial<Record<keyof typeof FILES, WebAssembly.Module>> = {};

function compile(kind: keyof typeof FILES): WebAssembly.Module {
  for (const folder of FOLDERS) {
    try {
      return new WebAssembly.Module(readFileSync(fileURLToPath(new URL(folder + FILES[kind], import.meta.url))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`expected dist/${FILES[kind]}, found none. Run: npm run build`);
}

/**
 * A fresh instance over a memory of its own. The compiled code is shared by all instances.
 * @param shared whether worker threads may use the memory too (kernels/pool.ts); a page that is not cross-origin isolated has no such memory
 */
export function loadKernelModule(reserveBytes: number = DEFAULT_RESERVE, shared = false): KernelModule {
  const memory = KernelMemory.reserve(reserveBytes, FIRST_FREE, shared);
  const kind = shared ? 'shared' : 'own';
  compiled[kind] ??= compile(kind);
  return { memory, exports: instantiate(compiled[kind], memory.memory) };
}

/** An instance over the memory of another thread's; what it may use of it is `within` a block that it was lent. */
export function joinKernelModule(memory: WebAssembly.Memory): (block: Block) => KernelModule {
  const exports = instantiate(compile('shared'), memory);
  return (block) => ({ memory: KernelMemory.within(memory, block), exports });
}

function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelModule['exports'] {
  const abort = (): never => {
    throw new Error('the kernel module aborted');
  };
  return new WebAssembly.Instance(module, { env: { memory, abort } }).exports as unknown as KernelModule['exports'];
}
