/**
 * Small records under ordered keys, changed together or not at all: what a ledger is written in.
 *
 * Here the interface, and records that live in memory and end with the process; ledger-file.ts has those that outlive it.
 * @module
 */

/** What kind of record, and which. Of one kind they come in the order of their numbers or names. */
export type Key = readonly [kind: string, ...which: (string | number)[]];

/** A record to write, or with undefined to remove. */
export type Change = readonly [key: Key, value: object | undefined];

export interface Records {
  /** Whether the disk was full when room for changes was last set aside: until it is not, what is written should take the place of something. */
  readonly full: boolean;
  get(key: Key): unknown;
  /** All records of a kind, in order. */
  entries(kind: string): Iterable<readonly [key: Key, value: unknown]>;
  /**
   * Makes the changes that `body` asks for, all or none; they are durable when this returns. There is no other change between
   * what `body` reads and what it asks for.
   */
  transact(body: () => readonly Change[]): void;
  /** What is read from here on is as new as what other processes have committed. */
  refresh(): void;
  close(): Promise<void>;
}

export interface MemoryRecords extends Records {
  all(): Change[];
}

export function memoryRecords(): MemoryRecords {
  const held = new Map<string, readonly [Key, object]>();
  return {
    full: false,
    get: (key) => held.get(JSON.stringify(key))?.[1],
    entries: (kind) =>
      [...held.values()].filter(([key]) => key[0] === kind).sort(([a], [b]) => (inOrder(a, b) ? -1 : 1)),
    transact: (body) => {
      for (const [key, value] of body()) {
        if (value === undefined) held.delete(JSON.stringify(key));
        else held.set(JSON.stringify(key), [key, value]);
      }
    },
    all: () => [...held.values()],
    refresh: () => {},
    close: () => Promise.resolve(),
  };
}

function inOrder(a: Key, b: Key): boolean {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at < 0 || a[at]! < b[at]!;
}
