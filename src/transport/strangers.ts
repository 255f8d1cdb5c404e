/** What has connected and not said who it is: few at once, and each for a short time, so that no number of them keeps a peer out. @module */
import { idleTimer } from '#platform';

/** How long one may take to say who it is. A peer does so as soon as it has connected. */
export const GREETING_MS = 2000;
/** A timer that comes so much later was held up by this process, as what the stranger has sent meanwhile was. */
const LATE_MS = 200;

export class Strangers<T> {
  /** Each with what stops its timer, oldest first. */
  readonly #timers = new Map<T, () => void>();
  readonly #most: number;
  readonly #turnAway: (stranger: T, why: string) => void;

  /** @param most at once: one more, and the oldest is turned away */
  constructor(most: number, turnAway: (stranger: T, why: string) => void) {
    this.#most = most;
    this.#turnAway = turnAway;
  }

  get size(): number {
    return this.#timers.size;
  }

  add(stranger: T): void {
    this.#wait(stranger, GREETING_MS);
    if (this.#timers.size > this.#most) this.#drop(this.#timers.keys().next().value!, 'before so many others came');
  }

  /** It is known, or gone. */
  delete(stranger: T): void {
    this.#timers.get(stranger)?.();
    this.#timers.delete(stranger);
  }

  #wait(stranger: T, ms: number): void {
    const due = performance.now() + ms;
    const look = (): void => {
      if (performance.now() - due > LATE_MS) this.#wait(stranger, LATE_MS);
      else this.#drop(stranger, `within ${GREETING_MS} ms`);
    };
    this.#timers.set(stranger, idleTimer(look, ms));
  }

  #drop(stranger: T, why: string): void {
    this.delete(stranger);
    this.#turnAway(stranger, why);
  }
}
