/** The inputs on which the error of a fixed-point network is measured. @module */
import { macsOf } from '../../core/linear-map.js';
import { expandWords } from '../../core/prg.js';
import { sizeOf } from '../../core/ring.js';
import { SEED_BYTES } from '../../platform/random.js';
import type { Interval } from '../bounds.js';
import type { Graph } from '../graph.js';
import type { GraphOp } from '../ops/operators.js';
import type { CalibrationInputs } from './observe.js';

/** Some of the calibration inputs, or inputs that were drawn from the declared range. */
export interface Sample extends CalibrationInputs {
  readonly source: 'calibration' | 'drawn';
}

/** What the inputs together cost to evaluate: a large network has few of them. */
const WORK = 2 ** 31;
const MOST_INPUTS = 128;
const LEAST_INPUTS = 2;
/** Elements of all tensors from which on one input says enough. */
const MANY_ELEMENTS = 2 ** 26;
/** Multiply-adds that take as long as an element of a tensor. */
const ELEMENT_WORK = 8;
/** Public: it says nothing of anybody. */
const SEED = new Uint8Array(SEED_BYTES).fill(15);

/** Elements of all tensors for one input. */
export function elementsOf({ nodes }: Graph): number {
  return nodes.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** What a node costs to evaluate for one input, in multiply-adds. */
export function workOf(node: GraphOp): number {
  return ELEMENT_WORK * sizeOf(node.shape) + (node.op === 'linear' ? macsOf(node.map) : 0);
}

/** How many inputs can be evaluated for some work, in multiply-adds, from 1 to `most`. */
export function inputsFor(work: number, graph: Graph, most: number): number {
  const one = graph.nodes.reduce((sum, node) => sum + workOf(node), 0);
  return Math.max(1, Math.min(most, Math.floor(work / one)));
}

export function sampleOf(graph: Graph, { low, high }: Interval, calibration: CalibrationInputs | undefined): Sample {
  const size = sizeOf(graph.nodes[0]!.shape);
  const least = elementsOf(graph) > MANY_ELEMENTS ? 1 : LEAST_INPUTS;
  const most = Math.max(least, inputsFor(WORK, graph, MOST_INPUTS));
  if (calibration === undefined) {
    const words = expandWords(most * size, SEED, 'quantize/sample');
    const values = new Float32Array(words.length);
    for (let i = 0; i < values.length; i++) values[i] = Math.min(high, low + (words[i]! / 2 ** 32) * (high - low));
    return { source: 'drawn', count: most, values };
  }
  const count = Math.min(most, calibration.count);
  const values = new Float32Array(count * size);
  for (let n = 0; n < count; n++) {
    // spread evenly over what there is
    const from = Math.floor((n * calibration.count) / count) * size;
    values.set(calibration.values.subarray(from, from + size), n * size);
  }
  return { source: 'calibration', count, values };
}
