/** What one compute party tells its client: read as it comes, handed to the request that waits for it, so that several requests can be under way. @module */
import { ProtocolError, TacitError } from '../core/errors.js';
import { printable } from '../core/text.js';
import type { Channel } from '../transport/channel.js';
import { type Notice, noticeSchema } from './messages.js';

interface Waiter {
  resolve(notice: Notice): void;
  reject(error: unknown): void;
}

type Progress = Extract<Notice, { op: 'progress' }>;
type NoticeOf<Op extends Notice['op']> = Extract<Notice, { op: Op }>;

export class NoticeBoard {
  readonly #waiters = new Map<string, Waiter>();
  #failure: { readonly error: unknown } | undefined;

  /** Reads until the party has ended, or fails. A party may take as long as it lives: it knows by itself when to give up on the others. */
  constructor(party: Channel, onProgress?: (progress: Progress) => void) {
    this.#read(party, onProgress).catch((error: unknown) => {
      this.#failure = { error };
      for (const waiter of this.#waiters.values()) waiter.reject(error);
    });
  }

  /** The notice `op`, of bundle `number` where it is of one. Wait for it before it is asked for. */
  next<Op extends Notice['op']>(op: Op, number?: number): Promise<NoticeOf<Op>> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    return new Promise((resolve, reject) => {
      this.#waiters.set(keyOf(op, number), { resolve: (notice) => resolve(notice as NoticeOf<Op>), reject });
    });
  }

  async #read(party: Channel, onProgress?: (progress: Progress) => void): Promise<void> {
    const lane = party.lane('control', 0);
    for (;;) {
      const parsed = noticeSchema.safeParse(await lane.receiveMessage(Number.POSITIVE_INFINITY));
      if (parsed.success && parsed.data.op === 'progress') {
        onProgress?.(parsed.data);
        continue;
      }
      const refused = parsed.success && parsed.data.op === 'unprepared' ? parsed.data : undefined;
      const key = parsed.success ? keyOf(refused ? 'prepared' : parsed.data.op, numberOf(parsed.data)) : '';
      const waiter = this.#waiters.get(key);
      if (!parsed.success || !waiter) {
        throw new ProtocolError(
          'BAD_FRAME',
          `expected ${[...this.#waiters.keys()].join(' or ') || 'no notice'} from ${party.peer}, got another notice`,
        );
      }
      this.#waiters.delete(key);
      if (refused) waiter.reject(new TacitError(refused.code, `${party.peer}: ${printable(refused.message)}`));
      else waiter.resolve(parsed.data);
      if (parsed.data.op === 'ended') return;
    }
  }
}

function keyOf(op: Notice['op'], number: number | undefined): string {
  return number === undefined ? op : `${op} ${number}`;
}

function numberOf(notice: Notice): number | undefined {
  return 'number' in notice ? notice.number : undefined;
}
