/** What a compute party does for its client until the client ends the session, whatever the sharing scheme. @module */
import { idleTimer, peakMemoryBytes } from '#platform';
import { ProtocolError } from '../core/errors.js';
import { type Notice, type Request, requestSchema } from '../session/messages.js';
import { WorkQueue } from '../session/queue.js';
import type { Session } from '../session/session.js';
import type { Channel } from '../transport/channel.js';

const PROGRESS_MS = 100;

type OnStep = (index: number) => void;
type EndedNotice = Extract<Notice, { op: 'ended' }>;

/** The work of one sharing scheme, bundle by bundle. */
export interface Serving {
  /** Makes bundle `number`. */
  prepare(number: number, keep: boolean, onStep: OnStep): Promise<Notice>;
  /** Spends bundle `number` on an input of the client's; it has sent its share of the output when this resolves. */
  infer(number: number, onStep: OnStep): Promise<Notice>;
  /** The client has been told that `number` is spent. */
  inferred?(number: number): void;
  /** The client has ended the session: what there is to tell of all of it. */
  end(): Promise<Omit<EndedNotice, 'op' | 'peakMemoryBytes'>>;
}

export class Service {
  readonly #session: Session;
  readonly #client: Channel;
  readonly #steps: number;
  /** Bundles are made one after another, and spent one after another: the one beside the other. */
  readonly #offline: WorkQueue = new WorkQueue();
  readonly #online: WorkQueue = new WorkQueue();
  #lastProgress = 0;

  /** @param steps of the plan */
  constructor(session: Session, client: Channel, steps: number) {
    this.#session = session;
    this.#client = client;
    this.#steps = steps;
  }

  notify(notice: Notice): Promise<void> {
    return this.#client.lane('control', 0).sendMessage(notice);
  }

  /**
   * Answers the client until it ends the session.
   * @param idleMs how long it may ask for nothing while nothing is done for it; default as long as it lives
   * @throws ProtocolError PEER_TIMEOUT where it asks for nothing
   */
  serve(serving: Serving, idleMs?: number): Promise<void> {
    return Promise.race([this.#answer(serving, idleMs), this.#offline.failed, this.#online.failed]);
  }

  async #answer(serving: Serving, idleMs: number | undefined): Promise<void> {
    for (;;) {
      const request = await (idleMs === undefined ? this.#request() : this.#requestWithin(idleMs));
      if (request.op === 'end') break;
      const { number } = request;
      if (request.op === 'prepare') {
        const { keep } = request;
        this.#offline.add(async () => this.notify(await serving.prepare(number, keep, this.#progress('offline'))));
      } else {
        this.#online.add(async () => {
          await this.notify(await serving.infer(number, this.#progress('online')));
          serving.inferred?.(number);
        });
      }
    }
    await this.#offline.idle();
    await this.#online.idle();
    this.#session.expectEnd();
    await this.notify({ op: 'ended', peakMemoryBytes: peakMemoryBytes(), ...(await serving.end()) });
    // the client leaves once all parties have answered, so that no message of theirs is lost
    await this.#client.closed;
  }

  async #requestWithin(idleMs: number): Promise<Request> {
    let over = false;
    const idle = Promise.all([this.#offline.idle(), this.#online.idle()]).then(async () => {
      await new Promise<void>((resolve) => idleTimer(resolve, idleMs));
      if (!over) throw new ProtocolError('PEER_TIMEOUT', `client: expected a request within ${idleMs} ms, got none`);
      return new Promise<never>(() => {});
    });
    idle.catch(() => {});
    try {
      return await Promise.race([this.#request(), idle]);
    } finally {
      over = true;
    }
  }

  async #request(): Promise<Request> {
    const message = await this.#client.lane('control', 0).receiveMessage(Number.POSITIVE_INFINITY);
    const parsed = requestSchema.safeParse(message);
    if (parsed.success) return parsed.data;
    throw new ProtocolError('BAD_FRAME', 'client: expected prepare, infer or end, got another request');
  }

  #progress(phase: 'offline' | 'online'): OnStep {
    return (index) => {
      const now = performance.now();
      if (now - this.#lastProgress < PROGRESS_MS) return;
      this.#lastProgress = now;
      void this.notify({ op: 'progress', phase, step: index + 1, steps: this.#steps }).catch(() => {});
    };
  }
}
