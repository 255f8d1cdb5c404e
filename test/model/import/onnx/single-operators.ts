/** Models of one operator each: those that random graphs do not have. What only moves or keeps elements is followed by an activation. @module */
import { create } from '@bufbuild/protobuf';
import { type NodeProto, type TensorProto, TensorProto_DataType, TensorProtoSchema } from 'onnx-buf';
import { floats, graphOf, modelOf, node, type Parts } from './support.js';

const { BOOL, FLOAT, INT64 } = TensorProto_DataType;

function whole(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  const int64Data = values.map(BigInt);
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: INT64, int64Data });
}

function flags(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: BOOL, int32Data: [...values] });
}

interface Single extends Omit<Parts, 'nodes'> {
  readonly shape: readonly number[];
  /** From x to s. */
  readonly nodes: readonly NodeProto[];
}

/** x^2 + 1/2, for what has a pole or a root at zero. */
const AWAY: readonly NodeProto[] = [node('Mul', ['x', 'x'], ['square']), node('Add', ['square', 'half'], ['p'])];
const HALF = floats('half', [], [0.5]);
const smooth = (name: string, settings: Parameters<typeof node>[3] = {}): Single => ({
  shape: [2, 4],
  nodes: [...AWAY, node(name, ['p'], ['s'], settings)],
  weights: [HALF],
});

const SINGLE: Readonly<Record<string, Single>> = {
  Cast: { shape: [2, 3], nodes: [node('Cast', ['x'], ['s'], { to: FLOAT })] },
  CastLike: { shape: [2, 3], nodes: [node('CastLike', ['x', 'like'], ['s'])], weights: [floats('like', [1], [0])] },
  Celu: { shape: [2, 3], nodes: [node('Celu', ['x'], ['s'], { alpha: 1.5 })] },
  Compress: {
    shape: [3, 4],
    nodes: [node('Compress', ['x', 'c'], ['s'], { axis: 1 })],
    weights: [flags('c', [4], [1, 0, 1, 1])],
  },
  Dropout: { shape: [2, 3], nodes: [node('Dropout', ['x'], ['s'])] },
  Einsum: {
    shape: [2, 2, 3],
    nodes: [node('Einsum', ['x', 'x'], ['s'], { equation: 'bij,bkj->bki' })],
  },
  Exp: { shape: [2, 3], nodes: [node('Exp', ['x'], ['s'])] },
  GatherElements: {
    shape: [2, 3],
    nodes: [node('GatherElements', ['x', 'i'], ['s'], { axis: 1 })],
    weights: [whole('i', [2, 2], [2, 0, 1, -1])],
  },
  GatherND: {
    shape: [2, 3, 2],
    nodes: [node('GatherND', ['x', 'i'], ['s'])],
    weights: [whole('i', [3, 2], [1, 2, 0, 0, 1, 1])],
  },
  Gelu: { shape: [2, 3], nodes: [node('Gelu', ['x'], ['s'])], opset: 20 },
  GroupNormalization: {
    shape: [1, 4, 3],
    nodes: [node('GroupNormalization', ['x', 'scale', 'bias'], ['s'], { num_groups: 2, epsilon: 0.1 })],
    weights: [floats('scale', [4], [1, 0.5, -1, 2]), floats('bias', [4], [0, 0.25, 0.5, -1])],
    opset: 21,
  },
  If: {
    shape: [2, 3],
    nodes: [
      node('If', ['c'], ['s'], {
        then_branch: graphOf([node('Neg', ['x'], ['a'])], ['a']),
        else_branch: graphOf([node('Abs', ['x'], ['b'])], ['b']),
      }),
    ],
    weights: [flags('c', [1], [1])],
  },
  LRN: { shape: [1, 4, 2, 2], nodes: [node('LRN', ['x'], ['s'], { size: 3, alpha: 0.5, beta: 0.75 })] },
  Log: smooth('Log'),
  LpNormalization: { shape: [2, 4], nodes: [...AWAY, node('LpNormalization', ['p'], ['s'])], weights: [HALF] },
  MeanVarianceNormalization: { shape: [1, 2, 3, 3], nodes: [node('MeanVarianceNormalization', ['x'], ['s'])] },
  Mish: { shape: [2, 3], nodes: [node('Mish', ['x'], ['s'])], opset: 18 },
  RMSNormalization: {
    shape: [2, 4],
    nodes: [node('RMSNormalization', ['x', 'scale'], ['s'], { epsilon: 0.1 })],
    weights: [floats('scale', [4], [1, 0.5, -1, 2])],
    opset: 23,
  },
  Reciprocal: smooth('Reciprocal'),
  ReduceLogSum: smooth('ReduceLogSum', { axes: [1] }),
  ReverseSequence: {
    shape: [4, 3],
    nodes: [node('ReverseSequence', ['x', 'lengths'], ['s'], { batch_axis: 1, time_axis: 0 })],
    weights: [whole('lengths', [3], [1, 4, 2])],
  },
  Scatter: {
    shape: [3, 3],
    nodes: [node('Scatter', ['x', 'i', 'u'], ['s'])],
    weights: [whole('i', [1, 3], [1, 0, 2]), floats('u', [1, 3], [0.5, -0.5, 0.25])],
    opset: 10,
  },
  ScatterElements: {
    shape: [3, 3],
    nodes: [node('Neg', ['x'], ['n']), node('ScatterElements', ['x', 'i', 'n'], ['s'], { axis: 1 })],
    weights: [whole('i', [3, 3], [2, 0, 1, 0, 1, 2, 1, 2, 0])],
  },
  ScatterND: {
    shape: [3, 2],
    nodes: [node('ScatterND', ['x', 'i', 'u'], ['s'])],
    weights: [whole('i', [1, 1], [1]), floats('u', [1, 2], [0.5, -0.25])],
  },
  Shape: {
    shape: [2, 2],
    nodes: [node('Shape', ['x'], ['d']), node('Cast', ['d'], ['f'], { to: FLOAT }), node('Mul', ['x', 'f'], ['s'])],
  },
  Size: {
    shape: [2, 2],
    nodes: [node('Size', ['x'], ['d']), node('Cast', ['d'], ['f'], { to: FLOAT }), node('Mul', ['x', 'f'], ['s'])],
  },
  Split: {
    shape: [2, 4],
    nodes: [node('Split', ['x'], ['a', 'b'], { axis: 1 }), node('Sub', ['a', 'b'], ['s'])],
  },
  Sqrt: smooth('Sqrt'),
  ThresholdedRelu: { shape: [2, 3], nodes: [node('ThresholdedRelu', ['x'], ['s'], { alpha: 0.3 })] },
  Trilu: { shape: [3, 3], nodes: [node('Trilu', ['x'], ['s'], { upper: 0 })] },
  Upsample: {
    shape: [1, 1, 2, 3],
    nodes: [node('Upsample', ['x', 'scales'], ['s'], { mode: 'nearest' })],
    weights: [floats('scales', [4], [1, 1, 2, 2])],
    opset: 9,
  },
  Where: {
    shape: [2, 3],
    nodes: [node('Neg', ['x'], ['n']), node('Where', ['c', 'x', 'n'], ['s'])],
    weights: [flags('c', [1, 3], [1, 0, 1])],
  },
};

export const SINGLE_OPERATORS: readonly string[] = Object.keys(SINGLE);

export function singleOperator(operator: string): {
  readonly inputShape: readonly number[];
  readonly model: ReturnType<typeof modelOf>;
} {
  const { shape, nodes, ...parts } = SINGLE[operator]!;
  const last = node('LeakyRelu', ['s'], ['y'], { alpha: 0.25 });
  return { inputShape: shape, model: modelOf(shape, { ...parts, nodes: [...nodes, last] }) };
}
