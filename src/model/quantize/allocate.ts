/** Where bits are worth most: which roundings get finer, so that together they make at most a given error. @module */
import { sizeOf } from '../../core/ring.js';
import type { Graph } from '../graph.js';
import type { WantedBits } from '../ops/lowering.js';
import type { RealNode } from '../ops/node.js';
import type { Rounding } from './sensitivity.js';

/** A rounding, and the squared error that it makes of the outputs, as a part of their square. */
export interface Measured extends Rounding {
  readonly error: number;
  /** Whether its bits may change. */
  readonly free: boolean;
  /** Of weights: how many bits more the ring has room for, in them and in the values that they meet. */
  readonly room: number;
}

/** At once: what comes of them is measured before there are more. */
const MOST_MORE = 12;
/** A bit more leaves a quarter of the squared error, a bit less makes it four times as great. */
const FINER = 1 / 4;
const COARSER = 4;
/** A bit that takes less than this part of the error away is not worth having. */
const LEAST_GAIN = 2 ** -10;

/** On its way to other bits. */
interface Part extends Rounding {
  readonly free: boolean;
  readonly room: number;
  readonly cost: number;
  /** Of weights: the roundings of the values that they meet; of activations: those of the weights that they meet. */
  meets: readonly Part[];
  error: number;
  more: number;
}

/** A bit more for one, and where there is no room for it a bit less for those that it meets. */
interface Step {
  readonly finer: Part;
  readonly coarser: readonly Part[];
  readonly gain: number;
}

/**
 * The bits that bring the sum of all errors down to `most`, or as far down as they can: a step at a time, the one by which errors fall
 * most for what it costs. Only what changes is in the map.
 */
export function allocate(graph: Graph, roundings: readonly Measured[], most: number): Map<RealNode, WantedBits> {
  const parts = partsOf(graph, roundings);
  const sum = (): number => parts.reduce((total, { error }) => total + error, 0);
  for (let left = sum(); left > most; left = sum()) {
    const steps = parts.flatMap((part) => stepOf(part) ?? []).filter(({ gain }) => gain > LEAST_GAIN * left);
    if (steps.length === 0) break;
    const worth = ({ finer, gain }: Step): number => gain / finer.cost;
    take(steps.reduce((best, step) => (worth(step) > worth(best) ? step : best)));
  }
  const wanted = new Map<RealNode, WantedBits>();
  for (const { node: id, of, bits, more } of parts) {
    const node = graph.nodes[id]!;
    if (more !== 0) wanted.set(node, { ...wanted.get(node), [of]: bits + more });
  }
  return wanted;
}

function stepOf(finer: Part): Step | undefined {
  const { free, more, error, of, meets } = finer;
  if (!free || more >= MOST_MORE || error === 0) return undefined;
  const full = of === 'weights' && roomOf(finer) <= 0;
  if (full && meets.length === 0) return undefined;
  const coarser = of === 'activations' ? meets.filter((weights) => roomOf(weights) <= 0) : full ? meets : [];
  if (coarser.some((part) => !part.free || part.bits + part.more <= 0)) return undefined;
  const lost = coarser.reduce((total, part) => total + part.error * (COARSER - 1), 0);
  return { finer, coarser, gain: error * (1 - FINER) - lost };
}

/** The width of a product grows with the bits of either side. */
function roomOf({ room, more, meets }: Part): number {
  return (
    room - more - Math.max(...meets.map((values) => values.more), meets.length === 0 ? 0 : Number.NEGATIVE_INFINITY)
  );
}

function take({ finer, coarser }: Step): void {
  finer.more++;
  finer.error *= FINER;
  for (const part of coarser) {
    part.more--;
    part.error *= COARSER;
  }
}

function partsOf(graph: Graph, roundings: readonly Measured[]): Part[] {
  const parts: Part[] = roundings.map((rounding) => ({
    ...rounding,
    cost: costOf(graph, rounding),
    meets: [],
    more: 0,
  }));
  const [values, weights] = [
    parts.filter(({ of }) => of === 'activations'),
    parts.filter(({ of }) => of === 'weights'),
  ];
  /** By node: the roundings through which its value went last. */
  const sources: Set<Part>[] = [];
  for (const [id, { inputs }] of graph.nodes.entries()) {
    const own = values.filter(({ node }) => node === id);
    sources.push(new Set(own.length > 0 ? own : inputs.flatMap((input) => [...sources[input]!])));
  }
  for (const part of weights) part.meets = graph.nodes[part.node]!.inputs.flatMap((input) => [...sources[input]!]);
  for (const part of values) part.meets = weights.filter(({ meets }) => meets.includes(part));
  return parts;
}

/** A bit widens the circuits behind the layer, or behind those that read the values: their elements. */
function costOf({ nodes }: Graph, { of, node }: Rounding): number {
  if (of === 'weights') return sizeOf(nodes[node]!.shape);
  const readers = nodes.filter(({ inputs }) => inputs.includes(node));
  return sizeOf(nodes[node]!.shape) + readers.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
