/** Images of ONNX, [n, channels, ...space], with channels last as the graph's operations want them, and back. @module */
import { range } from '../../../core/nd.js';
import type { Variable } from './constant.js';
import { type NodeContext, shapeOf } from './context.js';

export function channelsLast({ builder, name }: NodeContext, { id }: Variable): number {
  const rank = builder.shape(id).length;
  return builder.transpose(name, id, [0, ...range(2, rank), 1]);
}

export function channelsFirst(context: NodeContext, like: Variable, id: number): Variable {
  const { builder, name } = context;
  const rank = shapeOf(context, { ...like, id }).length;
  return { ...like, id: builder.transpose(name, id, [0, rank - 1, ...range(1, rank - 1)]) };
}
