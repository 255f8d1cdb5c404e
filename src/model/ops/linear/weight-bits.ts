/** How many fraction bits the weights of a layer get. @module */
import { TacitError } from '../../../core/errors.js';
import { inputSize, outputSize } from '../../../core/linear-map.js';
import { intervalOf, scaled } from '../../bounds.js';
import { toIntegers, weightBitsFor } from '../../weights.js';
import { chooseWidth, roundingConstant } from '../../widths.js';
import type { Lowering, Tensor } from '../lowering.js';
import { linearBounds } from './bounds.js';
import type { LinearNode, LinearOp } from './nodes.js';

/** Weights are rounded with an error of 2^-8 of their size, of 2^-4 where the range is scarce. */
const WEIGHT_PRECISION = 8;
const LEAST_WEIGHT_PRECISION = 4;
const SACRIFICE = WEIGHT_PRECISION - LEAST_WEIGHT_PRECISION;
/** Garbling costs by the bit: above this width the weights of large layers give up a bit or two. */
const PREFERRED_WIDTH = 26;
const PREFERRED_SACRIFICE = 2;
/** Integers of a double. */
const EXACT_BITS = 53;

/**
 * The most weight bits that give a comfortable width, or 'rescale' where the input has bits to lose and should.
 *
 * @throws RANGE_OVERFLOW where the ring has no room for weights of the least precision
 */
export function chooseWeightBits(to: Lowering<LinearNode>, node: LinearOp, input: number): number | 'rescale' {
  const { weightFractionBits, ringBits, exactActivationBits } = to.settings;
  const x = to.tensor(input);
  const canRescale = to.canRescale(input);
  const widthAt = productWidth(to, node, x);
  if (weightFractionBits !== undefined) {
    return canRescale && widthAt(weightFractionBits) > to.comfortableWidth ? 'rescale' : weightFractionBits;
  }
  const usual = weightBitsFor(node.weights, node.map.outChannels, WEIGHT_PRECISION);
  const asked = to.wanted(node).weights;
  const wanted = asked ?? usual;
  const most = mostWeightBits(ringBits, node, x);
  if (most < usual - PREFERRED_SACRIFICE && most < leastWeightBits(node, x)) {
    if (canRescale) return 'rescale';
    throw new TacitError(
      'RANGE_OVERFLOW',
      `layer ${node.name}: expected room for weights of ${usual} fraction bits in a ring of ${ringBits}, got ${most}`,
      { facts: { layer: node.name, ringBits } },
    );
  }
  const ideal = Math.max(0, Math.min(wanted, most));
  const inputs = inputSize(node.map);
  const outputs = outputSize(node.map);
  // Bits saved in the outputs' circuits against bits spent in circuits for the inputs.
  const cheaper = (widthAt(ideal) - PREFERRED_WIDTH) * outputs > PREFERRED_WIDTH * inputs;
  if (canRescale && (cheaper || widthAt(ideal) > to.comfortableWidth)) return 'rescale';
  const least = Math.max(0, Math.min(usual, most) - SACRIFICE);
  const roomy = downFrom(ideal, least, (bits) => widthAt(bits) <= to.comfortableWidth) ?? least;
  // who asks for activation bits asks for precision: weights do not pay for it
  if (outputs < to.largeOutputs || exactActivationBits || asked !== undefined) return roomy;
  const preferred = Math.max(0, ideal - PREFERRED_SACRIFICE);
  return downFrom(roomy, preferred, (bits) => widthAt(bits) <= PREFERRED_WIDTH) ?? Math.min(roomy, preferred);
}

/** What the ring, and doubles, have room for beside the input's scale and the bias. */
function mostWeightBits(ringBits: number, { bias }: LinearOp, x: Tensor): number {
  let largest = 1;
  for (const value of bias ?? []) largest = Math.max(largest, Math.abs(value));
  return Math.min(ringBits, EXACT_BITS) - 2 - x.node.fractionBits - Math.ceil(Math.log2(largest));
}

/**
 * What keeps the error that rounded weights can make, sum |x| 2^-(bits + 1), at 2^-(LEAST_WEIGHT_PRECISION + 1) of the largest output, in the
 * median channel: weights that are nothing beside the bias may be rounded to nothing.
 */
function leastWeightBits({ map, weights, bias }: LinearOp, x: Tensor): number {
  const scale = 2 ** x.node.fractionBits;
  const exact = linearBounds(
    map,
    x.bounds,
    Float64Array.from(weights),
    bias && Float64Array.from(bias, (b) => b * scale),
  );
  const largest = x.bounds.low.map((low, i) => Math.max(-low, x.bounds.high[i]!));
  const reach = linearBounds(map, { low: largest, high: largest }, new Float64Array(weights.length).fill(1), undefined);
  const ratios = Array.from(reach.high, (sum, i) => sum / Math.max(-exact.low[i]!, exact.high[i]!));
  const alive = ratios.filter((ratio) => ratio > 0 && Number.isFinite(ratio)).sort((a, b) => a - b);
  return alive.length === 0 ? 0 : LEAST_WEIGHT_PRECISION + Math.log2(alive[alive.length >> 1]!);
}

/** The width of x o W + b for a number of weight bits. */
function productWidth(to: Lowering<LinearNode>, node: LinearOp, x: Tensor): (bits: number) => number {
  const { activationFractionBits, headroomBits, ranges } = to.settings;
  const { fractionBits } = x.node;
  const reached = ranges === 'observed' ? to.observed(node) : undefined;
  return (bits) => {
    const weights = toIntegers(node.weights, bits);
    const bias = node.bias && toIntegers(node.bias, fractionBits + bits);
    const guaranteed = intervalOf(linearBounds(node.map, x.bounds, weights, bias));
    const observed = reached && scaled(reached, fractionBits + bits);
    const constant = roundingConstant(Math.max(0, fractionBits + bits - activationFractionBits));
    return chooseWidth(guaranteed, observed, constant, headroomBits, 1).width;
  };
}

/** The first of from, from - 1, ... down to `to` that is accepted. */
function downFrom(from: number, to: number, accepts: (value: number) => boolean): number | undefined {
  for (let value = from; value >= to; value--) if (accepts(value)) return value;
  return undefined;
}
