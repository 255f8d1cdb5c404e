/**
 * Rewrites a graph, without changing what it computes, into one of linear maps, sum pools and nonlinear steps alone:
 * batch normalisation goes into weights, a ReLU joins an adjacent max pool, paddings join convolutions, an average pool
 * becomes a sum whose divisor joins the scale, the next weights or a public multiplier, softmax inside becomes its parts (softmax.ts).
 * @module
 */
import { type Conv2d, dense, poolOutput } from '../../core/linear-map.js';
import { FILL } from '../../core/nd.js';
import { sizeOf } from '../../core/ring.js';
import type { Graph } from '../graph.js';
import { compose, realActivationOf } from '../ops/activations/real.js';
import type { AffineOp } from '../ops/affine.js';
import type { AveragePoolOp } from '../ops/average-pool.js';
import type { LinearOp } from '../ops/linear/nodes.js';
import { isCovered, type MoveOp } from '../ops/move/move.js';
import { mapOf } from '../ops/move/pieces.js';
import { zerosAround } from '../ops/move/zeros-around.js';
import { channelsOf, type Shape } from '../ops/node.js';
import { type NonlinearOp, realActivation } from '../ops/nonlinear.js';
import { insideAt } from '../ops/windows.js';
import { Draft } from './draft.js';
import { settleMovements } from './movement.js';
import { expandSoftmax } from './softmax.js';

export function fold(graph: Graph): Graph {
  const draft = new Draft(settleMovements(expandSoftmax(graph)));
  repeatWhileChanged(draft, [mergeNonlinear, mergePad, foldAffine]);
  for (const id of draft.order()) splitAveragePool(draft, id);
  for (const id of draft.order()) affineToDepthwise(draft, id);
  for (const id of draft.order()) splitScale(draft, id);
  return draft.finish();
}

/** A rewriting at one node; says whether it changed anything. */
type Rule = (draft: Draft, id: number) => boolean;

/** Sweeps over the graph until nothing changes. */
function repeatWhileChanged(draft: Draft, rules: readonly Rule[]): void {
  let changed = true;
  while (changed) {
    changed = false;
    for (const id of draft.order()) {
      while (draft.isLive(id) && rules.some((rule) => rule(draft, id))) changed = true;
    }
  }
}

/** Two nonlinear steps in a row are one where at most one has windows, the first activation passes those of the second, and one activation is both. */
function mergeNonlinear(draft: Draft, id: number): boolean {
  const second = draft.node(id);
  if (second.op !== 'nonlinear') return false;
  const first = draft.node(second.inputs[0]!);
  if (first.op !== 'nonlinear' || draft.onlyConsumer(second.inputs[0]!) === undefined) return false;
  if (first.pool !== undefined && second.pool !== undefined) return false;
  if (second.pool !== undefined && !realActivationOf(first.activation).rises(first)) return false;
  const activation = compose(realActivation(first), realActivation(second));
  if (activation === undefined) return false;
  const pool = first.pool ?? second.pool;
  draft.replace(id, {
    op: 'nonlinear',
    name: second.pool === undefined ? first.name : second.name,
    inputs: first.inputs,
    ...(pool === undefined ? {} : { pool }),
    ...activation,
  });
  return true;
}

/** Zeros in front of a convolution are its padding. */
function mergePad(draft: Draft, id: number): boolean {
  const node = draft.node(id);
  if (node.op !== 'linear' || node.shape.length !== 3) return false;
  const before = draft.node(node.inputs[0]!);
  if (before.op !== 'move') return false;
  const { shape } = draft.node(before.inputs[0]!);
  const padding = zerosAround(before, shape);
  if (padding === undefined) return false;
  const { map } = node;
  const merged: Conv2d = {
    ...map,
    inHeight: shape[0]!,
    inWidth: shape[1]!,
    padTop: map.padTop + padding.top,
    padBottom: map.padBottom + padding.bottom,
    padLeft: map.padLeft + padding.left,
    padRight: map.padRight + padding.right,
  };
  draft.replace(id, { ...node, inputs: before.inputs, map: merged });
  return true;
}

/** Folds an affine step into the linear map before it, else into the one after it where that is exact. */
function foldAffine(draft: Draft, id: number): boolean {
  const node = draft.node(id);
  if (node.op !== 'affine') return false;
  const input = node.inputs[0]!;
  const before = draft.node(input);
  if (before.op === 'linear' && draft.onlyConsumer(input) !== undefined) {
    draft.replace(id, { ...scaleOutputs(before, node), name: before.name });
    return true;
  }
  const reader = draft.onlyConsumer(id);
  if (reader === undefined) return false;
  const after = draft.node(reader);
  if (after.op === 'linear' && (!isPadded(after.map) || node.offset.every((offset) => offset === 0))) {
    draft.replace(reader, { ...scaleInputs(after, node), inputs: [input] });
    return true;
  }
  // affine, move -> move, affine of the channels that come from there
  const channels = after.op === 'move' ? sourceChannels(after, draft.node(input).shape) : undefined;
  if (after.op !== 'move' || channels === undefined) return false;
  const affine = draft.add({
    op: 'affine',
    name: node.name,
    inputs: [draft.add({ ...after, inputs: [input] })],
    factor: Float64Array.from(channels, (channel) => node.factor[channel]!),
    offset: Float64Array.from(channels, (channel) => node.offset[channel]!),
  });
  draft.redirect(reader, affine);
  return true;
}

/** Of each channel of a movement the one of its only input that all of its elements come from, or undefined. */
function sourceChannels(node: MoveOp, from: Shape): Int32Array | undefined {
  if (node.inputs.length !== 1 || !isCovered(node)) return undefined;
  const [channels, fromChannels] = [channelsOf(node.shape), channelsOf(from)];
  const found = new Int32Array(channels).fill(FILL);
  const map = mapOf(node.pieces, [sizeOf(from)], sizeOf(node.shape));
  for (let i = 0; i < map.length; i++) {
    const source = map[i]! % fromChannels;
    const known = found[i % channels]!;
    if (known !== FILL && known !== source) return undefined;
    found[i % channels] = source;
  }
  return found;
}

function isPadded(map: Conv2d): boolean {
  return map.padTop + map.padBottom + map.padLeft + map.padRight > 0;
}

/** factor * (x o W + b) + offset = x o (W * factor) + (factor * b + offset) */
function scaleOutputs(node: LinearOp, { factor, offset }: AffineOp): LinearOp {
  const outputs = node.map.outChannels;
  const weights = new Float64Array(node.weights.length);
  for (let i = 0; i < weights.length; i++) weights[i] = node.weights[i]! * factor[i % outputs]!;
  return {
    ...node,
    weights,
    bias: Float64Array.from(offset, (b, i) => b + (node.bias?.[i] ?? 0) * factor[i]!),
  };
}

/** (factor * x + offset) o W + b = x o (factor * W) + (offset o W + b), where no padding stands in for an x */
function scaleInputs(node: LinearOp, { factor, offset }: AffineOp): LinearOp {
  const { map } = node;
  const perGroup = map.inChannels / map.groups;
  const outputsPerGroup = map.outChannels / map.groups;
  const weights = Float64Array.from(node.weights);
  const bias = Float64Array.from({ length: map.outChannels }, (_, i) => node.bias?.[i] ?? 0);
  for (let i = 0; i < weights.length; i++) {
    const output = i % map.outChannels;
    const channel = Math.floor(output / outputsPerGroup) * perGroup + (Math.floor(i / map.outChannels) % perGroup);
    bias[output]! += weights[i]! * offset[channel]!;
    weights[i]! *= factor[channel]!;
  }
  return { ...node, weights, bias };
}

/** What is left of the affine steps: a 1x1 convolution of each channel on its own. */
function affineToDepthwise(draft: Draft, id: number): void {
  const node = draft.node(id);
  if (node.op !== 'affine') return;
  const channels = channelsOf(node.shape);
  const [inHeight, inWidth] = node.shape.length === 3 ? node.shape : [sizeOf(node.shape.slice(0, -1)), 1];
  draft.replace(id, {
    op: 'linear',
    name: node.name,
    inputs: node.inputs,
    map: { ...dense(channels, channels), inHeight: inHeight!, inWidth: inWidth!, groups: channels },
    weights: node.factor,
    bias: node.offset,
  });
}

/** mean = sum * 2^-k / odd: k joins the scale; the odd part the next weights where these see nothing else, else a multiplier. */
function splitAveragePool(draft: Draft, id: number): void {
  const node = draft.node(id);
  if (node.op !== 'averagePool') return;
  const divisors = divisorsOf(node);
  const base = { op: 'sumPool', name: node.name, inputs: node.inputs, pool: node.pool } as const;
  if (divisors.some((divisor) => divisor !== divisors[0])) {
    const sum = draft.add({ ...base, divisorBits: 0 });
    draft.replace(id, { op: 'scale', name: node.name, inputs: [sum], factors: divisors.map((divisor) => 1 / divisor) });
    return;
  }
  const divisorBits = 31 - Math.clz32(divisors[0]! & -divisors[0]!);
  const odd = divisors[0]! / 2 ** divisorBits;
  if (odd === 1) {
    draft.replace(id, { ...base, divisorBits });
    return;
  }
  const readers = linearReaders(draft, id);
  if (readers === undefined) {
    const sum = draft.add({ ...base, divisorBits });
    draft.replace(id, { op: 'scale', name: node.name, inputs: [sum], factors: [1 / odd] });
    return;
  }
  draft.replace(id, { ...base, divisorBits });
  scaleWeights(draft, readers, 1 / odd);
}

/** factor = m * 2^k: k joins the scale, and m the next weights where these see nothing else, so that no multiplier has to be rounded. */
function splitScale(draft: Draft, id: number): void {
  const node = draft.node(id);
  if (node.op !== 'scale' || node.factors.length > 1) return;
  const factor = node.factors[0]!;
  const power = 2 ** Math.floor(Math.log2(factor));
  if (!(factor > power)) return;
  const readers = linearReaders(draft, id);
  if (readers === undefined) return;
  draft.replace(id, { ...node, factors: [power] });
  scaleWeights(draft, readers, factor / power);
}

function scaleWeights(draft: Draft, readers: readonly number[], factor: number): void {
  for (const reader of readers) {
    const linear = draft.node(reader) as LinearOp;
    draft.replace(reader, { ...linear, weights: Float64Array.from(linear.weights).map((w) => w * factor) });
  }
}

/** The linear nodes that read tensor `id`, directly or through reshapes and ReLUs, or undefined where something else does. */
function linearReaders(draft: Draft, id: number): readonly number[] | undefined {
  if (id === draft.output) return undefined;
  const found: number[] = [];
  for (const reader of draft.consumers(id)) {
    const node = draft.node(reader);
    if (node.op === 'linear') {
      found.push(reader);
      continue;
    }
    // A positive factor passes movements, and the steps for which f(a x) = a f(x): no maximum, but of the window.
    const moves = node.op === 'move' && node.inputs.length === 1 && node.fill === 0;
    const passes = moves || (node.op === 'nonlinear' && isHomogeneous(node));
    const behind = passes ? linearReaders(draft, reader) : undefined;
    if (behind === undefined) return undefined;
    found.push(...behind);
  }
  return found;
}

function isHomogeneous(node: NonlinearOp): boolean {
  return realActivationOf(node.activation).halves(node)?.most === Number.POSITIVE_INFINITY;
}

/** The divisor at each position, row major. */
function divisorsOf(node: AveragePoolOp): readonly number[] {
  const { pool } = node;
  const [height, width] = poolOutput(pool);
  const window = pool.windowHeight * pool.windowWidth;
  return Array.from({ length: height * width }, (_, position) =>
    node.divisor === 'window' ? window : insideAt(pool, Math.floor(position / width), position % width),
  );
}
