/**
 * What the operators of TensorFlow are in ONNX, whose importer then does the rest: the table. https://www.tensorflow.org/api_docs/python/tf/raw_ops
 * @module
 */
import { integersOf, type Operator, overImages, same } from './context.js';
import {
  batchMatMul,
  batchNorm,
  biasOf,
  convolution,
  depthwise,
  matMul,
  pool,
  transposedConvolution,
} from './layers.js';
import { pack, pad, resize, slice, split, stridedSlice } from './movements.js';
import { refused } from './schema.js';

function reduction(opType: string): Operator {
  return ({ emit, inputs, output, settings }) => {
    // no axes are none in TensorFlow, and all in ONNX where nothing is said
    const keeps = { keepdims: Number(settings.flag('keep_dims')), noop_with_empty_axes: 1 };
    emit.node(opType, inputs.slice(0, 2), keeps, output);
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
