/** Several tensors brought to the greatest of their scales; where what is made of them does not fit, rescaled first. @module */
import { type Bounds, scaleBounds } from '../bounds.js';
import type { Lowering } from './lowering.js';
import type { ShiftLeftNode } from './shift-left.js';

export interface Aligned {
  readonly inputs: readonly number[];
  readonly fractionBits: number;
  readonly bounds: Bounds;
}

/** @param join the bounds of what is made of tensors with these bounds */
export function align(
  to: Lowering<ShiftLeftNode>,
  inputs: readonly number[],
  join: (bounds: readonly Bounds[]) => Bounds,
): Aligned {
  const scales = inputs.map((id) => to.tensor(id).node.fractionBits);
  const fractionBits = Math.max(...scales);
  const bounds = inputs.map((id, i) => scaleBounds(to.tensor(id).bounds, [2 ** (fractionBits - scales[i]!)]));
  const joined = join(bounds);
  const aligned = scales.every((scale) => scale === fractionBits);
  if (!aligned && to.isTooWide(joined) && inputs.some((id) => to.canRescale(id))) {
    const rescaled = inputs.map((id) => (to.canRescale(id) ? to.rescale(id) : id));
    return align(to, rescaled, join);
  }
  const shifted = inputs.map((id, i) => {
    const bits = fractionBits - scales[i]!;
    if (bits === 0) return id;
    const { name, shape } = to.tensor(id).node;
    return to.add({ op: 'shiftLeft', name: `${name}/align`, inputs: [id], shape, fractionBits, bits }, bounds[i]!);
  });
  return { inputs: shifted, fractionBits, bounds: joined };
}
