/** Watches whether the far end of a link is alive. @module */
import { idleTimer } from '#platform';

/** Beats in a timeout. */
const BEATS = 3;
/** The far end may be silent for this part of the timeout: the rest is for telling the other peers. */
const PATIENCE = 0.9;

/** Pings in good time, and tells when nothing has been heard for too long, unless it was this end that was busy. */
export class Heartbeat {
  readonly #intervalMs: number;
  readonly #patienceMs: number;
  readonly #ping: () => void;
  readonly #stalled: (silentMs: number) => void;
  #heard: number = performance.now();
  #stopTimer: (() => void) | undefined;

  constructor(timeoutMs: number, ping: () => void, stalled: (silentMs: number) => void) {
    this.#intervalMs = timeoutMs / BEATS;
    this.#patienceMs = timeoutMs * PATIENCE;
    this.#ping = ping;
    this.#stalled = stalled;
    this.#wait(this.#intervalMs);
  }

  /** Something came from the far end. */
  hear(): void {
    this.#heard = performance.now();
  }

  stop(): void {
    this.#stopTimer?.();
  }

  /** The next beat, at the latest when patience ends. */
  #wait(ms: number): void {
    const due = performance.now() + ms;
    this.#stopTimer = idleTimer(() => this.#beat(performance.now() - due), ms);
  }

  #beat(lateMs: number): void {
    const silentMs = performance.now() - this.#heard;
    const left = this.#patienceMs - silentMs;
    const busy = lateMs > this.#intervalMs;
    if (left <= 0 && !busy) {
      this.#stalled(Math.round(silentMs));
      return;
    }
    this.#ping();
    this.#wait(left > 0 ? Math.min(this.#intervalMs, left) : this.#intervalMs);
  }
}
