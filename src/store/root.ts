/** The folders below a store's root: one for each participant, which on one machine stand beside each other. @module */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const STORE_OWNERS = ['owner', 'party0', 'party1', 'dealer'] as const;
export type StoreOwner = (typeof STORE_OWNERS)[number];

/** Where a participant keeps its own. */
export function storeFolder(root: string, owner: StoreOwner): string {
  return join(root, owner);
}

/** Who has a folder below the root. */
export function ownersIn(root: string): StoreOwner[] {
  return STORE_OWNERS.filter((owner) => existsSync(storeFolder(root, owner)));
}

/** Bytes of the files in each participant's folder. */
export function diskBytes(root: string): Partial<Record<StoreOwner, number>> {
  return Object.fromEntries(
    ownersIn(root).map((owner) => {
      const folder = storeFolder(root, owner);
      // a process that works with the store may remove one meanwhile
      const sizes = readdirSync(folder).map(
        (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0,
      );
      return [owner, sizes.reduce((sum, size) => sum + size, 0)];
    }),
  );
}
