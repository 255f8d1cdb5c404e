/** Work of one kind, one after another, in the order in which it came. @module */

export class WorkQueue {
  /** Rejects with the first failure; nothing is done after it. */
  readonly failed: Promise<never>;
  #last: Promise<void> = Promise.resolve();
  #fail: (error: unknown) => void = () => {};

  constructor() {
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
  }

  add(work: () => Promise<void>): void {
    this.#last = this.#last.then(work);
    this.#last.catch((error: unknown) => this.#fail(error));
  }

  /** Resolves when what was added is done; rejects where it failed. */
  idle(): Promise<void> {
    return this.#last;
  }
}
