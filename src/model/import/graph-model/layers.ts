/** Convolutions, pools, normalisations and products of matrices, with what is fused into them. @module */
import { range } from '../../../core/nd.js';
import { isFirst, type NodeContext, type Operator, overImages } from './context.js';
import { refused } from './schema.js';

/** Settings of windows along the axes of space. */
function windowsOf(context: NodeContext, rank: number): Readonly<Record<string, string | readonly number[]>> {
  const { settings, node } = context;
  const space = (name: string): readonly number[] | undefined => {
    const all = settings.integers(name);
    if (all === undefined || all.length !== rank) return all?.length === rank - 2 ? all : undefined;
    return isFirst(context) ? all.slice(2) : all.slice(1, -1);
  };
  const padding = settings.text('padding', 'VALID');
  const strides = space('strides') ?? new Array<number>(rank - 2).fill(1);
  const dilations = space('dilations') ?? new Array<number>(rank - 2).fill(1);
  const common = { strides, dilations };
  if (padding === 'SAME') return { ...common, auto_pad: 'SAME_UPPER' };
  if (padding === 'VALID') return { ...common, auto_pad: 'VALID' };
  const explicit = settings.integers('explicit_paddings');
  if (padding !== 'EXPLICIT' || explicit?.length !== 2 * rank)
    throw refused(node, 'a padding of SAME, VALID or EXPLICIT', padding);
  const axes = isFirst(context) ? range(2, rank) : range(1, rank - 1);
  return {
    ...common,
    pads: [...axes.map((axis) => explicit[2 * axis]!), ...axes.map((axis) => explicit[2 * axis + 1]!)],
  };
}

/** [...window, in, out] -> [out, in, ...window] */
function kernelOf({ emit, inputs }: NodeContext, rank: number): string {
  return emit.node('Transpose', [inputs[1]!], { perm: [rank - 1, rank - 2, ...range(0, rank - 2)] });
}

export function convolution(rank: number): Operator {
  return (context) =>
    fused(context, (y) => {
      const windows = windowsOf(context, rank);
      const kernel = kernelOf(context, rank);
      overImages({ ...context, output: y }, rank, (x) => context.emit.node('Conv', [x, kernel], windows));
    });
}

/** Weights are [rows, columns, in, multiplier]. */
export function depthwise(context: NodeContext): void {
  fused(context, (y) => {
    const { emit, inputs } = context;
    const { shape } = context.known(1);
    const [rows, columns, channels, multiplier] = shape as [number, number, number, number];
    const one = emit.integers([rows, columns, 1, channels * multiplier]);
    const flat = emit.node('Reshape', [inputs[1]!, one]);
    const kernel = emit.node('Transpose', [flat], { perm: [3, 2, 0, 1] });
    const windows = windowsOf(context, 4);
    overImages({ ...context, output: y }, 4, (x) => emit.node('Conv', [x, kernel], { ...windows, group: channels }));
  });
}

/** The output's shape, the weights [...window, out, in], and the input. */
export function transposedConvolution(context: NodeContext): void {
  const { emit, inputs, known } = context;
  const asked = Array.from(known(0).values);
  const { pads: _, ...windows } = windowsOf(context, 4);
  const kernel = emit.node('Transpose', [inputs[1]!], { perm: [3, 2, 0, 1] });
  const space = isFirst(context) ? asked.slice(2) : asked.slice(1, -1);
  overImages({ ...context, inputs: [inputs[2]!] }, 4, (x) =>
    emit.node('ConvTranspose', [x, kernel], { ...windows, output_shape: space }),
  );
}

export function matMul(context: NodeContext): void {
  fused(context, (y) => {
    const { emit, inputs, settings } = context;
    const turned = (index: number, flag: string): string =>
      settings.flag(flag) ? emit.node('Transpose', [inputs[index]!], { perm: [1, 0] }) : inputs[index]!;
    emit.node('MatMul', [turned(0, 'transpose_a'), turned(1, 'transpose_b')], {}, y);
  });
}

/** Matrices in the last two axes, of as many axes as the file's weights have. */
export function batchMatMul(context: NodeContext): void {
  const { emit, inputs, output, settings, known } = context;
  if (settings.flag('adj_x')) throw refused(context.node, 'a first factor that is not transposed', 'one that is');
  if (!settings.flag('adj_y')) {
    emit.node('MatMul', inputs, {}, output);
    return;
  }
  const rank = known(1).shape.length;
  const perm = [...range(0, rank - 2), rank - 1, rank - 2];
  emit.node('MatMul', [inputs[0]!, emit.node('Transpose', [inputs[1]!], { perm })], {}, output);
}

/** What follows in the same node: a bias and an activation. */
function fused(context: NodeContext, compute: (output: string) => void): void {
  const { emit, settings, output, inputs, node } = context;
  const steps = settings.texts('fused_ops');
  let next = 2;
  let x = steps.length === 0 ? output : `${output}//fused`;
  compute(x);
  for (const [i, step] of steps.entries()) {
    const y = i === steps.length - 1 ? output : `${output}//fused${i}`;
    switch (step) {
      case 'BiasAdd':
        emit.node('Add', [x, biasOf(context, inputs[next++]!)], {}, y);
        break;
      case 'Prelu':
        emit.node('PRelu', [x, inputs[next++]!], {}, y);
        break;
      case 'LeakyRelu':
        emit.node('LeakyRelu', [x], { alpha: settings.float('leakyrelu_alpha', 0.2) }, y);
        break;
      case 'Relu6':
        emit.node('Clip', [x, emit.real(0), emit.real(6)], {}, y);
        break;
      case 'Relu':
      case 'Elu':
      case 'Sigmoid':
      case 'Tanh':
        emit.node(step, [x], {}, y);
        break;
      default:
        throw refused(node, 'a bias or an activation in the same node', step);
    }
    x = y;
  }
}

/** One number a channel. */
export function biasOf(context: NodeContext, bias: string): string {
  return isFirst(context) ? context.emit.node('Unsqueeze', [bias, context.emit.integers([1, 2])]) : bias;
}

/** Inputs are x, gamma, beta, mean, variance. */
export function batchNorm(context: NodeContext): void {
  const { emit, inputs, settings } = context;
  if (settings.flag('is_training')) throw refused(context.node, 'inference', 'training');
  const epsilon = settings.float('epsilon', 1e-4);
  overImages(context, 4, (x) => emit.node('BatchNormalization', [x, ...inputs.slice(1, 5)], { epsilon }));
}

export function pool(opType: string, rank: number): Operator {
  return (context) => {
    const { dilations: _, ...windows } = windowsOf(context, rank);
    const all = context.settings.integers('ksize') ?? [];
    const kernel = isFirst(context) ? all.slice(2) : all.slice(1, -1);
    overImages(context, rank, (x) => context.emit.node(opType, [x], { ...windows, kernel_shape: kernel }));
  };
}
