/** Who is at work: roles of one process that a test has to tell apart. */
import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<string>();

/** Runs `work`, and all that it awaits, as `role`. */
export function asRole<T>(role: string, work: () => T): T {
  return storage.run(role, work);
}

export function currentRole(): string {
  return storage.getStore() ?? 'test';
}
