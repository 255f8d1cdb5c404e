/**
 * The table of sources: by preprocessing, which source each kind of correlation comes from.
 * @module
 */
import { once } from '../core/once.js';
import type { Preprocessing } from '../core/trust.js';
import { bitsTransfers, dealtBitsCost, dealtBitsKept, exchangedBitsCost, exchangedBitsKept } from './bits/costs.js';
import { dealtProductCost, exchangedProductCost, productKept, productTransfers } from './products/costs.js';
import type { DealtSources, ExchangedSources } from './source.js';
import {
  dealtTablesCost,
  dealtTablesKept,
  exchangedTablesCost,
  exchangedTablesKept,
  tablesTransfers,
} from './tables/costs.js';
import {
  chosenTripleCost,
  chosenTripleTransfers,
  dealtTripleCost,
  exchangedTripleCost,
  tripleKept,
  tripleTransfers,
} from './triples/costs.js';

export type Sources =
  | { readonly by: 'dealer'; readonly of: DealtSources }
  | { readonly by: 'parties'; readonly of: ExchangedSources };

/** What a dealer makes. */
export const DEALT: DealtSources = {
  linear: {
    cost: dealtTripleCost,
    kept: tripleKept,
    load: once(async () => (await import('./triples/dealer.js')).dealtTriples),
  },
  product: {
    cost: dealtProductCost,
    kept: productKept,
    load: once(async () => (await import('./products/dealer.js')).dealtProducts),
  },
  garbled: {
    cost: dealtTablesCost,
    kept: dealtTablesKept,
    load: once(async () => (await import('./tables/dealer.js')).dealtTables),
  },
  bits: {
    cost: dealtBitsCost,
    kept: dealtBitsKept,
    load: once(async () => (await import('./bits/dealer.js')).dealtBits),
  },
};

const TRANSFERRED: ExchangedSources = {
  linear: {
    cost: exchangedTripleCost,
    kept: tripleKept,
    transfers: tripleTransfers,
    load: once(async () => (await import('./triples/ot.js')).transferredTriples),
  },
  product: {
    cost: exchangedProductCost,
    kept: productKept,
    transfers: productTransfers,
    load: once(async () => (await import('./products/ot.js')).transferredProducts),
  },
  garbled: {
    cost: exchangedTablesCost,
    kept: exchangedTablesKept,
    transfers: tablesTransfers,
    load: once(async () => (await import('./tables/ot.js')).transferredTables),
  },
  bits: {
    cost: exchangedBitsCost,
    kept: exchangedBitsKept,
    transfers: bitsTransfers,
    load: once(async () => (await import('./bits/ot.js')).transferredBits),
  },
};

/** Linear steps by ring LWE where that sends less; all else by transfers. */
const ENCRYPTED: ExchangedSources = {
  ...TRANSFERRED,
  linear: {
    cost: chosenTripleCost,
    kept: tripleKept,
    transfers: chosenTripleTransfers,
    load: once(async () => (await import('./triples/he/he.js')).encryptedTriples),
  },
};

export const SOURCES: { readonly [by in Preprocessing]: Sources } = {
  dealer: { by: 'dealer', of: DEALT },
  ot: { by: 'parties', of: TRANSFERRED },
  he: { by: 'parties', of: ENCRYPTED },
};
