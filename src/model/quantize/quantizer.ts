/** Turns each node of a folded graph into fixed point: chooses weight bits, shifts, and where a rescale is needed. @module */
import { TacitError } from '../../core/errors.js';
import { encodeNumber } from '../../core/fixed.js';
import { inputSize, outputSize } from '../../core/linear-map.js';
import type { RingBits } from '../../core/ring.js';
import {
  addBounds,
  type Bounds,
  concatBounds,
  constantBounds,
  extremes,
  type Interval,
  intervalOf,
  linearBounds,
  productBounds,
  reshapeBounds,
  scaleBounds,
  squareBounds,
  sumPoolBounds,
  withZero,
} from '../bounds.js';
import type { FixedModel } from '../fixed-model.js';
import type { Graph, GraphOp, LinearOp, NonlinearOp, ProductOp, ScaleOp, SumPoolOp } from '../graph.js';
import { convolve } from '../integers.js';
import { FixedBuilder, type Tensor } from './fixed-builder.js';
import { chooseWidth, type RangeStep, roundingConstant, widthOf } from './range.js';
import { toIntegers, weightBitsFor } from './rounding.js';

export interface QuantizerSettings {
  readonly ringBits: RingBits;
  readonly activationFractionBits: number;
  /** True where the activation bits are a demand, false where they may give way to the values at hand. */
  readonly exactActivationBits: boolean;
  /** For every layer; undefined lets each layer have what its weights need. */
  readonly weightFractionBits: number | undefined;
  readonly inputRange: Interval;
  /** `count` inputs one after the other. */
  readonly calibration: { readonly count: number; readonly values: Float32Array } | undefined;
  readonly headroomBits: number;
}

/** Weights are rounded with an error of 2^-8 of their size, of 2^-4 where the range is scarce. */
const WEIGHT_PRECISION = 8;
const LEAST_WEIGHT_PRECISION = 4;
/** Garbling costs by the bit: above this width the weights of large layers give up a bit or two. */
const PREFERRED_WIDTH = 26;
const PREFERRED_SACRIFICE = 2;
/** A layer is large with at least this part of the outputs of the largest. */
const LARGE = 1 / 4;
/** A linear step that needs more is rescaled before, if its input has fraction bits to lose. */
const COMFORTABLE_WIDTH: Readonly<Record<RingBits, number>> = { 32: 32, 64: 48 };
/** Integers of a double. */
const EXACT_BITS = 53;
/** Significant bits, at least, of the smallest multiplier of an average pool. */
const FACTOR_BITS = 8;

export class Quantizer {
  readonly #settings: QuantizerSettings;
  readonly #comfortable: number;
  readonly #builder: FixedBuilder;
  readonly #rescaled = new Map<number, number>();
  #largeSize = 0;

  constructor(settings: QuantizerSettings) {
    this.#settings = settings;
    this.#comfortable = COMFORTABLE_WIDTH[settings.ringBits];
    this.#builder = new FixedBuilder(settings.ringBits, settings.calibration?.count ?? 0, settings.headroomBits);
  }

  /** @param graph as fold.ts gives it @throws RANGE_OVERFLOW where a value does not fit the ring */
  run(graph: Graph): { readonly model: FixedModel; readonly steps: readonly RangeStep[] } {
    const lastUse = new Map<number, number>();
    for (const [index, node] of graph.nodes.entries()) for (const input of node.inputs) lastUse.set(input, index);
    const sizes = graph.nodes.map((node) => (node.op === 'linear' ? outputSize(node.map) : 0));
    this.#largeSize = LARGE * Math.max(...sizes);
    const ids: number[] = [];
    for (const [index, node] of graph.nodes.entries()) {
      const inputs = node.inputs.map((input) => ids[input]!);
      ids.push(this.#convert(node, inputs));
      for (const input of node.inputs) if (lastUse.get(input) === index) this.#builder.forget(ids[input]!);
    }
    return this.#builder.finish(graph.name, ids[graph.output]!);
  }

  #convert(node: GraphOp, inputs: readonly number[]): number {
    const { name, shape } = node;
    const [input] = inputs as [number];
    switch (node.op) {
      case 'input':
        return this.#input(name, shape);
      case 'linear':
        return this.#linear(node, input);
      case 'nonlinear':
        return this.#nonlinear(node, input);
      case 'sumPool':
        return this.#sumPool(node, input);
      case 'scale':
        return this.#scale(node, input);
      case 'add':
        return this.#join(name, 'add', shape, inputs, addBounds);
      case 'product':
        return this.#product(node, inputs);
      case 'concat':
        return this.#join(name, 'concat', shape, inputs, concatBounds);
      case 'reshape': {
        const { node: x, bounds } = this.#tensor(input);
        const reshaped = { op: 'reshape', name, inputs, shape, fractionBits: x.fractionBits } as const;
        return this.#builder.add(reshaped, reshapeBounds(bounds, shape.at(-1)!));
      }
      case 'pad': {
        const { node: x, bounds } = this.#tensor(input);
        const { top, bottom, left, right } = node;
        const padded = {
          op: 'pad',
          name,
          inputs,
          shape,
          fractionBits: x.fractionBits,
          top,
          bottom,
          left,
          right,
        } as const;
        return this.#builder.add(padded, withZero(bounds));
      }
      case 'affine':
      case 'averagePool':
      case 'softmax':
        throw new TacitError('INTERNAL', `layer ${name}: expected a folded graph, got ${node.op}`);
    }
  }

  #tensor(id: number): Tensor {
    return this.#builder.tensor(id);
  }

  #input(name: string, shape: readonly number[]): number {
    const { inputRange, calibration, activationFractionBits, exactActivationBits } = this.#settings;
    const { low, high } = inputRange;
    // A range of 0 to 255 needs eight fraction bits fewer than one of 0 to 1.
    const magnitude = exactActivationBits ? 1 : Math.max(Math.abs(low), Math.abs(high), 1);
    const fractionBits = Math.max(0, activationFractionBits - Math.ceil(Math.log2(magnitude)));
    const interval = { low: encodeNumber(low, fractionBits), high: encodeNumber(high, fractionBits) };
    const samples = calibration && toIntegers(calibration.values, fractionBits);
    const node = { op: 'input', name, inputs: [], shape, fractionBits, low, high } as const;
    return this.#builder.add(node, constantBounds(shape.at(-1)!, interval), undefined, samples);
  }

  #linear(node: LinearOp, input: number): number {
    const x = this.#tensor(input);
    const bits = this.#chooseWeightBits(node, x);
    if (bits === 'rescale') return this.#linear(node, this.#rescale(input));
    const fractionBits = x.node.fractionBits + bits;
    const weights = toIntegers(node.weights, bits);
    const bias = node.bias && toIntegers(node.bias, fractionBits);
    const { name, map, shape } = node;
    return this.#builder.add(
      {
        op: 'linear',
        name,
        inputs: [input],
        shape,
        fractionBits,
        map,
        weightFractionBits: bits,
        hasBias: bias !== undefined,
      },
      linearBounds(map, x.bounds, weights, bias),
      { weights, bias },
    );
  }

  /** The most weight bits that give a comfortable width, or 'rescale' where the input has bits to lose and should. */
  #chooseWeightBits(node: LinearOp, x: Tensor): number | 'rescale' {
    const { weightFractionBits, activationFractionBits } = this.#settings;
    const canRescale = x.node.fractionBits > activationFractionBits && x.node.op !== 'nonlinear';
    const widthAt = this.#productWidth(node, x);
    if (weightFractionBits !== undefined) {
      return canRescale && widthAt(weightFractionBits) > this.#comfortable ? 'rescale' : weightFractionBits;
    }
    const wanted = weightBitsFor(node.weights, node.map.outChannels, WEIGHT_PRECISION);
    const ideal = Math.max(0, Math.min(wanted, this.#mostWeightBits(node, x)));
    const inputs = inputSize(node.map);
    const outputs = outputSize(node.map);
    // Bits saved in the outputs' circuits against bits spent in circuits for the inputs.
    const cheaper = (widthAt(ideal) - PREFERRED_WIDTH) * outputs > PREFERRED_WIDTH * inputs;
    if (canRescale && (cheaper || widthAt(ideal) > this.#comfortable)) return 'rescale';
    const least = Math.max(0, ideal - (WEIGHT_PRECISION - LEAST_WEIGHT_PRECISION));
    const roomy = downFrom(ideal, least, (bits) => widthAt(bits) <= this.#comfortable) ?? least;
    if (outputs < this.#largeSize) return roomy;
    const preferred = Math.max(0, ideal - PREFERRED_SACRIFICE);
    return downFrom(roomy, preferred, (bits) => widthAt(bits) <= PREFERRED_WIDTH) ?? Math.min(roomy, preferred);
  }

  /** Weights of hardly any size ask for more bits than the bias, or the scale, has room for. */
  #mostWeightBits(node: LinearOp, x: Tensor): number {
    let largest = 1;
    for (const value of node.bias ?? []) largest = Math.max(largest, Math.abs(value));
    return Math.min(this.#settings.ringBits, EXACT_BITS) - 2 - x.node.fractionBits - Math.ceil(Math.log2(largest));
  }

  /** The width of x o W + b for a number of weight bits; what is observed comes from the real weights, scaled. */
  #productWidth(node: LinearOp, x: Tensor): (bits: number) => number {
    const { activationFractionBits, headroomBits, calibration } = this.#settings;
    const { fractionBits } = x.node;
    const scale = 2 ** fractionBits;
    const real = {
      weights: Float64Array.from(node.weights),
      bias: node.bias && Float64Array.from(node.bias, (value) => value * scale),
    };
    const seen = x.samples && extremes(convolve(node.map, calibration!.count, x.samples, real));
    return (bits) => {
      const weights = toIntegers(node.weights, bits);
      const bias = node.bias && toIntegers(node.bias, fractionBits + bits);
      const guaranteed = intervalOf(linearBounds(node.map, x.bounds, weights, bias));
      const observed = seen && { low: seen.low * 2 ** bits, high: seen.high * 2 ** bits };
      const constant = roundingConstant(Math.max(0, fractionBits + bits - activationFractionBits));
      return chooseWidth(guaranteed, observed, constant, headroomBits, 1).width;
    };
  }

  #nonlinear(node: NonlinearOp, input: number): number {
    const x = this.#tensor(input);
    const shift = Math.max(0, x.node.fractionBits - this.#targetBits(x));
    const fractionBits = x.node.fractionBits - shift;
    const clipMax = node.clipMax === undefined ? undefined : encodeNumber(node.clipMax, fractionBits);
    // a maximum that no value reaches is a ReLU
    const clips = clipMax !== undefined && clipMax < Math.ceil(intervalOf(x.bounds).high / 2 ** shift) + 1;
    return this.#builder.addNonlinear({
      op: 'nonlinear',
      name: node.name,
      inputs: [input],
      shape: node.shape,
      fractionBits,
      ...(node.pool === undefined ? {} : { pool: node.pool }),
      activation: node.activation === 'clip' && !clips ? 'relu' : node.activation,
      ...(clips ? { clipMax } : {}),
      shift,
    });
  }

  /** The activation bits, and more where all values are known to be small. */
  #targetBits(x: Tensor): number {
    const { activationFractionBits, exactActivationBits } = this.#settings;
    if (exactActivationBits) return activationFractionBits;
    const { low, high } = x.observed ?? intervalOf(x.bounds);
    const magnitude = Math.max(Math.abs(low), Math.abs(high)) / 2 ** x.node.fractionBits;
    const spare = magnitude === 0 ? 0 : Math.max(0, -Math.ceil(Math.log2(magnitude)));
    return activationFractionBits + spare;
  }

  /** Tensor `input` brought down to the activation scale by a nonlinear step without activation, made once. */
  #rescale(input: number): number {
    const known = this.#rescaled.get(input);
    if (known !== undefined) return known;
    const { name, shape } = this.#tensor(input).node;
    const id = this.#nonlinear(
      { op: 'nonlinear', name: `${name}/rescale`, inputs: [input], shape, activation: 'none' },
      input,
    );
    this.#rescaled.set(input, id);
    return id;
  }

  #sumPool({ name, shape, pool, divisorBits }: SumPoolOp, input: number): number {
    const { node, bounds } = this.#tensor(input);
    const fractionBits = node.fractionBits + divisorBits;
    const pooled = { op: 'sumPool', name, inputs: [input], shape, fractionBits, pool } as const;
    return this.#builder.add(pooled, sumPoolBounds(pool, bounds));
  }

  #scale(node: ScaleOp, input: number): number {
    const { low: smallest } = extremes(node.factors.map(Math.abs));
    const significant = Math.max(FACTOR_BITS, this.#settings.weightFractionBits ?? 0);
    const bits = Math.max(0, significant - 1 - Math.floor(Math.log2(smallest)));
    const factors = node.factors.map((factor) => encodeNumber(factor, bits));
    const x = this.#tensor(input);
    const bounds = scaleBounds(x.bounds, factors);
    if (this.#isTooWide(bounds) && this.#canRescale(input)) return this.#scale(node, this.#rescale(input));
    const { name, shape } = node;
    const fractionBits = x.node.fractionBits + bits;
    return this.#builder.add({ op: 'scale', name, inputs: [input], shape, fractionBits, factors }, bounds);
  }

  /** Where the product is too wide its finest input that can be is rescaled first, and then the other. */
  #product(node: ProductOp, inputs: readonly number[]): number {
    const [x, y] = inputs.map((id) => this.#tensor(id)) as [Tensor, Tensor];
    const bounds = x === y ? squareBounds(x.bounds) : productBounds(x.bounds, y.bounds);
    const fractionBitsOf = (id: number): number => this.#tensor(id).node.fractionBits;
    const [finest] = inputs
      .filter((id) => this.#canRescale(id))
      .sort((one, other) => fractionBitsOf(other) - fractionBitsOf(one));
    if (this.#isTooWide(bounds) && finest !== undefined) {
      const rescaled = this.#rescale(finest);
      return this.#product(
        node,
        inputs.map((id) => (id === finest ? rescaled : id)),
      );
    }
    const { name, shape } = node;
    const fractionBits = x.node.fractionBits + y.node.fractionBits;
    return this.#builder.add({ op: 'product', name, inputs, shape, fractionBits }, bounds);
  }

  /** An addition or concatenation: all inputs at the greatest scale, and where that does not fit, rescaled first. */
  #join(
    name: string,
    op: 'add' | 'concat',
    shape: readonly number[],
    inputs: readonly number[],
    join: (bounds: readonly Bounds[]) => Bounds,
  ): number {
    const scales = inputs.map((id) => this.#tensor(id).node.fractionBits);
    const fractionBits = Math.max(...scales);
    const bounds = inputs.map((id, i) => scaleBounds(this.#tensor(id).bounds, [2 ** (fractionBits - scales[i]!)]));
    const joined = join(bounds);
    const aligned = scales.every((scale) => scale === fractionBits);
    if (!aligned && this.#isTooWide(joined) && inputs.some((id) => this.#canRescale(id))) {
      const rescaled = inputs.map((id) => (this.#canRescale(id) ? this.#rescale(id) : id));
      return this.#join(name, op, shape, rescaled, join);
    }
    const shifted = inputs.map((id, i) => {
      const bits = fractionBits - scales[i]!;
      if (bits === 0) return id;
      const { name: from, shape: same } = this.#tensor(id).node;
      const shift = { op: 'shiftLeft', name: `${from}/align`, inputs: [id], shape: same, fractionBits, bits } as const;
      return this.#builder.add(shift, bounds[i]!);
    });
    return this.#builder.add({ op, name, inputs: shifted, shape, fractionBits }, joined);
  }

  #canRescale(id: number): boolean {
    const { node } = this.#tensor(id);
    return node.op !== 'nonlinear' && node.fractionBits > this.#settings.activationFractionBits;
  }

  #isTooWide(bounds: Bounds): boolean {
    return widthOf(intervalOf(bounds), 0) > this.#comfortable;
  }
}

/** The first of from, from - 1, ... down to `to` that is accepted. */
function downFrom(from: number, to: number, accepts: (value: number) => boolean): number | undefined {
  for (let value = from; value >= to; value--) if (accepts(value)) return value;
  return undefined;
}
