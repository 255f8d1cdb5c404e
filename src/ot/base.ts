/**
 * Base oblivious transfer: Chou and Orlandi, LATINCRYPT 2015, over ristretto255 (RFC 9496).
 *
 * Sender: a, A = aG. Receiver: b_i, B_i = b_i G + c_i A. Keys: H(i, A, B_i, aB_i) and H(i, A, B_i, a(B_i - A)); the receiver knows
 * H(i, A, B_i, b_i A), the one of its choice. The hash is bound to the session, the index and both points, so that no key serves twice.
 * Point arithmetic is @noble/curves's: not constant time, once a session.
 * @module
 */
import { ristretto255 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { ProtocolError } from '../core/errors.js';
import { SEED_BYTES, type Seed, secretBytes } from '../platform/random.js';
import { POINT_BYTES } from './sizes.js';

const { Point } = ristretto255;
type Point = InstanceType<typeof Point>;

/** Uniform below the group's order: 64 bytes reduced (RFC 9496, section 4.4). */
function randomScalar(draw: 'base-ot/sender' | 'base-ot/receiver'): bigint {
  for (;;) {
    const wide = secretBytes(64, draw).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const scalar = Point.Fn.create(wide);
    if (scalar !== 0n) return scalar;
  }
}

function decodePoint(bytes: Uint8Array): Point {
  let point: Point;
  try {
    point = Point.fromBytes(bytes);
  } catch {
    throw new ProtocolError('BAD_FRAME', 'base OT: expected a ristretto255 point, got other bytes');
  }
  if (point.is0()) {
    throw new ProtocolError('BAD_FRAME', 'base OT: expected a point other than the identity, got it');
  }
  return point;
}

function keyOf(session: string, index: number, points: readonly Uint8Array[]): Seed {
  return sha256(concatBytes(utf8ToBytes(`tacit/base-ot/${session.length}/${session}/${index}/`), ...points));
}

/** The side that ends up with both keys of every transfer. */
export class BaseSender {
  readonly #session: string;
  readonly #count: number;
  readonly #scalar: bigint = randomScalar('base-ot/sender');
  readonly #own: Point;
  /** A, for the receiver; POINT_BYTES. */
  readonly message: Uint8Array;

  /** @param session names this use of base OT: direction and session, alike on both sides */
  constructor(session: string, count: number) {
    this.#session = session;
    this.#count = count;
    this.#own = Point.BASE.multiply(this.#scalar);
    this.message = this.#own.toBytes();
  }

  /**
   * Both keys of each transfer.
   * @param answer the receiver's points, count * POINT_BYTES
   * @throws ProtocolError BAD_FRAME on an identity or an encoding that is not canonical
   */
  keys(answer: Uint8Array): (readonly [Seed, Seed])[] {
    const ownProduct = this.#own.multiply(this.#scalar);
    return Array.from({ length: this.#count }, (_, i) => {
      const encoded = answer.slice(i * POINT_BYTES, (i + 1) * POINT_BYTES);
      const zero = decodePoint(encoded).multiply(this.#scalar);
      // a(B - A) = aB - aA
      const one = zero.subtract(ownProduct);
      const key = (of: Point): Seed => keyOf(this.#session, i, [this.message, encoded, of.toBytes()]);
      return [key(zero), key(one)] as const;
    });
  }
}

/** The side that ends up with one key of every transfer. */
export class BaseReceiver {
  /** The points for the sender, one a transfer. */
  readonly message: Uint8Array;
  /** The chosen keys, SEED_BYTES each. */
  readonly keys: readonly Seed[];

  /**
   * @param choices one byte a transfer, 0 or 1
   * @throws ProtocolError BAD_FRAME on an identity or an encoding that is not canonical
   */
  constructor(session: string, senderMessage: Uint8Array, choices: Uint8Array) {
    // a table, as it is multiplied once a transfer
    const sender = decodePoint(senderMessage).precompute(6);
    const options = [Point.ZERO, sender] as const;
    const points: Uint8Array[] = [];
    this.keys = Array.from(choices, (choice, i) => {
      const scalar = randomScalar('base-ot/receiver');
      const encoded = Point.BASE.multiply(scalar).add(options[choice]!).toBytes();
      points.push(encoded);
      return keyOf(session, i, [senderMessage, encoded, sender.multiply(scalar).toBytes()]);
    });
    this.message = concatBytes(...points);
  }
}

if (SEED_BYTES !== sha256.outputLen) throw new Error('base OT keys are seeds');
