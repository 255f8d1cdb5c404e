/** Activations, as layers of their own and inside Dense and convolutions. @module */
import { z } from 'zod';
import { expand, range } from '../../../core/nd.js';
import { sizeOf } from '../../../core/ring.js';
import type { RealActivation } from '../../ops/activations/activations.js';
import { ofHalves } from '../../ops/activations/real.js';
import type { SmoothName } from '../../ops/activations/smooth/functions.js';
import { axisOf, configOf, type LayerContext, type LayerImporter, shapeOf, unsupported } from './context.js';

export const activationName: z.ZodType<string | null | undefined> = z.string().nullish();

/** Adds an activation after a tensor and gives the id of its output. */
type Activate = (steps: Steps, input: number) => number;

/** The nodes of an activation, all under one name. */
class Steps {
  readonly #context: LayerContext;
  readonly #name: string;

  constructor(context: LayerContext, name: string = context.layer.name) {
    this.#context = context;
    this.#name = name;
  }

  /** Of Keras 3, where that is told. */
  get isKeras3(): boolean {
    return this.#context.kerasVersion?.startsWith('3') ?? false;
  }

  activation(input: number, activation: RealActivation): number {
    return this.#context.builder.add({ op: 'nonlinear', name: this.#name, inputs: [input], ...activation });
  }

  smooth(input: number, name: SmoothName, alpha?: number): number {
    return this.activation(input, { activation: 'smooth', function: name, ...(alpha === undefined ? {} : { alpha }) });
  }

  /** Over the last axis. */
  softmax(input: number, log = false): number {
    return this.#context.builder.add({ op: 'softmax', name: this.#name, inputs: [input], log });
  }

  /** factor * input + offset, which goes into the weights before or after it. */
  affine(input: number, factor: number, offset: number): number {
    const { builder } = this.#context;
    const channels = builder.shape(input).at(-1)!;
    const [factors, offsets] = [factor, offset].map((value) => new Float64Array(channels).fill(value));
    return builder.add({ op: 'affine', name: this.#name, inputs: [input], factor: factors!, offset: offsets! });
  }

  negative(input: number): number {
    return this.#context.builder.add({ op: 'scale', name: this.#name, inputs: [input], factors: [-1] });
  }

  offset(input: number, offset: number): number {
    if (offset === 0) return input;
    return this.#context.builder.add({ op: 'offset', name: this.#name, inputs: [input], offset });
  }

  sum(x: number, y: number): number {
    return this.#context.builder.add({ op: 'add', name: this.#name, inputs: [x, y] });
  }

  /** min(max(input, low), high) */
  clip(input: number, low: number, high: number): number {
    const above = this.activation(this.offset(input, -low), { activation: 'clip', clipMax: high - low });
    return this.offset(above, low);
  }

  /** max(-input, 0) */
  below(input: number): number {
    return this.activation(this.negative(input), { activation: 'relu' });
  }

  /** input where it is positive, slope * input elsewhere: input + (1 - slope) max(-input, 0) where the table has no such activation. */
  leaky(input: number, slope: number): number {
    const found = ofHalves({ negative: slope, most: Number.POSITIVE_INFINITY });
    if (found !== undefined) return this.activation(input, found);
    const { builder } = this.#context;
    const below = this.below(input);
    const part = builder.add({ op: 'scale', name: this.#name, inputs: [below], factors: [1 - slope] });
    return this.sum(input, part);
  }
}

const smooth =
  (name: SmoothName): Activate =>
  (steps, input) =>
    steps.smooth(input, name);

/** Klambauer et al., "Self-normalizing neural networks", 2017. */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;
/** Of a LeakyReLU layer, and of the activation of Keras 3, that say none. */
const KERAS_SLOPE = 0.3;
const KERAS_3_SLOPE = 0.2;
const KERAS_THRESHOLD = 1;

/** By the name that Keras gives it. */
const NAMED: Readonly<Record<string, Activate>> = {
  linear: (_, input) => input,
  relu: (steps, input) => steps.activation(input, { activation: 'relu' }),
  relu6: (steps, input) => steps.activation(input, { activation: 'clip', clipMax: 6 }),
  leaky_relu: (steps, input) => steps.leaky(input, KERAS_3_SLOPE),
  sigmoid: smooth('sigmoid'),
  tanh: smooth('tanh'),
  elu: smooth('elu'),
  celu: smooth('elu'),
  selu: (steps, input) => steps.affine(steps.smooth(input, 'elu', SELU_ALPHA), SELU_SCALE, 0),
  softplus: smooth('softplus'),
  softsign: smooth('softsign'),
  swish: smooth('silu'),
  silu: smooth('silu'),
  gelu: smooth('gelu'),
  gelu_new: smooth('geluTanh'),
  mish: smooth('mish'),
  hard_swish: smooth('hardSwish'),
  hard_silu: smooth('hardSwish'),
  hard_sigmoid: (steps, input) => {
    const factor = steps.isKeras3 ? 1 / 6 : 0.2;
    return steps.activation(steps.affine(input, factor, 0.5), { activation: 'clip', clipMax: 1 });
  },
  hard_tanh: (steps, input) => steps.clip(input, -1, 1),
  exponential: smooth('exp'),
  log_sigmoid: (steps, input) => steps.negative(steps.smooth(steps.negative(input), 'softplus')),
  softmax: (steps, input) => steps.softmax(input),
  log_softmax: (steps, input) => steps.softmax(input, true),
};

/** Adds the activation after tensor `input` and gives the id of its output; `linear` adds nothing. */
export function activate(
  context: LayerContext,
  input: number,
  { activation }: { readonly activation?: string | null | undefined },
): number {
  const { layer } = context;
  // tfjs writes hardSigmoid, Keras hard_sigmoid
  const kind = (activation ?? 'linear').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const named = Object.hasOwn(NAMED, kind) ? NAMED[kind] : undefined;
  if (named === undefined) {
    throw unsupported(context, `one of the activations ${Object.keys(NAMED).join(', ')}`, activation!);
  }
  const name = input === context.inputs[0] ? layer.name : `${layer.name}/${activation}`;
  return named(new Steps(context, name), input);
}

export const activationImporters: Readonly<Record<string, LayerImporter>> = {
  Activation: (context) =>
    activate(context, context.inputs[0]!, configOf(context, z.object({ activation: activationName }))),
  ReLU: relu,
  LeakyReLU: leakyRelu,
  ThresholdedReLU: thresholdedRelu,
  PReLU: prelu,
  ELU: (context) => {
    const { alpha } = configOf(context, z.object({ alpha: z.number().nullish() }));
    return new Steps(context).smooth(context.inputs[0]!, 'elu', alpha ?? 1);
  },
  Softmax: (context) => {
    const { axis } = configOf(context, z.object({ axis: z.number().int().nullish() }));
    const { builder, layer, inputs } = context;
    const last = shapeOf(context).length - 1;
    const along = axisOf(context, axis ?? -1);
    const order = range(0, last + 1).map((i) => (i === along ? last : i === last ? along : i));
    const turned = builder.transpose(layer.name, inputs[0]!, order);
    return builder.transpose(layer.name, new Steps(context).softmax(turned), order);
  },
};

function relu(context: LayerContext): number {
  const one = z.union([z.number(), z.array(z.number()).length(1)]).nullish();
  const schema = z.object({ max_value: z.number().positive().nullish(), negative_slope: one, threshold: one });
  const { max_value: most, negative_slope: slope, threshold } = configOf(context, schema);
  const [negative = 0] = [slope ?? 0].flat();
  const [from = 0] = [threshold ?? 0].flat();
  if (from !== 0) throw unsupported(context, 'no threshold', String(from));
  const steps = new Steps(context);
  const [input] = context.inputs as [number];
  if (most == null) return steps.leaky(input, negative);
  if (negative === 0) return steps.activation(input, { activation: 'clip', clipMax: most });
  // most - max(most - x, 0)
  const room = steps.offset(steps.negative(steps.leaky(input, negative)), most);
  return steps.offset(steps.negative(steps.activation(room, { activation: 'relu' })), most);
}

/** Keras 3 has `negative_slope`, older files `alpha`. */
function leakyRelu(context: LayerContext): number {
  const slope = z.number().nullish();
  const { alpha, negative_slope } = configOf(context, z.object({ alpha: slope, negative_slope: slope }));
  return new Steps(context).leaky(context.inputs[0]!, negative_slope ?? alpha ?? KERAS_SLOPE);
}

function thresholdedRelu(context: LayerContext): number {
  const { theta } = configOf(context, z.object({ theta: z.number().min(0).nullish() }));
  const threshold = theta ?? KERAS_THRESHOLD;
  const activation =
    threshold === 0 ? ({ activation: 'relu' } as const) : ({ activation: 'threshold', threshold } as const);
  return new Steps(context).activation(context.inputs[0]!, activation);
}

/** x + (1 - a) max(-x, 0), with secret slopes a that some axes may share. */
function prelu(context: LayerContext): number {
  const axes = z.array(z.number().int().positive()).nullish();
  const shared = configOf(context, z.object({ shared_axes: axes })).shared_axes ?? [];
  const shape = shapeOf(context);
  const slopeShape = shape.map((extent, axis) => (shared.includes(axis + 1) ? 1 : extent));
  const slopes = context.weights.take(context.layer.name, 'alpha', slopeShape);
  const { builder, layer, inputs } = context;
  const { name } = layer;
  const [x] = inputs as [number];
  const steps = new Steps(context);
  const below = steps.below(x);
  // one slope a channel, or one an element of a flat tensor
  const perChannel = slopes.length === shape.at(-1);
  const all = expand({ shape: slopeShape, data: slopes }, shape).data;
  const factor = Float64Array.from(perChannel ? slopes : all, (slope) => 1 - slope);
  const offset = new Float64Array(factor.length);
  const flat = perChannel ? below : builder.reshape(name, below, [sizeOf(shape)]);
  const part = builder.add({ op: 'affine', name, inputs: [flat], factor, offset });
  return steps.sum(x, builder.reshape(name, part, shape));
}
