/** What a party process is told by the launcher, and what it tells back, over the process's IPC channel. @module */

import type { Inference, PeakMemory, PhaseCost } from '../src/roles/client.js';
import type { DealerOptions } from '../src/roles/dealer.js';
import type { RoleOptions } from '../src/roles/options.js';
import type { PartyOptions } from '../src/roles/party.js';
import type { Failure } from './failure.js';

/** A role of the library, as a message: without what is told back. */
export type ComputeConfig = Omit<PartyOptions, 'onListening'>;
export type DealerConfig = DealerOptions & { readonly role: 'dealer' };

/** Infer: passes over the inputs, a bundle for each batch of each. */
export interface InferWork {
  readonly kind: 'infer';
  /** Reals, [count, ...input shape]. */
  readonly inputs: Float32Array;
  readonly count: number;
  readonly repeat: number;
  /** Have each bundle made while the one before is spent. */
  readonly background: boolean;
}

/** Have bundles made for later, until the parties' stores hold `count`. */
export interface PrepareWork {
  readonly kind: 'prepare';
  readonly count: number;
}

export interface ClientConfig extends RoleOptions {
  readonly role: 'client';
  readonly urls: readonly string[];
  readonly work: InferWork | PrepareWork;
}

export type PartyConfig = ComputeConfig | DealerConfig | ClientConfig;

/** One pass over all inputs, its batches added up. */
export interface Pass {
  readonly offline: PhaseCost;
  readonly online: PhaseCost;
  readonly uploadBytes: number;
  readonly downloadBytes: number;
  /** Bundles that the parties had in store, and that were made for this pass. */
  readonly stored: number;
  readonly made: number;
}

export interface ClientResult {
  /** Ring words of the first pass, [count, ...]. */
  readonly outputs: Uint32Array;
  /** Whether every pass gave the words of the first. */
  readonly repeatable: boolean;
  readonly setup: PhaseCost;
  /** Whether the parties held the model since an earlier session. */
  readonly resumed: boolean;
  readonly passes: readonly Pass[];
  /** Why a party keeps nothing for later runs, where it was to. */
  readonly full?: string | undefined;
  readonly peakMemoryBytes: PeakMemory;
}

export interface PrepareResult {
  readonly setup: PhaseCost;
  readonly resumed: boolean;
  /** Bundles that were there before. */
  readonly had: number;
  /** What each one that was made cost. */
  readonly made: readonly PhaseCost[];
  readonly peakMemoryBytes: PeakMemory;
}

export type PartyMessage =
  | { readonly type: 'listening'; readonly port: number }
  /** Of the client: all parties have the model. */
  | { readonly type: 'ready' }
  | {
      readonly type: 'progress';
      readonly phase: 'offline' | 'online';
      readonly batch: number;
      readonly fraction: number;
    }
  | { readonly type: 'result'; readonly result: ClientResult }
  | { readonly type: 'prepared'; readonly result: PrepareResult }
  | Failure;

export type Report = (message: PartyMessage) => void;

export type { Inference };
