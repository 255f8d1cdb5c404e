/**
 * Base transfers that hide nothing, for tests of what comes behind them: messages of the same size, keys that fit, and no curve.
 * The real ones take most of the time of a small session: they are tested in test/ot/base.test.ts, and in whole sessions by transcripts.
 */
import { createHash } from 'node:crypto';
import type * as Base from '../../src/ot/base.js';
import { POINT_BYTES } from '../../src/ot/sizes.js';
import { type Seed, secretBytes } from '../../src/platform/random.js';

const keyOf = (session: string, index: number, point: Uint8Array, choice: number): Seed =>
  new Uint8Array(createHash('sha256').update(`${session}/${index}/${choice}/`).update(point).digest());

/** Stands in for src/ot/base.ts. */
export function openTransfers(real: typeof Base): typeof Base {
  class OpenSender extends real.BaseSender {
    readonly #session: string;
    readonly #count: number;

    constructor(session: string, count: number) {
      super(session, count);
      this.#session = session;
      this.#count = count;
    }

    override keys(answer: Uint8Array): (readonly [Seed, Seed])[] {
      return Array.from({ length: this.#count }, (_, i) => {
        const point = answer.subarray(i * POINT_BYTES, (i + 1) * POINT_BYTES);
        return [keyOf(this.#session, i, point, 0), keyOf(this.#session, i, point, 1)] as const;
      });
    }
  }

  class OpenReceiver extends real.BaseReceiver {
    override readonly message: Uint8Array;
    override readonly keys: readonly Seed[];

    constructor(session: string, senderMessage: Uint8Array, choices: Uint8Array) {
      super(session, senderMessage, new Uint8Array(0));
      this.message = secretBytes(choices.length * POINT_BYTES, 'base-ot/receiver');
      this.keys = Array.from(choices, (choice, i) => {
        const point = this.message.subarray(i * POINT_BYTES, (i + 1) * POINT_BYTES);
        return keyOf(session, i, point, choice);
      });
    }
  }

  return { BaseSender: OpenSender, BaseReceiver: OpenReceiver };
}
