/** What the protocols work with: arguments, never globals. @module */
import type { RingBits } from '../core/ring.js';
import type { Public, Share } from '../core/secret.js';
import type { Kernels } from '../kernels/kernels.js';
import type { KernelModule } from '../kernels/module.js';
import type { Extending } from '../ot/kinds.js';
import type { Seed } from '../platform/random.js';
import type { Party } from '../steps/two.js';
import type { Bundle } from './bundle.js';
import type { TransferReceiver, TransferSender } from './cot-threads.js';
import type { OfflinePool } from './jobs.js';
import type { HeSession } from './triples/he/session.js';

/** The arithmetic of one process. */
export interface Arithmetic {
  readonly bits: RingBits;
  readonly kernels: Kernels;
  readonly module: KernelModule;
  /** Threads for bulk work over the same kernel memory; without them it is done here. */
  readonly pool?: OfflinePool;
}

/** Sends bytes of a step; resolves when more may be sent. */
export interface Sender {
  send(step: number, bytes: Public<Uint8Array>): Promise<void>;
}

/** Receives exactly as many bytes as the plan says. */
export interface Receiver {
  receive(step: number, bytes: number): Promise<Uint8Array>;
  receiveWords(step: number, words: number): Promise<Uint32Array>;
}

/** One party's share of a linear step's weights and bias, and the opening F = W - B of a dealer's B. */
export interface SharedWeights {
  readonly weights: Share<Uint32Array>;
  readonly bias: Share<Uint32Array>;
  /** Where a dealer makes the triples. */
  readonly opened?: Uint32Array;
}

/** One party's share of a model, opened for use. */
export interface SharedModel {
  readonly layers: ReadonlyMap<number, SharedWeights>;
  /** Known to both parties, not to the client: re-randomises the shares of outputs. */
  readonly revealSeed: Seed;
}

/** Party 0's shares that are known before the input is there, by tensor. */
export type KnownShares = Map<number, Share<Uint32Array>>;

/** The dealer at work on one bundle. It knows both seeds and the triples' B, never a weight. */
export interface DealContext extends Arithmetic {
  readonly batch: number;
  readonly seeds: readonly [Seed, Seed];
  /** B of each linear step. */
  readonly factors: ReadonlyMap<number, Uint32Array>;
  readonly known: KnownShares;
  readonly toEvaluator: Sender;
}

/** A party that fills its bundle. */
export interface PrepareContext extends Arithmetic {
  readonly batch: number;
  readonly party: Party;
  readonly bundle: Bundle;
  readonly model: SharedModel;
  readonly known: KnownShares;
  readonly fromDealer: Receiver;
}

/** A party that fills its bundle with the other. */
export interface TransferContext extends Arithmetic, Extending {
  readonly batch: number;
  readonly party: Party;
  readonly bundle: Bundle;
  readonly model: SharedModel;
  readonly known: KnownShares;
  readonly sender: TransferSender;
  readonly receiver: TransferReceiver;
  /** The lane of the transfers in which this party is the sender, and of those in which it is the receiver. */
  readonly asSender: Sender & Receiver;
  readonly asReceiver: Sender & Receiver;
  readonly he: HeSession;
}
