/** Turns of the event loop between pieces of work: pings are answered, what came is taken. @module */
import { turn } from '#platform';

/** Long enough that turns cost nothing beside the work, short enough for any peer. */
const EVERY_MS = 4;

/** Turns for one run of work on the first thread. */
export class Turns {
  #last: number = performance.now();

  /** A turn where the last is some time ago. */
  due(): Promise<void> | undefined {
    if (performance.now() - this.#last < EVERY_MS) return undefined;
    return turn().then(() => {
      this.#last = performance.now();
    });
  }
}
