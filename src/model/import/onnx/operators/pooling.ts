/** Max and average pools of one to three axes. @module */
import { pool as addPool } from '../../spatial.js';
import type { Variable } from '../constant.js';
import { type NodeContext, type OperatorImporter, shapeOf, variableInput } from '../context.js';
import { channelsFirst, channelsLast } from '../layout.js';
import { reduced } from '../reduction.js';
import { windowsOf } from '../windows.js';

export const poolingOperators: Readonly<Record<string, OperatorImporter>> = {
  MaxPool: (context) => {
    context.attributes.ignore('storage_order');
    return [pool(context, 'max')];
  },
  AveragePool: (context) => [pool(context, 'average')],
  GlobalMaxPool: (context) => [overSpace(context, 'max')],
  GlobalAveragePool: (context) => [overSpace(context, 'average')],
};

function pool(context: NodeContext, kind: 'max' | 'average'): Variable {
  const { attributes, builder, name } = context;
  const x = variableInput(context, 0);
  const [, , ...space] = shapeOf(context, x);
  if (space.length < 1 || space.length > 3) throw context.unsupported('1 to 3 axes of space', String(space.length));
  const window = attributes.ints('kernel_shape') ?? [];
  const axes = windowsOf(context, space, window, attributes.flag('ceil_mode', false));
  const isCounted = kind === 'average' && attributes.flag('count_include_pad', false);
  const image = channelsLast(context, x);
  if (!isCounted) {
    const inside = kind === 'max' ? 'max' : 'average of what is inside';
    return channelsFirst(context, x, addPool(builder, name, inside, axes, image));
  }
  if (axes.every(({ extra }) => extra === 0)) {
    return channelsFirst(context, x, addPool(builder, name, 'average of the window', axes, image));
  }
  // zeros that count, and what the last window reaches beyond them, which does not
  const around = axes.reduce(
    (y, { before, after, extra }, i) => builder.pad(name, y, 1 + i, before, after - extra),
    image,
  );
  const reaching = axes.map((axis) => ({ ...axis, before: 0, after: axis.extra }));
  return channelsFirst(context, x, addPool(builder, name, 'average of what is inside', reaching, around));
}

function overSpace(context: NodeContext, kind: 'max' | 'average'): Variable {
  const x = variableInput(context, 0);
  const [images, channels, ...space] = shapeOf(context, x) as [number, number, ...number[]];
  const axes = space.map((_, i) => 2 + i);
  return reduced(context, x, kind, axes, [images, channels, ...space.map(() => 1)]);
}
