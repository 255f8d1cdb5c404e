/** Steps that each party computes on its own share: public linear maps. They cost nothing to send. @module */

import { concatenate, sizeOf, wordsPerElement } from '../core/ring.js';
import { asShare, type Share } from '../core/secret.js';
import type { Arithmetic } from './context.js';
import type { LocalStep } from './step.js';

/** The step on one party's shares of its sources, each [batch, ...shape]. */
export function runLocal(
  { bits, kernels }: Arithmetic,
  batch: number,
  step: Pick<LocalStep, 'node' | 'sourceShapes'>,
  sources: readonly Share<Uint32Array>[],
): Share<Uint32Array> {
  const { node } = step;
  const x = sources[0]!;
  switch (node.op) {
    case 'reshape':
      return x;
    case 'add':
      return asShare(sources.slice(1).reduce<Uint32Array>((sum, other) => kernels.add(bits, sum, other), x));
    case 'shiftLeft':
      return asShare(kernels.scale(bits, x, [1n << BigInt(node.bits)], 1));
    case 'scale': {
      const inner = node.factors.length === 1 ? 1 : node.shape[node.shape.length - 1]!;
      return asShare(kernels.scale(bits, x, node.factors.map(BigInt), inner));
    }
    case 'sumPool':
      return asShare(kernels.sumPool(bits, node.pool, batch, x));
    case 'pad': {
      const [height, width, channels] = step.sourceShapes[0] as [number, number, number];
      return asShare(kernels.pad(bits, { batch, height, width, channels }, node, x));
    }
    case 'concat': {
      const perElement = wordsPerElement(bits);
      const widths = step.sourceShapes.map((shape) => shape.at(-1)! * perElement);
      const out = new Uint32Array(batch * sizeOf(node.shape) * perElement);
      return asShare(concatenate<Uint32Array>(sources, widths, out));
    }
  }
}
