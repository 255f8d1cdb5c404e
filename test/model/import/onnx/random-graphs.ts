/** Random ONNX graphs of supported operators, a few nodes each, with weights of moderate size. @module */
import type { ModelProto, NodeProto, TensorProto } from 'onnx-buf';
import { sizeOf } from '../../../../src/core/ring.js';
import { random } from '../../support.js';
import { floats, imported, integers, modelOf, node } from './support.js';

/** What a new node is made with. */
interface Draft {
  readonly shape: readonly number[];
  /** The tensor that it reads. */
  readonly x: string;
  /** Another tensor of the graph, and its shape. */
  readonly other: string;
  readonly otherShape: readonly number[];
  readonly below: (count: number) => number;
  readonly real: () => number;
  /** Adds random weights and gives their name. */
  readonly weights: (shape: readonly number[], low?: number, high?: number) => string;
  readonly list: (values: readonly number[]) => string;
}

type Make = (draft: Draft) => NodeProto | undefined;

const CALLED = ['y'];

const unary =
  (operator: string, settings: Readonly<Record<string, number | string>> = {}): Make =>
  ({ x }) =>
    node(operator, [x], CALLED, settings);

const binary =
  (operator: string): Make =>
  ({ x, other, shape, otherShape, below, weights }) => {
    if (below(2) === 0) return node(operator, [x, other], CALLED);
    const some = (below(3) === 0 ? otherShape : shape)
      .slice(below(shape.length))
      .map((extent) => (below(3) === 0 ? 1 : extent));
    const constant = weights(some, 0.5, 1.5);
    return node(operator, below(2) === 0 && operator !== 'Div' ? [constant, x] : [x, constant], CALLED);
  };

const someAxes = ({ shape, below }: Draft): readonly number[] => {
  const axes = shape.map((_, axis) => axis).filter(() => below(2) === 0);
  return axes.length === 0 ? [below(shape.length)] : axes.map((axis) => (below(2) === 0 ? axis : axis - shape.length));
};

/** Axes as an attribute, which opset 17 has for all but the sum. */
const reduction =
  (operator: string): Make =>
  (draft) => {
    const axes = someAxes(draft);
    const keepdims = draft.below(2);
    if (operator === 'ReduceSum') return node(operator, [draft.x, draft.list(axes)], CALLED, { keepdims });
    return node(operator, [draft.x], CALLED, { axes, keepdims });
  };

const windows = ({ shape, below }: Draft, most: number): Record<string, readonly number[] | string> => {
  const space = shape.slice(2);
  const kernel = space.map((extent) => 1 + below(Math.min(extent, most)));
  const dilations = kernel.map((extent, i) => (extent > 1 && 2 * (extent - 1) < space[i]! ? 1 + below(2) : 1));
  const pads = [...kernel, ...kernel].map((extent) => below(extent));
  const strides = space.map(() => 1 + below(2));
  // onnxruntime leaves dilations out of automatic padding
  if (below(4) === 0) {
    return { kernel_shape: kernel, strides, auto_pad: ['SAME_UPPER', 'SAME_LOWER', 'VALID'][below(3)]! };
  }
  return { kernel_shape: kernel, strides, dilations, pads };
};

const isImage = ({ shape }: Draft): boolean => shape.length >= 3 && shape.length <= 5;

const pool =
  (operator: string): Make =>
  (draft) => {
    if (!isImage(draft)) return undefined;
    const { dilations, ...settings } = windows(draft, 3);
    const more = operator === 'MaxPool' ? dilations && { dilations } : { count_include_pad: draft.below(2) };
    // runtimes differ from ONNX in what automatic padding makes of rounding up
    const ceil = settings.auto_pad === undefined ? { ceil_mode: draft.below(2) } : {};
    return node(operator, [draft.x], CALLED, { ...settings, ...more, ...ceil });
  };

const MAKERS: Readonly<Record<string, Make>> = {
  ...Object.fromEntries(
    ['Relu', 'Abs', 'Neg', 'Sigmoid', 'Tanh', 'Softplus', 'Softsign', 'Erf', 'HardSwish', 'Identity', 'Selu'].map(
      (operator) => [operator, unary(operator)],
    ),
  ),
  ...Object.fromEntries(
    ['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'Sum', 'Mean'].map((operator) => [operator, binary(operator)]),
  ),
  ...Object.fromEntries(
    [
      'ReduceMean',
      'ReduceSum',
      'ReduceMax',
      'ReduceMin',
      'ReduceL1',
      'ReduceL2',
      'ReduceSumSquare',
      'ReduceLogSumExp',
    ].map((operator) => [operator, reduction(operator)]),
  ),
  MaxPool: pool('MaxPool'),
  AveragePool: pool('AveragePool'),
  Div: ({ x, shape, weights }) => node('Div', [x, weights(shape.slice(-1), 0.5, 2)], CALLED),
  LeakyRelu: ({ x, real }) => node('LeakyRelu', [x], CALLED, { alpha: 0.013 + real() / 2 }),
  Elu: ({ x, real }) => node('Elu', [x], CALLED, { alpha: 0.513 + real() / 2 }),
  HardSigmoid: ({ x, real }) => node('HardSigmoid', [x], CALLED, { alpha: 0.213 + real() / 9, beta: 0.413 }),
  PRelu: ({ x, shape, below, weights }) =>
    node('PRelu', [x, weights(below(2) === 0 ? [1] : shape.slice(-1), -0.5, 1.5)], CALLED),
  Clip: ({ x, weights, below }) =>
    node('Clip', [x, below(3) === 0 ? '' : weights([], -1, 0), below(3) === 0 ? '' : weights([], 0.1, 1)], CALLED),
  Conv: (draft) => {
    if (!isImage(draft)) return undefined;
    const { shape, below, weights, x } = draft;
    const settings = windows(draft, 3);
    const groups = below(2) === 0 ? 1 : shape[1]!;
    const out = groups * (1 + below(3));
    const kernel = weights([out, shape[1]! / groups, ...(settings.kernel_shape as readonly number[])]);
    return node('Conv', below(2) === 0 ? [x, kernel] : [x, kernel, weights([out])], CALLED, {
      ...settings,
      group: groups,
    });
  },
  ConvTranspose: (draft) => {
    if (!isImage(draft)) return undefined;
    const { shape, below, weights, x } = draft;
    const space = shape.slice(2);
    const window = space.map(() => 1 + below(3));
    const groups = below(2) === 0 ? 1 : shape[1]!;
    const strides = space.map(() => 1 + below(2));
    const pads = [...window, ...window].map((extent) => below(extent));
    const kernel = weights([shape[1]!, 1 + below(2), ...window]);
    const added = strides.map((stride) => below(stride));
    return node('ConvTranspose', [x, kernel], CALLED, { strides, pads, group: groups, output_padding: added });
  },
  GlobalAveragePool: (draft) => (isImage(draft) ? node('GlobalAveragePool', [draft.x], CALLED) : undefined),
  GlobalMaxPool: (draft) => (isImage(draft) ? node('GlobalMaxPool', [draft.x], CALLED) : undefined),
  BatchNormalization: ({ x, shape, weights }) => {
    if (shape.length < 2) return undefined;
    const channels = [shape[1]!];
    const inputs = [weights(channels), weights(channels), weights(channels), weights(channels, 0.5, 2)];
    return node('BatchNormalization', [x, ...inputs], CALLED, { epsilon: 0.0013 });
  },
  InstanceNormalization: (draft) => {
    if (!isImage(draft)) return undefined;
    const channels = [draft.shape[1]!];
    return node('InstanceNormalization', [draft.x, draft.weights(channels), draft.weights(channels)], CALLED, {
      epsilon: 0.013,
    });
  },
  LayerNormalization: ({ x, shape, below, weights }) => {
    const axis = below(shape.length);
    const rest = shape.slice(axis);
    return node('LayerNormalization', below(2) === 0 ? [x, weights(rest)] : [x, weights(rest), weights(rest)], CALLED, {
      axis,
      epsilon: 0.013,
    });
  },
  Softmax: ({ x, shape, below }) => node('Softmax', [x], CALLED, { axis: below(2 * shape.length) - shape.length }),
  LogSoftmax: ({ x, shape, below }) => node('LogSoftmax', [x], CALLED, { axis: below(shape.length) }),
  Concat: ({ x, other, shape, below }) =>
    node('Concat', below(2) === 0 ? [x, x] : [x, other, x], CALLED, { axis: below(shape.length) }),
  Slice: ({ x, shape, below, list }) => {
    const axis = below(shape.length);
    const step = [1, 1, 2, -1, -2][below(5)]!;
    const [a, b] = [below(shape[axis]!), below(shape[axis]!)];
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    const [start, end] =
      step > 0 ? [low, below(2) === 0 ? high + 1 : 2 ** 40] : [high, low - 1 - (low === 0 ? shape[axis]! : 0)];
    return node('Slice', [x, list([start]), list([end]), list([axis]), list([step])], CALLED);
  },
  Pad: ({ x, shape, below, list, weights }) => {
    const mode = ['constant', 'reflect', 'edge'][below(3)]!;
    const pads = [...shape, ...shape].map((extent) => below(Math.min(extent, 3)));
    return node('Pad', mode === 'constant' ? [x, list(pads), weights([])] : [x, list(pads)], CALLED, { mode });
  },
  Reshape: ({ x, shape, below, list }) => {
    const size = sizeOf(shape);
    const first = [1, 2, 3, 4, 6].filter((extent) => size % extent === 0);
    const extent = first[below(first.length)]!;
    const target = below(2) === 0 ? [extent, -1] : [1, extent, -1];
    return node('Reshape', [x, list(target)], CALLED);
  },
  Flatten: ({ x, shape, below }) => node('Flatten', [x], CALLED, { axis: below(shape.length + 1) }),
  Unsqueeze: ({ x, shape, below, list }) =>
    shape.length > 4 ? undefined : node('Unsqueeze', [x, list([below(shape.length + 1)])], CALLED),
  Squeeze: ({ x }) => node('Squeeze', [x], CALLED),
  Transpose: ({ x, shape, below }) => {
    const axes = shape.map((_, axis) => axis);
    const perm = shape.map(() => axes.splice(below(axes.length), 1)[0]!);
    return node('Transpose', [x], CALLED, { perm });
  },
  Expand: ({ x, shape, list }) => node('Expand', [x, list([2, ...shape.map(() => 1)])], CALLED),
  Tile: ({ x, shape, below, list }) => node('Tile', [x, list(shape.map(() => 1 + below(2)))], CALLED),
  Gather: ({ x, shape, below, list }) => {
    const axis = below(shape.length);
    const indices = Array.from({ length: 1 + below(4) }, () => below(2 * shape[axis]!) - shape[axis]!);
    return node('Gather', [x, list(indices)], CALLED, { axis });
  },
  DepthToSpace: ({ x, shape, below }) =>
    shape.length === 4
      ? node('DepthToSpace', [x], CALLED, { blocksize: 2, mode: ['DCR', 'CRD'][below(2)]! })
      : undefined,
  SpaceToDepth: ({ x, shape }) =>
    shape.length === 4 ? node('SpaceToDepth', [x], CALLED, { blocksize: 2 }) : undefined,
  Resize: ({ x, shape, below, list }) => {
    if (shape.length !== 4) return undefined;
    const mode = ['nearest', 'linear', 'cubic'][below(3)]!;
    const places = ['half_pixel', 'align_corners', 'asymmetric', 'pytorch_half_pixel'];
    const sizes = [...shape.slice(0, 2), ...shape.slice(2).map((extent) => 1 + below(2 * extent))];
    const rounding = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'][below(4)]!;
    const place = places[below(places.length)]!;
    return node('Resize', [x, '', '', list(sizes)], CALLED, {
      mode,
      coordinate_transformation_mode: place,
      ...(mode === 'nearest' ? { nearest_mode: rounding } : {}),
    });
  },
  MatMul: ({ x, shape, below, weights }) => {
    const inner = shape.at(-1)!;
    const batch = below(3) === 0 ? shape.slice(0, -2) : [];
    return node('MatMul', [x, weights([...batch, inner, 1 + below(4)])], CALLED);
  },
  Gemm: ({ x, shape, below, weights }) => {
    if (shape.length !== 2) return undefined;
    const out = 1 + below(4);
    const [transA, transB] = [below(2), below(2)];
    const inner = shape[transA === 1 ? 0 : 1]!;
    const bias = weights(below(2) === 0 ? [out] : [shape[transA === 1 ? 1 : 0]!, 1]);
    return node('Gemm', [x, weights(transB === 1 ? [out, inner] : [inner, out]), bias], CALLED, {
      transA,
      transB,
      alpha: 0.513,
      beta: 1.513,
    });
  },
  CumSum: ({ x, shape, below, list }) =>
    node('CumSum', [x, list([below(shape.length)])], CALLED, { exclusive: below(2), reverse: below(2) }),
  Pow: ({ x, below }) => (below(2) === 0 ? node('Mul', [x, x], CALLED) : undefined),
};

const MOST_ELEMENTS = 3000;
const TRIES = 20;

export interface RandomGraph {
  readonly model: ModelProto;
  readonly inputShape: readonly number[];
  readonly operators: readonly string[];
}

export const OPERATORS: readonly string[] = Object.keys(MAKERS);

export interface Wishes {
  /** Nodes; by default some. */
  readonly count?: number;
  /** The operators to choose from. */
  readonly names?: readonly string[];
  /** Greatest weight of a node, by powers of ten; by default 1. */
  readonly magnitudes?: { readonly least: number; readonly most: number };
}

/** The graph of a seed. A node that is refused is left out; `refused` hears of it. */
export async function randomGraph(
  seed: number,
  refused: (operator: string, model: ModelProto, error: unknown) => void,
  wishes: Wishes = {},
): Promise<RandomGraph> {
  const next = random(seed);
  const below = (count: number): number => Math.floor(next() * count);
  const rank = 2 + below(4);
  const inputShape = Array.from({ length: rank }, (_, axis) =>
    axis === 0 ? 1 + below(2) : [1, 2, 3, 4, 5, 6][below(6)]!,
  );
  const { count = 1 + below(6), names = OPERATORS, magnitudes } = wishes;
  const weights: TensorProto[] = [];
  const nodes: NodeProto[] = [];
  const shapes = new Map<string, readonly number[]>([['x', inputShape]]);
  let last = 'x';
  for (let tries = 0; nodes.length < count && tries < TRIES; tries++) {
    const operator = names[below(names.length)]!;
    const added: TensorProto[] = [];
    const known = [...shapes.keys()];
    const other = known[below(known.length)]!;
    const magnitude =
      magnitudes === undefined ? 1 : 10 ** (magnitudes.least + next() * (magnitudes.most - magnitudes.least));
    const called = (): string => `w${weights.length + added.length}`;
    const made = MAKERS[operator]!({
      shape: shapes.get(last)!,
      x: last,
      other,
      otherShape: shapes.get(other)!,
      below,
      real: next,
      weights: (shape, low = -1, high = 1) => {
        const name = called();
        added.push(
          floats(
            name,
            shape,
            Array.from({ length: sizeOf(shape) }, () => magnitude * (low + next() * (high - low))),
          ),
        );
        return name;
      },
      list: (values) => {
        const name = called();
        added.push(integers(name, values));
        return name;
      },
    });
    if (made === undefined) continue;
    const output = `t${nodes.length}`;
    const renamed = { ...made, output: [output] };
    // an addition, so that what ends a graph is no function that is left to the client
    const tail = node('Add', [output, 'half'], ['y']);
    const model = modelOf(inputShape, {
      nodes: [...nodes, renamed, tail],
      weights: [...weights, ...added, floats('half', [], [0.5])],
    });
    try {
      const { outputs } = await imported(model);
      const shape = outputs[0]!.shape;
      if (sizeOf(shape) > MOST_ELEMENTS || shape.length === 0 || shape.length > 5) continue;
      nodes.push(renamed);
      weights.push(...added);
      shapes.set(output, shape);
      last = output;
    } catch (error) {
      refused(operator, model, error);
    }
  }
  const model = modelOf(inputShape, {
    nodes: [...nodes, node('Add', [last, 'half'], ['y'])],
    weights: [...weights, floats('half', [], [0.5])],
  });
  return { model, inputShape, operators: nodes.map(({ opType }) => opType) };
}
