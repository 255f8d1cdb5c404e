/**
 * Worker threads that do the bulk work of one process over its shared kernel memory.
 *
 * A job has a name, plain arguments and a block of the memory, lent to it until it settles: large operands and results lie there or in other
 * blocks that its arguments point to, and are not copied between threads. A thread draws no randomness and keeps no order:
 * what a job gives depends on its arguments alone, and the caller puts the results in order (`inOrder`). So the number of threads changes nothing but the time.
 * @module
 */
import { startThread } from '#platform';
import { type ErrorCode, TacitError } from '../core/errors.js';
import type { Thread } from '../platform/platform.js';
import type { Block, KernelMemory } from './memory.js';
import type { KernelModule } from './module.js';

/** Takes the kernels over the block that it was lent, and arguments that can be cloned. */
export type Job = (module: KernelModule, args: never) => unknown;

/** What a thread is told. */
export interface Task {
  readonly job: string;
  readonly block: Block;
  /** Of the job's own type, which only Pool.run knows. */
  readonly args: never;
}

/** What it answers, in the order of its tasks. */
export type Answer = { readonly result: unknown } | { readonly code: ErrorCode; readonly message: string };

/** Tasks that a thread has at once: the next one is there when it is done with the first. */
const DEPTH = 2;

interface Pending {
  readonly task: Task;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Member {
  readonly thread: Thread;
  readonly tasks: Pending[];
}

/** @typeParam Jobs the jobs that the threads' entry serves, by name */
export class Pool<Jobs extends Readonly<Record<keyof Jobs, Job>>> {
  readonly threads: number;
  readonly #members: Member[];
  readonly #queue: Pending[] = [];
  #failure: TacitError | undefined;

  /**
   * Starts `threads` threads; they keep no process alive that has nothing to wait for.
   * @param entry the module that a thread runs: it calls serveJobs (kernels/worker.ts)
   */
  constructor(memory: KernelMemory, threads: number, entry: URL) {
    this.threads = threads;
    this.#members = Array.from({ length: threads }, () => {
      const tasks: Pending[] = [];
      const thread = startThread(entry, memory.memory, {
        message: (answer) => this.#settle(member, answer as Answer),
        ended: (how) => void this.#fail(how),
      });
      const member: Member = { thread, tasks };
      return member;
    });
  }

  /**
   * Runs a job on some thread.
   * @param block lent to the job until the promise settles
   * @throws what the job throws; INTERNAL where a thread is gone
   */
  run<Name extends keyof Jobs & string>(
    job: Name,
    block: Block,
    args: Parameters<Jobs[Name]>[1],
  ): Promise<ReturnType<Jobs[Name]>> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const task: Task = { job, block, args: args as never };
      this.#queue.push({ task, resolve: resolve as Pending['resolve'], reject });
      this.#assign();
    });
  }

  /** Ends the threads; what they still had to do rejects. */
  close(): Promise<void> {
    return this.#fail('closed');
  }

  #assign(): void {
    while (this.#queue.length > 0) {
      const { thread, tasks } = this.#members.reduce((least, next) =>
        next.tasks.length < least.tasks.length ? next : least,
      );
      if (tasks.length >= DEPTH) return;
      const pending = this.#queue.shift()!;
      if (tasks.push(pending) === 1) thread.await(true);
      thread.post(pending.task);
    }
  }

  #settle({ thread, tasks }: Member, answer: Answer): void {
    if (this.#failure) return;
    const pending = tasks.shift()!;
    if (tasks.length === 0) thread.await(false);
    this.#assign();
    if ('result' in answer) pending.resolve(answer.result);
    else pending.reject(new TacitError(answer.code, answer.message));
  }

  /** One thread that is gone ends all: the blocks lent to it are in no known state. Jobs reject when no thread can write to theirs any more. */
  async #fail(how: string): Promise<void> {
    if (this.#failure) return;
    const failure = new TacitError('INTERNAL', `expected a worker thread to do its jobs, it ended: ${how}`);
    this.#failure = failure;
    const pending = [...this.#members.flatMap(({ tasks }) => tasks.splice(0)), ...this.#queue.splice(0)];
    await Promise.all(this.#members.map(({ thread }) => thread.terminate()));
    for (const { reject } of pending) reject(failure);
  }
}

/**
 * The results of `start` for all items, in their order, at most `ahead` of them begun and not yet consumed: the caller has consumed result i - ahead when
 * `start` is called for item i with slot i mod ahead. Where the caller stops or something fails, waits for what has begun.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  ahead: number,
  start: (item: Item, slot: number) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = [];
  let index = 0;
  try {
    for await (const item of items) {
      if (begun.length === ahead) yield await begun.shift()!;
      const result = start(item, index++ % ahead);
      // a later one may fail while an earlier one is waited for
      result.catch(() => {});
      begun.push(result);
    }
    while (begun.length > 0) yield await begun.shift()!;
  } finally {
    await Promise.allSettled(begun);
  }
}
