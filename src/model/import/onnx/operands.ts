/** The two operands of an elementwise operator. @module */
import type { Value } from './constant.js';
import { inputOf, type NodeContext, shapeOf } from './context.js';
import { reshaped } from './move.js';

/** Up to opset 6 the second is broadcast where an attribute says so, from an axis on. */
export function operands(context: NodeContext): readonly [Value, Value] {
  const [x, y] = [inputOf(context, 0), inputOf(context, 1)];
  if (context.opset >= 7 || !context.attributes.flag('broadcast', false)) return [x, y];
  const rank = shapeOf(context, x).length;
  const shape = shapeOf(context, y);
  const axis = context.attributes.int('axis', rank - shape.length);
  return [x, reshaped(context, y, [...shape, ...new Array<number>(Math.max(0, rank - axis - shape.length)).fill(1)])];
}
