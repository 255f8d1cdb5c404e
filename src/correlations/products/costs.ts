/** What a triple for a product, or a pair for a square, costs, by source. @module */
import { noTraffic, type ProductStep, type Traffic } from '../../steps/two.js';
import { framedBytes } from '../../transport/frame.js';
import { crossTermBytes, crossTermHashes, crossTermTransfers } from '../cross-term-sizes.js';
import type { Costing, Kept, Transfers } from '../source.js';
import { isSquare, productWords } from './pair.js';

/** The correction C_1 to party 1. */
export function dealtProductCost({ bits }: Costing, step: ProductStep): Traffic {
  return { ...noTraffic(), 'dealer->1': framedBytes(productWords(bits, step) * 4) };
}

/** C_i of each party, whatever makes it. */
export function productKept({ bits }: Costing, step: ProductStep): Kept {
  const bytes = 4 * productWords(bits, step);
  return [bytes, bytes];
}

/** A square has one cross term, in which party 1 chooses. */
export function exchangedProductCost(costing: Costing, step: ProductStep): Traffic {
  const { corrections, segments } = crossTermBytes(costing, step);
  if (isSquare(step)) return { ...noTraffic(), '1->0': corrections, '0->1': segments };
  return { ...noTraffic(), '0->1': corrections + segments, '1->0': corrections + segments };
}

export function productTransfers({ bits, batch }: Costing, step: ProductStep): Transfers {
  const count = crossTermTransfers(bits, batch, step);
  return {
    count,
    back: isSquare(step) ? 0 : count,
    chooser: 'activations',
    hashes: crossTermHashes(bits, batch, step),
  };
}
