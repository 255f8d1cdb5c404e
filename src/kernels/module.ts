/** Loads the compiled AssemblyScript module over a memory: one of its own, or one that threads share. @module */
import { kernelCode } from '#platform';
import type { KernelKind } from '../platform/platform.js';
import type { BooleanExports } from './boolean.js';
import type { LabelExports } from './labels.js';
import { type Block, KernelMemory } from './memory.js';
import type { NttExports } from './ntt.js';
import type { OtExports } from './ot.js';
import type { RingExports } from './ring-operations.js';
import type { SilentExports } from './silent.js';

/** Address space of a process's kernel memory: what its weights, and the tensors and circuits of one step, have to fit in. */
export const KERNEL_BYTES: number = 1024 ** 3;
/** Static data of the module lies below this address. */
const FIRST_FREE = 65_536;

export interface KernelModule {
  readonly memory: KernelMemory;
  readonly exports: RingExports & LabelExports & OtExports & SilentExports & BooleanExports & NttExports;
}

const compiled: Partial<Record<KernelKind, WebAssembly.Module>> = {};

/** Hands over what a page has compiled, once for all instances: only Node finds the module by itself. */
export function provideKernelCode(kind: KernelKind, code: WebAssembly.Module): void {
  compiled[kind] = code;
}

/** The same code twice: a module says in advance whether the memory that it imports is shared. */
function codeOf(kind: KernelKind): WebAssembly.Module {
  compiled[kind] ??= kernelCode(kind);
  return compiled[kind];
}

/**
 * A fresh instance over a memory of its own. The compiled code is shared by all instances.
 * @param shared whether worker threads may use the memory too (kernels/pool.ts); a page that is not cross-origin isolated has no such memory
 */
export function loadKernelModule(reserveBytes: number = KERNEL_BYTES, shared = false): KernelModule {
  const memory = KernelMemory.reserve(reserveBytes, FIRST_FREE, shared);
  return { memory, exports: instantiate(codeOf(shared ? 'shared' : 'own'), memory.memory) };
}

/** An instance over the memory of another thread's; what it may use of it is `within` a block that it was lent. */
export function joinKernelModule(memory: WebAssembly.Memory): (block: Block) => KernelModule {
  const exports = instantiate(codeOf('shared'), memory);
  return (block) => ({ memory: KernelMemory.within(memory, block), exports });
}

function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelModule['exports'] {
  const abort = (): never => {
    throw new Error('the kernel module aborted');
  };
  return new WebAssembly.Instance(module, { env: { memory, abort } }).exports as unknown as KernelModule['exports'];
}
