/** Random LayersModels of supported layers: some deep, some with branches, with weights of all magnitudes. @module */
import { random, type SavedModel, save, tf } from './support.js';

const L = tf.layers;
type Symbolic = tf.SymbolicTensor;

/** What a new layer is chosen with. */
interface Draft {
  /** Without the batch. */
  readonly shape: readonly number[];
  readonly below: (count: number) => number;
  readonly real: () => number;
}

type Make = (draft: Draft) => tf.layers.Layer | undefined;

const ACTIVATIONS = [
  'linear',
  'relu',
  'relu6',
  'sigmoid',
  'tanh',
  'elu',
  'selu',
  'softplus',
  'softsign',
  'hardSigmoid',
  'swish',
  'mish',
  'gelu',
] as const;

type Activation = (typeof ACTIVATIONS)[number];

/** Mostly what networks have most. */
function someActivation({ below }: Draft): Activation {
  return below(2) === 0 ? (['linear', 'relu'] as const)[below(2)]! : ACTIVATIONS[below(ACTIVATIONS.length)]!;
}

const padding = ({ below }: Draft): 'same' | 'valid' => (below(2) === 0 ? 'same' : 'valid');

const window = ({ shape, below }: Draft, rank: number): number[] =>
  Array.from({ length: rank }, (_, i) => 1 + below(Math.min(3, shape[i]!)));

/** Of a layer over `rank` axes of space. */
const spatial =
  (rank: number, make: (draft: Draft) => tf.layers.Layer): Make =>
  (draft) =>
    draft.shape.length === rank + 1 ? make(draft) : undefined;

/** No more than the window: where they are, tfjs pads over three axes by less than nothing. */
const strides = ({ below }: Draft, kernelSize: readonly number[]): number[] =>
  kernelSize.map((extent) => 1 + below(Math.min(2, extent)));

function convolution(draft: Draft, rank: number): Parameters<typeof L.conv2d>[0] {
  const strided = draft.below(2) === 0;
  const kernelSize = window(draft, rank);
  return {
    filters: 1 + draft.below(4),
    kernelSize,
    padding: padding(draft),
    strides: strided ? strides(draft, kernelSize) : 1,
    dilationRate: strided || rank === 3 ? 1 : 1 + draft.below(2),
    useBias: draft.below(3) > 0,
    activation: someActivation(draft),
  };
}

const pool = (draft: Draft, rank: number) => ({
  poolSize: window(draft, rank) as [number, number],
  strides: Array.from({ length: rank }, () => 1 + draft.below(2)) as [number, number],
  padding: padding(draft),
});

function transposed(draft: Draft, rank: number): Parameters<typeof L.conv2dTranspose>[0] {
  const kernelSize = window(draft, rank);
  return {
    filters: 1 + draft.below(3),
    kernelSize,
    strides: strides(draft, kernelSize),
    padding: padding(draft),
    activation: someActivation(draft),
  };
}

const MAKERS: Readonly<Record<string, Make>> = {
  Dense: (draft) =>
    L.dense({ units: 1 + draft.below(12), activation: someActivation(draft), useBias: draft.below(3) > 0 }),
  Conv1D: spatial(1, (draft) => L.conv1d(convolution(draft, 1))),
  Conv2D: spatial(2, (draft) => L.conv2d(convolution(draft, 2))),
  Conv3D: spatial(3, (draft) => L.conv3d(convolution(draft, 3))),
  DepthwiseConv2D: spatial(2, (draft) => {
    const { filters, ...settings } = convolution(draft, 2);
    return L.depthwiseConv2d({ ...settings, strides: 1, depthMultiplier: 1 + draft.below(2) } as Parameters<
      typeof L.depthwiseConv2d
    >[0]);
  }),
  SeparableConv2D: spatial(2, (draft) => L.separableConv2d({ ...convolution(draft, 2), strides: 1 })),
  Conv2DTranspose: spatial(2, (draft) => L.conv2dTranspose(transposed(draft, 2))),
  Conv3DTranspose: spatial(3, (draft) =>
    L.conv3dTranspose(transposed(draft, 3) as Parameters<typeof L.conv3dTranspose>[0]),
  ),
  MaxPooling1D: spatial(1, (draft) => L.maxPooling1d({ poolSize: 2, strides: 1, padding: padding(draft) })),
  MaxPooling2D: spatial(2, (draft) => L.maxPooling2d(pool(draft, 2))),
  MaxPooling3D: spatial(3, (draft) => L.maxPooling3d({ poolSize: 2, strides: 1, padding: padding(draft) })),
  AveragePooling1D: spatial(1, (draft) => L.averagePooling1d({ poolSize: 2, strides: 1, padding: padding(draft) })),
  AveragePooling2D: spatial(2, (draft) => L.averagePooling2d(pool(draft, 2))),
  AveragePooling3D: spatial(3, (draft) => L.averagePooling3d({ poolSize: 2, strides: 1, padding: padding(draft) })),
  GlobalAveragePooling1D: spatial(1, () => L.globalAveragePooling1d({})),
  GlobalMaxPooling1D: spatial(1, () => L.globalMaxPooling1d({})),
  GlobalAveragePooling2D: spatial(2, () => L.globalAveragePooling2d({})),
  GlobalMaxPooling2D: spatial(2, () => L.globalMaxPooling2d({})),
  Activation: (draft) => L.activation({ activation: someActivation(draft) }),
  ReLU: ({ below, real }) => L.reLU(below(2) === 0 ? {} : { maxValue: 0.01 + 3 * real() }),
  LeakyReLU: ({ real }) => L.leakyReLU({ alpha: real() - 0.2 }),
  PReLU: ({ shape, below }) =>
    L.prelu(below(2) === 0 || shape.length === 1 ? {} : { sharedAxes: shape.slice(1).map((_, i) => i + 1) }),
  ELU: () => L.elu(),
  // over more axes tfjs has none
  BatchNormalization: ({ shape, below }) =>
    shape.length > 3 ? undefined : L.batchNormalization({ scale: below(3) > 0, center: below(3) > 0 }),
  Rescaling: ({ real }) => L.rescaling({ scale: 0.01 + 2 * real(), offset: real() - 0.5 }) as tf.layers.Layer,
  Flatten: () => L.flatten(),
  Reshape: ({ shape, below }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const extents = [1, 2, 3, 4].filter((extent) => size % extent === 0);
    return L.reshape({ targetShape: [extents[below(extents.length)]!, -1] as number[] });
  },
  Permute: ({ shape, below }) => {
    const axes = shape.map((_, axis) => axis + 1);
    return L.permute({ dims: shape.map(() => axes.splice(below(axes.length), 1)[0]!) });
  },
  RepeatVector: ({ shape }) => (shape.length === 1 ? L.repeatVector({ n: 3 }) : undefined),
  ZeroPadding2D: spatial(2, ({ below }) =>
    L.zeroPadding2d({
      padding: [
        [below(2), below(2)],
        [below(3), 0],
      ],
    }),
  ),
  Cropping2D: spatial(2, ({ below }) =>
    L.cropping2D({
      cropping: [
        [below(2), 0],
        [0, below(2)],
      ],
    }),
  ),
  UpSampling2D: spatial(2, ({ below }) => L.upSampling2d({ size: [1 + below(2), 1 + below(2)] })),
  TimeDistributed: (draft) =>
    draft.shape.length < 2
      ? undefined
      : L.timeDistributed({ layer: L.dense({ units: 1 + draft.below(5), activation: someActivation(draft) }) }),
  Dropout: () => L.dropout({ rate: 0.3 }),
};

const MERGERS: Readonly<Record<string, () => tf.layers.Layer>> = {
  Add: () => L.add(),
  Average: () => L.average(),
  Maximum: () => L.maximum(),
  Minimum: () => L.minimum(),
  Multiply: () => L.multiply(),
  Concatenate: () => L.concatenate(),
};

const SHAPES: readonly (readonly number[])[] = [[10], [16], [8, 3], [6, 7, 2], [8, 8, 3], [9, 5, 1], [4, 5, 3, 2]];
const MOST_ELEMENTS = 1200;
const TRIES = 60;
const LEAST_MAGNITUDE = -4;
const MOST_MAGNITUDE = 3;

export interface RandomModel {
  readonly model: tf.LayersModel;
  readonly saved: SavedModel;
  readonly inputShape: readonly number[];
  readonly layers: readonly string[];
}

/** The model of a seed. A layer that tfjs refuses is left out. */
export async function randomModel(seed: number): Promise<RandomModel> {
  const next = random(seed);
  const below = (count: number): number => Math.floor(next() * count);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const inputShape = pick(SHAPES);
  const inputs = tf.input({ shape: [...inputShape] });
  const depth = 2 + below(11);
  const known: Symbolic[] = [inputs];
  const layers: string[] = [];
  let last = inputs as Symbolic;
  for (let tries = 0; layers.length < depth && tries < TRIES; tries++) {
    const shape = last.shape.slice(1) as number[];
    const same = known.filter((x) => x !== last && x.shape.join() === last.shape.join());
    const [kind, made] =
      same.length > 0 && below(3) === 0
        ? merged(pick(Object.entries(MERGERS)))
        : of(pick(Object.entries(MAKERS)), { shape, below, real: next });
    if (made === undefined) continue;
    const isMerge = Object.hasOwn(MERGERS, kind);
    let output: Symbolic;
    try {
      output = made.apply(isMerge ? [last, pick(same)] : last) as Symbolic;
    } catch {
      continue;
    }
    const extents = output.shape.slice(1) as number[];
    if (extents.some((extent) => !(extent > 0)) || extents.reduce((a, b) => a * b, 1) > MOST_ELEMENTS) continue;
    last = output;
    known.push(output);
    layers.push(kind);
  }
  const model = tf.model({ inputs, outputs: last });
  const magnitudes = new Map<string, number>();
  // half of the models have moderate weights: they are seldom refused
  const [least, most] = below(2) === 0 ? [LEAST_MAGNITUDE, MOST_MAGNITUDE] : [-0.5, 0.5];
  const magnitudeOf = (layer: string): number => {
    const magnitude = magnitudes.get(layer) ?? 10 ** (least + next() * (most - least));
    magnitudes.set(layer, magnitude);
    return magnitude;
  };
  return { model, saved: await save(model, seed, magnitudeOf), inputShape, layers };
}

const of = ([kind, make]: readonly [string, Make], draft: Draft) => [kind, make(draft)] as const;
const merged = ([kind, make]: readonly [string, () => tf.layers.Layer]) => [kind, make()] as const;
