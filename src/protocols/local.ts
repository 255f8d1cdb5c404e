/** Steps that each party computes on its own share: public linear maps. They cost nothing to send. @module */

import { asShare, type Share } from '../core/secret.js';
import type { Arithmetic } from '../correlations/context.js';
import { localWords } from '../model/ops/operators.js';
import type { LocalStep } from '../steps/two.js';

/** The step on one party's shares of its sources, each [batch, ...shape]. */
export function localShare(
  arithmetic: Arithmetic,
  batch: number,
  { node, sourceShapes }: Pick<LocalStep, 'node' | 'sourceShapes'>,
  sources: readonly Share<Uint32Array>[],
): Share<Uint32Array> {
  return asShare(localWords(arithmetic, node, batch, sourceShapes, sources));
}
