/**
 * What the operators of TensorFlow are in ONNX, whose importer then does the rest. https://www.tensorflow.org/api_docs/python/tf/raw_ops
 *
 * Images are channels last there: transposes around what wants them first cancel (passes/movement.ts).
 * @module
 */
import { range } from '../../../core/nd.js';
import type { Emitter } from './emitter.js';
import { type GraphNode, refused, type Settings } from './schema.js';

/** Numbers that the file holds. */
export interface Known {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

export interface NodeContext {
  readonly emit: Emitter;
  readonly node: GraphNode;
  readonly settings: Settings;
  /** Tensors that it reads. */
  readonly inputs: readonly string[];
  /** The name of its first output. */
  readonly output: string;
  /** A constant of the file. @throws UNSUPPORTED_LAYER where the input is none */
  known(index: number): Known;
}

type Operator = (context: NodeContext) => void;

/** One node of ONNX with the same inputs. */
function same(opType: string, settings: Readonly<Record<string, number>> = {}): Operator {
  return ({ emit, inputs, output }) => {
    emit.node(opType, inputs, settings, output);
  };
}

function isFirst({ settings }: NodeContext): boolean {
  return settings.text('data_format', 'NHWC').startsWith('NC');
}

/** Of [images, ...space, channels]: the axes with channels first, and back. */
function orders(rank: number): { readonly first: readonly number[]; readonly last: readonly number[] } {
  return { first: [0, rank - 1, ...range(1, rank - 1)], last: [0, ...range(2, rank), 1] };
}

/** Applies what ONNX has for channels first. */
function overImages(context: NodeContext, rank: number, apply: (x: string) => string): void {
  const { emit, inputs, output } = context;
  if (isFirst(context)) {
    emit.node('Identity', [apply(inputs[0]!)], {}, output);
    return;
  }
  const { first, last } = orders(rank);
  const x = emit.node('Transpose', [inputs[0]!], { perm: first });
  emit.node('Transpose', [apply(x)], { perm: last }, output);
}

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

function convolution(rank: number): Operator {
  return (context) =>
    fused(context, (y) => {
      const windows = windowsOf(context, rank);
      const kernel = kernelOf(context, rank);
      overImages({ ...context, output: y }, rank, (x) => context.emit.node('Conv', [x, kernel], windows));
    });
}

/** Weights are [rows, columns, in, multiplier]. */
function depthwise(context: NodeContext): void {
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
function transposedConvolution(context: NodeContext): void {
  const { emit, inputs, known } = context;
  const asked = Array.from(known(0).values);
  const { pads: _, ...windows } = windowsOf(context, 4);
  const kernel = emit.node('Transpose', [inputs[1]!], { perm: [3, 2, 0, 1] });
  const space = isFirst(context) ? asked.slice(2) : asked.slice(1, -1);
  overImages({ ...context, inputs: [inputs[2]!] }, 4, (x) =>
    emit.node('ConvTranspose', [x, kernel], { ...windows, output_shape: space }),
  );
}

function matMul(context: NodeContext): void {
  fused(context, (y) => {
    const { emit, inputs, settings } = context;
    const turned = (index: number, flag: string): string =>
      settings.flag(flag) ? emit.node('Transpose', [inputs[index]!], { perm: [1, 0] }) : inputs[index]!;
    emit.node('MatMul', [turned(0, 'transpose_a'), turned(1, 'transpose_b')], {}, y);
  });
}

/** Matrices in the last two axes, of as many axes as the file's weights have. */
function batchMatMul(context: NodeContext): void {
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
function biasOf(context: NodeContext, bias: string): string {
  return isFirst(context) ? context.emit.node('Unsqueeze', [bias, context.emit.integers([1, 2])]) : bias;
}

/** Inputs are x, gamma, beta, mean, variance. */
function batchNorm(context: NodeContext): void {
  const { emit, inputs, settings } = context;
  if (settings.flag('is_training')) throw refused(context.node, 'inference', 'training');
  const epsilon = settings.float('epsilon', 1e-4);
  overImages(context, 4, (x) => emit.node('BatchNormalization', [x, ...inputs.slice(1, 5)], { epsilon }));
}

function pool(opType: string, rank: number): Operator {
  return (context) => {
    const { dilations: _, ...windows } = windowsOf(context, rank);
    const all = context.settings.integers('ksize') ?? [];
    const kernel = isFirst(context) ? all.slice(2) : all.slice(1, -1);
    overImages(context, rank, (x) => context.emit.node(opType, [x], { ...windows, kernel_shape: kernel }));
  };
}

function reduction(opType: string): Operator {
  return ({ emit, inputs, output, settings }) => {
    // no axes are none in TensorFlow, and all in ONNX where nothing is said
    const keeps = { keepdims: Number(settings.flag('keep_dims')), noop_with_empty_axes: 1 };
    emit.node(opType, inputs.slice(0, 2), keeps, output);
  };
}

/** The integers of a constant input. */
function integersOf({ known }: NodeContext, index: number): readonly number[] {
  return Array.from(known(index).values);
}

/** Begin and end by axis, as masks and steps say; axes of one index go away. */
function stridedSlice(context: NodeContext): void {
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

function slice(context: NodeContext): void {
  const { emit, inputs, output } = context;
  const [begin, size] = [integersOf(context, 1), integersOf(context, 2)];
  const ends = begin.map((start, axis) => (size[axis] === -1 ? FAR : start + size[axis]!));
  emit.node('Slice', [inputs[0]!, emit.integers(begin), emit.integers(ends)], {}, output);
}

/** Stacks along a new axis. */
function pack({ emit, inputs, output, settings }: NodeContext): void {
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
function pad(mode: (context: NodeContext) => string): Operator {
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

function resize(mode: 'nearest' | 'linear'): Operator {
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
function split(axisAt: number, valueAt: number, sizesAt?: number): Operator {
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

const identity = same('Identity');
const INTEGERS = ['DT_INT32', 'DT_INT64', '3', '9'];
const FLOATS = ['DT_FLOAT', 'DT_DOUBLE', 'DT_BFLOAT16', 'DT_HALF', '1', '2', '14', '19'];

export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...['Identity', 'IdentityN', 'StopGradient', 'Snapshot', 'PreventGradient', 'EnsureShape'].map(
    (op) => [op, identity] as const,
  ),
  ...[
    'Add',
    'Sub',
    'Mul',
    'Relu',
    'Sigmoid',
    'Tanh',
    'Elu',
    'Selu',
    'Softplus',
    'Softsign',
    'Erf',
    'Exp',
    'Log',
    'Sqrt',
  ].map((op) => [op, same(op)] as const),
  ...['Abs', 'Neg', 'Reciprocal', 'Shape', 'Tile', 'Expand'].map((op) => [op, same(op)] as const),
  ['AddV2', same('Add')],
  [
    'BiasAdd',
    (context) =>
      context.emit.node('Add', [context.inputs[0]!, biasOf(context, context.inputs[1]!)], {}, context.output),
  ],
  ['AddN', same('Sum')],
  ['RealDiv', same('Div')],
  ['Div', same('Div')],
  ['DivNoNan', same('Div')],
  ['Maximum', same('Max')],
  ['Minimum', same('Min')],
  ['Pow', same('Pow')],
  ['Square', ({ emit, inputs, output }) => emit.node('Mul', [inputs[0]!, inputs[0]!], {}, output)],
  [
    'SquaredDifference',
    ({ emit, inputs, output }) => {
      const difference = emit.node('Sub', inputs);
      emit.node('Mul', [difference, difference], {}, output);
    },
  ],
  ['Rsqrt', ({ emit, inputs, output }) => emit.node('Reciprocal', [emit.node('Sqrt', inputs)], {}, output)],
  ['Relu6', ({ emit, inputs, output }) => emit.node('Clip', [inputs[0]!, emit.real(0), emit.real(6)], {}, output)],
  [
    'LeakyRelu',
    ({ emit, inputs, output, settings }) =>
      emit.node('LeakyRelu', inputs, { alpha: settings.float('alpha', 0.2) }, output),
  ],
  ['Prelu', same('PRelu')],
  ['ClipByValue', same('Clip')],
  ['Softmax', same('Softmax', { axis: -1 })],
  ['LogSoftmax', same('LogSoftmax', { axis: -1 })],
  ['Conv1D', convolution(3)],
  ['Conv2D', convolution(4)],
  ['_FusedConv2D', convolution(4)],
  ['FusedConv2D', convolution(4)],
  ['Conv3D', convolution(5)],
  ['DepthwiseConv2dNative', depthwise],
  ['FusedDepthwiseConv2dNative', depthwise],
  ['Conv2DBackpropInput', transposedConvolution],
  ['MatMul', matMul],
  ['_FusedMatMul', matMul],
  ['BatchMatMul', batchMatMul],
  ['BatchMatMulV2', batchMatMul],
  ...['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'].map((op) => [op, batchNorm] as const),
  ['MaxPool', pool('MaxPool', 4)],
  ['AvgPool', pool('AveragePool', 4)],
  ['MaxPool3D', pool('MaxPool', 5)],
  ['AvgPool3D', pool('AveragePool', 5)],
  ['Mean', reduction('ReduceMean')],
  ['Sum', reduction('ReduceSum')],
  ['Max', reduction('ReduceMax')],
  ['Min', reduction('ReduceMin')],
  ['Prod', reduction('ReduceProd')],
  ['Reshape', same('Reshape', { allowzero: 1 })],
  [
    'Squeeze',
    ({ emit, inputs, output, settings }) => {
      const axes = settings.integers('squeeze_dims') ?? [];
      emit.node('Squeeze', axes.length === 0 ? inputs : [inputs[0]!, emit.integers(axes)], {}, output);
    },
  ],
  [
    'ExpandDims',
    (context) =>
      context.emit.node(
        'Unsqueeze',
        [context.inputs[0]!, context.emit.integers(integersOf(context, 1))],
        {},
        context.output,
      ),
  ],
  [
    'Transpose',
    (context) => context.emit.node('Transpose', [context.inputs[0]!], { perm: integersOf(context, 1) }, context.output),
  ],
  ['BroadcastTo', same('Expand')],
  ['Pack', pack],
  [
    'ConcatV2',
    (context) => {
      const last = context.inputs.length - 1;
      const axis = integersOf(context, last)[0] ?? 0;
      context.emit.node('Concat', context.inputs.slice(0, last), { axis }, context.output);
    },
  ],
  ['Split', split(0, 1)],
  ['SplitV', split(2, 0, 1)],
  ['Slice', slice],
  ['StridedSlice', stridedSlice],
  [
    'GatherV2',
    (context) => {
      const axis = integersOf(context, 2)[0] ?? 0;
      const batches = context.settings.integer('batch_dims', 0);
      if (batches !== 0) throw refused(context.node, 'batch_dims of 0', String(batches));
      context.emit.node('Gather', context.inputs.slice(0, 2), { axis }, context.output);
    },
  ],
  ['Pad', pad(() => 'constant')],
  ['PadV2', pad(() => 'constant')],
  [
    'MirrorPad',
    pad(({ settings, node }) => {
      const mode = settings.text('mode', 'REFLECT');
      if (mode !== 'REFLECT') throw refused(node, 'the mode REFLECT', mode);
      return 'reflect';
    }),
  ],
  ['ResizeNearestNeighbor', resize('nearest')],
  ['ResizeBilinear', resize('linear')],
  [
    'DepthToSpace',
    (context) => {
      const blocksize = context.settings.integer('block_size', 2);
      overImages(context, 4, (x) => context.emit.node('DepthToSpace', [x], { blocksize, mode: 'DCR' }));
    },
  ],
  [
    'SpaceToDepth',
    (context) => {
      const blocksize = context.settings.integer('block_size', 2);
      overImages(context, 4, (x) => context.emit.node('SpaceToDepth', [x], { blocksize }));
    },
  ],
  [
    'Cast',
    ({ emit, node, inputs, output, settings }) => {
      const type = settings.type('DstT');
      const isInteger = INTEGERS.includes(type);
      if (!isInteger && !FLOATS.includes(type)) throw refused(node, 'a cast to integers or floats', type || 'no type');
      emit.node('Cast', inputs, { to: isInteger ? 7 : 1 }, output);
    },
  ],
]);
