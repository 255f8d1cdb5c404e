/** Convolutions of one to three axes, and transposed ones. ONNX has channels before space. @module */
import { range } from '../../../../core/nd.js';
import { convolve, convolveTransposed, type Window } from '../../spatial.js';
import { transposedConstant } from '../arithmetic.js';
import type { Constant, Variable } from '../constant.js';
import {
  constantInput,
  type NodeContext,
  type OperatorImporter,
  optionalConstant,
  shapeOf,
  variableInput,
} from '../context.js';
import { channelsFirst, channelsLast } from '../layout.js';
import { eachAxis, paddingKind, windowsOf } from '../windows.js';

export const convolutionOperators: Readonly<Record<string, OperatorImporter>> = {
  Conv: (context) => {
    const { x, kernel, bias, groups, space } = operandsOf(context);
    const [outChannels, inGroup, ...window] = kernel.shape as [number, number, ...number[]];
    const channels = shapeOf(context, x)[1]!;
    if (inGroup * groups !== channels || outChannels % groups !== 0) {
      throw context.bad(`weights of ${groups} groups of ${channels / groups} channels`, `[${kernel.shape.join(',')}]`);
    }
    const axes = windowsOf(context, space, window, false);
    // [out, in, ...window] -> [...window, in, out]
    const weights = transposedConstant(kernel, [...range(2, kernel.shape.length), 1, 0]);
    const { builder, name } = context;
    const convolution = { name, axes, groups, outChannels, weights, ...(bias && { bias: bias.data }) };
    return [channelsFirst(context, x, convolve(builder, convolution, channelsLast(context, x)))];
  },
  ConvTranspose: (context) => {
    const { x, kernel, bias, groups, space } = operandsOf(context);
    const [inChannels, outGroup, ...window] = kernel.shape as [number, number, ...number[]];
    const channels = shapeOf(context, x)[1]!;
    if (inChannels !== channels) throw context.bad(`weights of ${channels} channels`, String(inChannels));
    const { axes, added } = transposedWindows(context, space, window);
    // [groups, in, out, ...window] -> [...window, in, groups, out]
    const grouped = { ...kernel, shape: [groups, channels / groups, outGroup, ...window] };
    const weights = transposedConstant(grouped, [...range(3, 3 + window.length), 1, 0, 2]);
    const { builder, name } = context;
    const outChannels = groups * outGroup;
    const convolution = { name, axes, added, groups, outChannels, weights, ...(bias && { bias: bias.data }) };
    return [channelsFirst(context, x, convolveTransposed(builder, convolution, channelsLast(context, x)))];
  },
};

interface Operands {
  readonly x: Variable;
  readonly kernel: Constant;
  readonly bias: Constant | undefined;
  readonly groups: number;
  readonly space: readonly number[];
}

function operandsOf(context: NodeContext): Operands {
  const { attributes } = context;
  const x = variableInput(context, 0);
  const kernel = constantInput(context, 1, 'weights');
  const [, channels, ...space] = shapeOf(context, x);
  if (space.length < 1 || space.length > 3 || kernel.shape.length !== space.length + 2) {
    throw context.unsupported('an image and weights of 3 to 5 axes', `${space.length + 2} and ${kernel.shape.length}`);
  }
  const declared = attributes.ints('kernel_shape');
  if (declared !== undefined && declared.join(',') !== kernel.shape.slice(2).join(',')) {
    throw context.bad(`weights of kernel_shape [${declared.join(',')}]`, `[${kernel.shape.join(',')}]`);
  }
  const groups = attributes.int('group', 1);
  if (groups < 1 || channels! % groups !== 0) {
    throw context.bad(`groups that divide ${channels} channels`, String(groups));
  }
  return { x, kernel, bias: optionalConstant(context, 2, 'biases'), groups, space };
}

/** What is cut from the result of a transposed convolution, given or from the shape that is asked for; and what is added behind. */
function transposedWindows(
  context: NodeContext,
  space: readonly number[],
  window: readonly number[],
): { readonly axes: readonly Window[]; readonly added: readonly number[] } {
  const rank = space.length;
  const kind = paddingKind(context);
  const strides = eachAxis(context, 'strides', rank, 1);
  const dilations = eachAxis(context, 'dilations', rank, 1);
  const added = [...eachAxis(context, 'output_padding', rank, 0)];
  const pads = eachAxis(context, 'pads', 2 * rank, 0);
  const asked = context.attributes.ints('output_shape')?.slice(-rank);
  const axes = space.map((input, i): Window => {
    const axis = { window: window[i]!, stride: strides[i]!, dilation: dilations[i]! };
    const full = axis.stride * (input - 1) + added[i]! + axis.dilation * (axis.window - 1) + 1;
    context.room([full]);
    const isSame = kind === 'SAME_UPPER' || kind === 'SAME_LOWER';
    const target = asked?.[i] ?? (isSame ? input * axis.stride : undefined);
    if (target === undefined) {
      return kind === 'VALID'
        ? { ...axis, before: 0, after: 0 }
        : { ...axis, before: pads[i]!, after: pads[i + rank]! };
    }
    const cut = full - target;
    const less = Math.floor(cut / 2);
    const [before, after] = kind === 'SAME_UPPER' ? [less, cut - less] : [cut - less, less];
    if (before < 0) throw context.unsupported(`an output_shape of at most ${full}`, String(target));
    added[i]! -= Math.min(0, after);
    return { ...axis, before, after: Math.max(0, after) };
  });
  return { axes, added };
}
