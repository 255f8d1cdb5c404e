/**
 * Fresh randomness: the one place where secrets begin.
 *
 * Every draw names what it is for, and each name stands at one place of the code: so a test can put a fixed stream here, count the draws, and
 * see that no two uses share one. Bytes come from the platform's CSPRNG and from nothing else.
 * @module
 */
import { randomBytes } from '#platform';

export const SEED_BYTES = 32;

/** 32 secret bytes. */
export type Seed = Uint8Array;

/** What a draw is for. */
export type Draw =
  | 'base-ot/sender'
  | 'base-ot/receiver'
  | 'ot/delta'
  | 'ot/tree'
  | 'ot/random-start'
  | 'silent/roots'
  | 'silent/start'
  | 'garble/start'
  | 'he/key'
  | 'he/uniform'
  | 'he/error'
  | 'he/answer'
  | 'dealer/factors'
  | 'dealer/bundle'
  | 'party/bundle'
  | 'party/reveal-dealt'
  | 'party/reveal-transfers'
  | 'party/pair-key'
  | 'owner/model'
  | 'owner/components'
  | 'owner/model-name'
  | 'owner/card'
  | 'client/input'
  | 'client/components'
  | 'session/name'
  | 'websocket/key'
  | 'store/checksum'
  | 'store/name'
  | `test/${string}`
  | 'store/spool'
  | `bench/${string}`;

/** Bytes from the platform's CSPRNG. */
export function secretBytes(count: number, _draw: Draw): Uint8Array {
  return randomBytes(count);
}

/** A fresh seed from the platform's CSPRNG. */
export function randomSeed(draw: Draw): Seed {
  return secretBytes(SEED_BYTES, draw);
}

/** A fresh name of 128 bits, hex. */
export function randomName(draw: Draw): string {
  return Array.from(secretBytes(16, draw), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
