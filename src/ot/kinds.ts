/** How correlated transfers are extended. @module */

/** By SoftSpokenOT for each batch, or silently, out of a few that it made (silent/parameters.ts). */
export const TRANSFERS = ['softspoken', 'silent'] as const;
export type TransferKind = (typeof TRANSFERS)[number];

export interface Extending {
  readonly transfers: TransferKind;
  /** SoftSpokenOT's parameter. */
  readonly k: number;
}
