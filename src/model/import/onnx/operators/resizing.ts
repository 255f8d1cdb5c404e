/** Resize and Upsample: nearest elements as a movement, lines and cubics between elements as public sums. https://onnx.ai/onnx/operators/onnx__Resize.html @module */

import { added, inverse } from '../arithmetic.js';
import type { Value, Variable } from '../constant.js';
import {
  axesOf,
  inputOf,
  integersOf,
  type NodeContext,
  type OperatorImporter,
  optionalConstant,
  shapeOf,
} from '../context.js';
import { gathered, reshaped, transposed, variableOf } from '../move.js';

export const resizingOperators: Readonly<Record<string, OperatorImporter>> = {
  Resize: resize,
  Upsample: resize,
};

const MODES = ['nearest', 'linear', 'bilinear', 'cubic'] as const;
const PLACES = [
  'half_pixel',
  'pytorch_half_pixel',
  'half_pixel_symmetric',
  'align_corners',
  'asymmetric',
  'tf_half_pixel_for_nn',
] as const;
type Place = (typeof PLACES)[number];
const ROUNDINGS = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'] as const;

/** How one axis changes. */
interface Axis {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
}

/** Of an output the elements it is made of, and their factors. */
type Tap = readonly (readonly [index: number, factor: number])[];

function resize(context: NodeContext): readonly Value[] {
  const { attributes, opset, operator } = context;
  const x = inputOf(context, 0);
  const isOld = operator === 'Upsample' || opset < 11;
  const mode = attributes.choice('mode', MODES, 'nearest');
  const place: Place = isOld ? 'asymmetric' : attributes.choice('coordinate_transformation_mode', PLACES, 'half_pixel');
  const rounding = isOld ? 'floor' : attributes.choice('nearest_mode', ROUNDINGS, 'round_prefer_floor');
  const cubic = attributes.float('cubic_coeff_a', -0.75);
  const excludes = attributes.flag('exclude_outside', false);
  if (attributes.flag('antialias', false)) throw context.unsupported('no antialias', '1');
  attributes.ignore('extrapolation_value');
  const axes = axesOfResize(context, isOld);
  context.room(axes.map(({ to }) => to));
  if (axes.some(({ to }) => to < 1)) throw context.bad('extents of 1 or more', axes.map(({ to }) => to).join(','));
  // runtimes and ONNX's own cases differ there
  const partial = axes.find(({ from, to, scale }) => from * scale !== to && Math.abs(from * scale - to) > 1e-3);
  if (place === 'align_corners' && partial) {
    throw context.unsupported('whole extents with align_corners', String(partial.from * partial.scale));
  }
  let resized = x;
  for (const [axis, change] of axes.entries()) {
    if (change.from === change.to && change.scale === 1) continue;
    const at = (output: number): number => placeOf(place, output, change);
    if (mode === 'nearest') {
      const nearest = (output: number): number => clamp(round(rounding, at(output)), change.from);
      resized = gathered(
        context,
        resized,
        axis,
        Array.from({ length: change.to }, (_, i) => nearest(i)),
      );
    } else {
      const taps = Array.from({ length: change.to }, (_, i) =>
        mode === 'cubic' ? cubicTap(at(i), change.from, cubic, excludes) : linearTap(at(i), change.from),
      );
      resized = summed(context, resized, axis, taps);
    }
  }
  return [resized];
}

/** Scales or sizes, for all axes or for some. */
function axesOfResize(context: NodeContext, isOld: boolean): readonly Axis[] {
  const { attributes, opset, operator } = context;
  const shape = shapeOf(context, inputOf(context, 0));
  const given = opset >= 18 ? attributes.ints('axes') : undefined;
  const axes = axesOf(context, given ?? shape.map((_, axis) => axis), shape.length);
  const policy = attributes.choice('keep_aspect_ratio_policy', ['stretch', 'not_larger', 'not_smaller'], 'stretch');
  const scales =
    operator === 'Upsample' && opset < 9
      ? attributes.floats('scales')
      : Array.from(optionalConstant(context, isOld ? 1 : 2, 'scales')?.data ?? []);
  const sizes = isOld ? [] : (integersOf(context, 3, 'sizes') ?? []);
  const some: readonly number[] = sizes.length > 0 ? sizes : (scales ?? []);
  if (some.length !== axes.length || some.some((value) => !(value > 0))) {
    throw context.bad(`${axes.length} scales or sizes above 0`, `[${some.join(',')}]`);
  }
  const ratios = sizes.map((size, i) => size / shape[axes[i]!]!);
  const ratio = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  return shape.map((from, axis) => {
    const i = axes.indexOf(axis);
    if (i < 0) return { from, to: from, scale: 1 };
    if (sizes.length === 0) return { from, to: Math.floor(from * some[i]!), scale: some[i]! };
    const to = policy === 'stretch' ? sizes[i]! : Math.round(from * ratio);
    return { from, to, scale: policy === 'stretch' ? to / from : ratio };
  });
}

/** Where an output lies among the inputs. */
function placeOf(place: Place, output: number, { from, to, scale }: Axis): number {
  switch (place) {
    case 'half_pixel':
      return (output + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return to > 1 ? (output + 0.5) / scale - 0.5 : 0;
    case 'half_pixel_symmetric': {
      const adjustment = to / (scale * from);
      return from / 2 + (output + 0.5) / scale - 0.5 - (from / 2) * adjustment;
    }
    case 'align_corners':
      return to === 1 ? 0 : (output * (from - 1)) / (to - 1);
    case 'asymmetric':
      return output / scale;
    case 'tf_half_pixel_for_nn':
      return (output + 0.5) / scale;
    default:
      return place satisfies never;
  }
}

function round(rounding: (typeof ROUNDINGS)[number], x: number): number {
  switch (rounding) {
    case 'round_prefer_floor':
      return Math.ceil(x - 0.5);
    case 'round_prefer_ceil':
      return Math.floor(x + 0.5);
    case 'floor':
      return Math.floor(x);
    case 'ceil':
      return Math.ceil(x);
    default:
      return rounding satisfies never;
  }
}

function clamp(index: number, extent: number): number {
  return Math.min(Math.max(index, 0), extent - 1);
}

function linearTap(place: number, extent: number): Tap {
  const x = Math.min(Math.max(place, 0), extent - 1);
  const first = Math.floor(x);
  return [
    [first, 1 - (x - first)],
    [clamp(first + 1, extent), x - first],
  ];
}

/** Keys' cubic, through the four elements around. */
function cubicTap(place: number, extent: number, a: number, excludes: boolean): Tap {
  const first = Math.floor(place);
  const t = place - first;
  const near = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  const factors = [far(t + 1), near(t), near(1 - t), far(2 - t)];
  const isInside = (i: number): boolean => first - 1 + i >= 0 && first - 1 + i < extent;
  const kept = factors.map((factor, i) => (excludes && !isInside(i) ? 0 : factor));
  const sum = excludes ? kept.reduce((total, factor) => total + factor, 0) : 1;
  return kept.map((factor, i) => [clamp(first - 1 + i, extent), factor / sum] as const);
}

/** Along an axis the sums that taps say: of each tap's elements, by public factors. */
function summed(context: NodeContext, value: Value, axis: number, taps: readonly Tap[]): Value {
  if (value.kind === 'constant') throw context.unsupported('an input that depends on the input', 'a constant');
  const order = [axis, ...shapeOf(context, value).flatMap((_, i) => (i === axis ? [] : [i]))];
  const first = transposed(context, value, order);
  const shape = shapeOf(context, first);
  const rows = reshaped(context, first, [shape[0]!, shape.slice(1).reduce((x, y) => x * y, 1)]);
  const parts = taps[0]!.map((_, k) =>
    weighted(
      context,
      rows,
      taps.map((tap) => tap[k]!),
    ),
  );
  const used = parts.filter((part) => part !== undefined);
  const sum = used.reduce((x, y) => added(context, x, y));
  return transposed(context, reshaped(context, sum, shape.with(0, taps.length)), inverse(order));
}

/** Rows by their indices, each times its factor; a factor of 0 is a row of zeros. Undefined where all are. */
function weighted(
  context: NodeContext,
  rows: Value,
  taps: readonly (readonly [number, number])[],
): Variable | undefined {
  if (taps.every(([, factor]) => factor === 0) || rows.kind === 'constant') return undefined;
  const { builder, name } = context;
  const taken = variableOf(
    context,
    gathered(
      context,
      rows,
      0,
      taps.map(([index, factor]) => (factor === 0 ? -1 : index)),
    ),
    rows,
  );
  const factors = taps.map(([, factor]) => (factor === 0 ? 1 : factor));
  if (factors.every((factor) => factor === 1)) return taken;
  return { ...taken, id: builder.add({ op: 'scale', name, inputs: [taken.id], factors }) };
}
