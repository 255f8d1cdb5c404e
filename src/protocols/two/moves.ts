/** What the online protocols of two parties send. @module */

import { openingBytes } from '../../correlations/bits/sizes.js';
import { productWords } from '../../correlations/products/pair.js';
import type { Costing } from '../../correlations/source.js';
import { labelBytes, maskWords } from '../../correlations/tables/sizes.js';
import { inputWords } from '../../correlations/triples/triple.js';
import { chunkSizes } from '../../gc/schedule.js';
import { levelBytes } from '../../sliced/planes.js';
import {
  type BitsStep,
  EVALUATOR,
  GARBLER,
  type GarbledStep,
  type LinearStep,
  type Move,
  opens,
  type Party,
  type ProductStep,
} from '../../steps/two.js';
import { framedBytes } from '../../transport/frame.js';

/** The openings E. */
export function linearMoves({ bits, batch }: Costing, step: LinearStep): readonly Move[] {
  const opening = framedBytes(inputWords(bits, batch, step) * 4);
  return [step.sourceKnown ? { '1->0': opening } : { '0->1': opening, '1->0': opening }];
}

/** The openings of the factors. */
export function productMoves({ bits }: Costing, step: ProductStep): readonly Move[] {
  const bytes = framedBytes(productWords(bits, step) * 4);
  const openings = (party: Party): number => step.sources.filter((_, factor) => opens(party, step, factor)).length;
  const down = openings(GARBLER);
  const up = { '1->0': openings(EVALUATOR) * bytes };
  return [down === 0 ? up : { ...up, '0->1': down * bytes }];
}

/** u to party 0 and labels back, chunk by chunk. */
export function garbledMoves({ bits }: Costing, step: GarbledStep): readonly Move[] {
  let up = 0;
  let down = 0;
  for (const n of chunkSizes(step.schedule, step.instances)) {
    up += framedBytes(maskWords(bits, step, n) * 4);
    down += framedBytes(labelBytes(step, n));
  }
  return [{ '1->0': up }, { '0->1': down }];
}

/** Masked inputs, then each level's masked rows. */
export function bitsMoves(_: Costing, step: BitsStep): readonly Move[] {
  const { groups, program } = step;
  return groups.flatMap((group): Move[] => {
    const total = (bytes: (n: number) => number): number => group.reduce((sum, n) => sum + framedBytes(bytes(n)), 0);
    const opening: Move = {
      '0->1': total((n) => openingBytes(step, GARBLER, n)),
      '1->0': total((n) => openingBytes(step, EVALUATOR, n)),
    };
    const levels = program.levels.filter(({ outs }) => outs.length > 0);
    return [
      opening,
      ...levels.map(({ outs }): Move => {
        const bytes = total((n) => levelBytes(outs.length, n));
        return { '0->1': bytes, '1->0': bytes };
      }),
    ];
  });
}
