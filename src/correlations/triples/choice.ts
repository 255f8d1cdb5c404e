/** By which source the triple of a linear step is made: that which sends least. @module */
import type { Preprocessing } from '../../core/trust.js';
import type { LinearStep, Triples } from '../../steps/two.js';
import { crossTermBytes } from '../cross-term-sizes.js';
import type { Costing } from '../source.js';
import { heBytes, heTriples } from './he/sizes.js';

/** @param step all of it but this choice */
export function triplesFor(preprocessing: Preprocessing, costing: Costing, step: Omit<LinearStep, 'triples'>): Triples {
  switch (preprocessing) {
    case 'dealer':
      return { by: 'dealer' };
    case 'ot':
      return { by: 'ot' };
    case 'he': {
      const { map } = step.node;
      const triples = heTriples(map, costing.batch, step.width);
      const { corrections, segments } = crossTermBytes(costing, { ...step, triples: { by: 'ot' } });
      return triples && heBytes(map, triples) < corrections + segments ? triples : { by: 'ot' };
    }
    default:
      return preprocessing satisfies never;
  }
}
