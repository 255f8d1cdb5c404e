/** Slices, stacks, paddings and resizing: what only moves data, or nearly. @module */
import { range } from '../../../core/nd.js';
import { integersOf, type NodeContext, type Operator, overImages } from './context.js';
import { refused } from './schema.js';

/** Begin and end by axis, as masks and steps say; axes of one index go away. */
export function stridedSlice(context: NodeContext): void {
  const { emit, inputs, output, settings, node } = context;
  const [begin, end, strides] = [1, 2, 3].map((index) => integersOf(context, index)) as [number[], number[], number[]];
  const bit = (mask: string, axis: number): boolean => ((settings.integer(mask, 0) >> axis) & 1) === 1;
  if (settings.integer('ellipsis_mask', 0) !== 0 || settings.integer('new_axis_mask', 0) !== 0) {
    throw refused(node, 'slices without an ellipsis or new axes', 'one');
  }
  const axes = range(0, begin.length);
  const single = axes.filter((axis) => bit('shrink_axis_mask', axis));
  const starts = axes.map((axis) =>
    bit('begin_mask', axis) && !single.includes(axis) ? (strides[axis]! > 0 ? 0 : FAR) : begin[axis]!,
  );
  const ends = axes.map((axis) => {
    if (single.includes(axis)) return begin[axis] === -1 ? FAR : begin[axis]! + 1;
    return bit('end_mask', axis) ? (strides[axis]! > 0 ? FAR : -FAR) : end[axis]!;
  });
  const steps = axes.map((axis) => (single.includes(axis) ? 1 : strides[axis]!));
  const lists = [starts, ends, axes, steps].map((list) => emit.integers(list));
  const sliced = emit.node('Slice', [inputs[0]!, ...lists], {}, single.length === 0 ? output : undefined);
  if (single.length > 0) emit.node('Squeeze', [sliced, emit.integers(single)], {}, output);
}

/** Beyond any axis. */
const FAR = 2 ** 31 - 1;

export function slice(context: NodeContext): void {
  const { emit, inputs, output } = context;
  const [begin, size] = [integersOf(context, 1), integersOf(context, 2)];
  const ends = begin.map((start, axis) => (size[axis] === -1 ? FAR : start + size[axis]!));
  emit.node('Slice', [inputs[0]!, emit.integers(begin), emit.integers(ends)], {}, output);
}

/** Stacks along a new axis. */
export function pack({ emit, inputs, output, settings }: NodeContext): void {
  const axis = settings.integer('axis', 0);
  const at = emit.integers([axis]);
  emit.node(
    'Concat',
    inputs.map((x) => emit.node('Unsqueeze', [x, at])),
    { axis },
    output,
  );
}

/** Paddings are [axes, 2]. */
export function pad(mode: (context: NodeContext) => string): Operator {
  return (context) => {
    const { emit, inputs, output } = context;
    const amounts = integersOf(context, 1);
    const axes = range(0, amounts.length / 2);
    const pads = emit.integers([
      ...axes.map((axis) => amounts[2 * axis]!),
      ...axes.map((axis) => amounts[2 * axis + 1]!),
    ]);
    emit.node('Pad', [inputs[0]!, pads, ...inputs.slice(2, 3)], { mode: mode(context) }, output);
  };
}

export function resize(mode: 'nearest' | 'linear'): Operator {
  return (context) => {
    const { emit, settings } = context;
    const sizes = integersOf(context, 1);
    const coordinates = settings.flag('align_corners')
      ? 'align_corners'
      : settings.flag('half_pixel_centers')
        ? 'half_pixel'
        : 'asymmetric';
    overImages(context, 4, (x) => {
      const front = emit.node('Slice', [emit.node('Shape', [x]), emit.integers([0]), emit.integers([2])]);
      const shape = emit.node('Concat', [front, emit.integers(sizes)], { axis: 0 });
      const nearest =
        mode === 'nearest' ? { nearest_mode: coordinates === 'asymmetric' ? 'floor' : 'round_prefer_ceil' } : {};
      return emit.node('Resize', [x, '', '', shape], { mode, coordinate_transformation_mode: coordinates, ...nearest });
    });
  };
}

/** Several outputs, along an axis that is the input number `axisAt`. */
export function split(axisAt: number, valueAt: number, sizesAt?: number): Operator {
  return (context) => {
    const { emit, inputs, output, settings } = context;
    const axis = integersOf(context, axisAt)[0] ?? 0;
    const sizes = sizesAt === undefined ? undefined : integersOf(context, sizesAt);
    const count = sizes?.length ?? settings.integer('num_split', 1);
    const outputs = range(0, count).map((i) => (i === 0 ? output : `${output}:${i}`));
    if (sizes === undefined) emit.nodes('Split', [inputs[valueAt]!], outputs, { axis, num_outputs: count });
    else emit.nodes('Split', [inputs[valueAt]!, emit.integers(sizes)], outputs, { axis });
  };
}
