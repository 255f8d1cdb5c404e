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
      return [owner, readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)];
    }),
  );
}
