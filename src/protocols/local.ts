/** Steps that each party computes on its own share: public maps, linear but for constants. They cost nothing to send. @module */

import { asShare, type Share } from '../core/secret.js';
import type { Arithmetic } from '../correlations/context.js';
import { localWords } from '../model/ops/operators.js';
import type { LocalStep } from '../steps/two.js';

/** The step on one party's shares of its sources, each [batch, ...shape]; `constants` on one of all shares alone. */
export function localShare(
  { bits, kernels }: Arithmetic,
  constants: boolean,
  batch: number,
  { node, sourceShapes }: Pick<LocalStep, 'node' | 'sourceShapes'>,
  sources: readonly Share<Uint32Array>[],
): Share<Uint32Array> {
  return asShare(localWords({ bits, kernels, constants }, node, batch, sourceShapes, sources));
}
