/** What the offline phase, and large products of the online phase, ask of the threads of a pool, by name. The threads' side is in thread.ts. @module */
import type { Conv2d } from '../core/linear-map.js';
import type { RingBits } from '../core/ring.js';
import type { Block } from '../kernels/memory.js';
import type { KernelModule } from '../kernels/module.js';
import type { Pool } from '../kernels/pool.js';
import type { Batch } from '../ot/extension.js';
import type { Part } from '../ot/pieces.js';
import type { SilentJobs } from '../ot/silent/jobs.js';
import type { Seed } from '../platform/random.js';
import type { GarbledStep } from '../steps/two.js';
import type { MultiplyingStep } from './cross-term-sizes.js';
import type { HeJobs } from './triples/he/jobs.js';

/** Arguments are plain values, which a thread gets copies of; blocks lie in shared kernel memory. */
export interface OfflineJobs extends HeJobs, SilentJobs {
  readonly extend: (module: KernelModule, args: ExtendArgs) => Extended;
  readonly convolve: (module: KernelModule, args: ConvolveArgs) => void;
  readonly garble: (module: KernelModule, args: GarbleArgs) => GarbledChunk;
  readonly sendPart: (module: KernelModule, args: SendPartArgs) => Block;
  readonly receivePart: (module: KernelModule, args: ReceivePartArgs) => void;
}

export type OfflinePool = Pool<OfflineJobs>;

/** One side of one batch of an OT extension. */
export interface ExtendArgs {
  /** Names the keys to threads that have met them. */
  readonly id: number;
  readonly k: number;
  readonly keys: Uint8Array;
  readonly batch: Batch;
  readonly chosen: boolean;
  readonly receiver?: { readonly choices: Uint8Array };
  readonly sender?: { readonly delta: Uint8Array; readonly message: Uint8Array };
}

/** A part of a product by a linear map: where its operand lies, the weights, and where the result goes. */
export interface ConvolveArgs {
  readonly bits: RingBits;
  readonly map: Conv2d;
  readonly batch: number;
  readonly input: Block;
  readonly weights: Block;
  readonly output: Block;
}

/** Where labels and message lie, and the choices. */
export interface Extended {
  readonly labels: Block;
  readonly message: Block;
  readonly choices: Uint8Array;
}

/** Where the labels of party 1's r come from: its seed, or transfers that left them in kernel memory. */
export type MaskSource = { readonly evaluatorSeed: Seed } | { readonly labels: Block };

/** One chunk of a step to garble. */
export interface GarbleArgs {
  readonly bits: RingBits;
  readonly step: GarbledStep;
  readonly seed: Seed;
  readonly delta: Uint8Array;
  readonly chunk: number;
  readonly share: Uint32Array;
  readonly source: MaskSource;
}

/** Where its tables lie, and what corrects party 1's share. */
export interface GarbledChunk {
  readonly segments: Block[];
  readonly correction: Uint32Array;
}

/** One part of a cross term; labels begin with those of the part's first element. */
interface PartArgs {
  readonly bits: RingBits;
  readonly batch: number;
  readonly step: MultiplyingStep;
  readonly part: Part;
  readonly labels: Block;
  /** Where the share is added up. */
  readonly share: Block;
}

export interface SendPartArgs extends PartArgs {
  readonly start: Uint8Array;
  readonly delta: Uint8Array;
  readonly operand: Block;
}

export interface ReceivePartArgs extends PartArgs {
  /** From the part's first element on. */
  readonly choices: Uint32Array;
}
