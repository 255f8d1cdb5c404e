/** What the protocols of three parties work with: arguments, never globals. @module */
import { TacitError } from '../../core/errors.js';
import { KeyStream } from '../../core/prg.js';
import type { Share } from '../../core/secret.js';
import type { Arithmetic, Receiver, Sender } from '../../correlations/context.js';
import type { Seed } from '../../platform/random.js';
import type { ResidentProgram } from '../../sliced/slots.js';
import { nextOf, type Party, previousOf } from '../../steps/three.js';

/** A party's two components of a replicated sharing: x_i and x_{i+1}. */
export interface Components {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}
export type Replicated = Share<Components>;

/** K_i, which this party shares with the one before it, and K_{i+1}, which it shares with the next. */
export interface PairKeys {
  readonly first: Seed;
  readonly second: Seed;
}

/**
 * Streams of one step of one inference from both keys. All that is drawn from K_i is drawn by parties i and i - 1 in the same order,
 * so that zero shares (Araki et al., CCS 2016) need no message: a_i = F(K_i) - F(K_{i+1}) adds up to nothing.
 */
export interface StepStreams {
  readonly first: KeyStream;
  readonly second: KeyStream;
}

/** The streams of one inference; each step takes its own once. */
export class Streams {
  readonly number: number;
  readonly #steps = new Map<number, StepStreams>();

  constructor(keys: PairKeys, number: number, steps: readonly number[]) {
    this.number = number;
    for (const step of steps) {
      this.#steps.set(step, {
        first: new KeyStream(keys.first, 'three/step', number, step),
        second: new KeyStream(keys.second, 'three/step', number, step),
      });
    }
  }

  /** @throws TacitError BUNDLE_MISMATCH where the step's streams were taken before */
  take(step: number): StepStreams {
    const streams = this.#steps.get(step);
    if (streams === undefined) {
      throw new TacitError(
        'BUNDLE_MISMATCH',
        `inference ${this.number}: expected fresh randomness for step ${step}, it is spent`,
      );
    }
    this.#steps.delete(step);
    return streams;
  }
}

/** One party's part of a linear step, ready for use. */
export interface ReplicatedWeights {
  /** Of each of its products (linear.ts). */
  readonly weights: readonly Share<Uint32Array>[];
  /** b_i */
  readonly bias: Share<Uint32Array>;
}

/** What a party keeps of a model. */
export interface ReplicatedModel {
  readonly keys: PairKeys;
  readonly layers: ReadonlyMap<number, ReplicatedWeights>;
  readonly programs: ReadonlyMap<number, ResidentProgram>;
  /** [value][instance] -> element of the source, -1 for padding; of steps that read more than one value an instance. */
  readonly windows: ReadonlyMap<number, Int32Array>;
}

export type Peer = Sender & Receiver;

/** A party in the middle of an inference. */
export interface RunContext extends Arithmetic {
  readonly batch: number;
  readonly party: Party;
  readonly model: ReplicatedModel;
  readonly streams: Streams;
  /** By party; this party's own entry is never read. */
  readonly peers: readonly Peer[];
}

/** Party i - 1, which gets what this party computed. */
export function previousPeer({ party, peers }: Pick<RunContext, 'party' | 'peers'>): Peer {
  return peers[previousOf(party)]!;
}

/** Party i + 1, whose results this party gets. */
export function nextPeer({ party, peers }: Pick<RunContext, 'party' | 'peers'>): Peer {
  return peers[nextOf(party)]!;
}
