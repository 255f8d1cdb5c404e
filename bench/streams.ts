/** What the two processes of a streamed measurement agree on. @module */
import type { ErrorCode } from '../src/core/errors.js';
import { SILENT_SETS, type SilentShape, shapeWith } from '../src/ot/silent/parameters.js';

export const HOST = '127.0.0.1';
/** The peer answers with a byte whenever it has discarded this much. */
export const BURST_BYTES: number = 32 * 1024 * 1024;
/** Bytes handed to a link or socket at once: about a segment of tables. */
export const FRAME_BYTES: number = 512 * 1024;
/**
 * Steps of the streamed garbling (the seed of the labels, tables, a byte back for each chunk evaluated) and of the transfers (SoftSpokenOT's
 * parameter in a byte, and whether they are silent in another, three messages of set-up, corrections, a byte back for each batch); of silent ones (the
 * first base, a byte that asks for a bundle, messages of iterations); what goes there and back in rounds.
 */
export const STEP = {
  seed: 0,
  tables: 1,
  done: 2,
  point: 3,
  points: 4,
  trees: 5,
  corrections: 6,
  parameter: 7,
  round: 8,
  base: 9,
  bundle: 10,
  iteration: 11,
} as const;
/**
 * Of so many streamed chunks the first has its labels set and its result checked; the others go on with what is in the slots, as in
 * garbleAnds: loading labels is not garbling.
 */
export const CHUNKS_PER_CHECK = 16;
/** A small message: a level of ANDs of a hundred instances. */
export const ROUND_BYTES = 400;
/** Correlated transfers extended at once. */
export const COTS = 65_536;
/** Batches of COTS in a bundle of silent transfers: two layers of 65,536 values of 32 bits, as large networks have. */
export const SILENT_BATCHES = 64;
/** SoftSpokenOT's parameter for their first base. */
export const SILENT_K = 8;
export const SILENT_SHAPE: SilentShape = shapeWith(SILENT_SETS.at(-1)!, SILENT_BATCHES * COTS);

/** Where the peer listens. */
export interface PeerPorts {
  readonly link: number;
  readonly tcp: number;
  readonly evaluator: number;
  readonly transfers: number;
  readonly rounds: number;
  readonly tcpRounds: number;
}

/** What the peer tells the process that forked it. */
export type PeerMessage =
  | { readonly type: 'listening'; readonly ports: PeerPorts }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly message: string };
