/**
 * Extraction by cryptanalysis: logits of a network of ReLUs are linear but for kinks, where a neuron's input is zero. Across a kink of the first layer
 * the gradient changes by a multiple of that neuron's weights. In floating point that gives weights to many bits; fixed-point inputs, activations and
 * logits are rounded, so that slopes are differences of rounded numbers. What is left of it is measured here: how near the best change of gradient
 * comes to a row of the first layer, on the float network and on the service.
 * @module
 */
import type { LinearOp } from '../../src/model/ops/linear/nodes.js';
import type { Attack, Finding, Target } from '../attack.js';
import { Network } from '../network.js';
import type { Random } from '../random.js';
import type { Service } from '../service.js';

/** Lines that are searched for kinks. */
const LINES = 8;
/** Points of a line that are asked at once. */
const POINTS = 33;
/** A row counts as found from this cosine on: in any direction of hundreds of dimensions chance gives 0.1 to 0.2. */
const FOUND = 0.99;

export const cryptanalysis: Attack = {
  name: 'extraction/cryptanalysis',
  paper: 'Carlini, Jagielski, Mironov, CRYPTO 2020, arXiv 2003.04884 (first layer)',
  run: async function* (target, _effort, random) {
    const rows = firstRows(target);
    if (rows === undefined) return;
    const network = Network.of(target.tf, target.graph);
    const float: Oracle = {
      policy: 'none (float)',
      ask: (inputs) => Float64Array.from(network.evaluate(inputs)),
      step: 2 ** -9,
      queries: () => 0,
    };
    yield* judged(target, float, rows, random);
    network.dispose();
    for (const service of target.services.filter(({ hasLogits }) => hasLogits)) {
      yield* judged(target, oracleOf(service), rows, random);
      service.forget();
    }
  },
};

/** Who answers, and the least step at which answers say something: below it inputs are the same to a private service. */
interface Oracle {
  readonly policy: string;
  readonly ask: (inputs: Float32Array) => Float64Array;
  readonly step: number;
  readonly queries: () => number;
}

function oracleOf(service: Service): Oracle {
  return {
    policy: service.policy,
    ask: (inputs) => service.ask(inputs).logits!,
    // wide enough that rounding is not all that is seen, narrow enough that few other neurons change
    step: 16 * service.inputUnit,
    queries: () => service.queries,
  };
}

/** Weights of each neuron of the first layer, where that is dense and reads the input as it is. */
function firstRows({ graph, inputSize }: Target): readonly Float64Array[] | undefined {
  const first = graph.nodes.find((node): node is LinearOp => node.op === 'linear');
  if (first === undefined || first.map.inChannels !== inputSize) return undefined;
  const outputs = first.map.outChannels;
  return Array.from({ length: outputs }, (_, o) =>
    Float64Array.from({ length: inputSize }, (__, i) => first.weights[i * outputs + o]!),
  );
}

function* judged(target: Target, oracle: Oracle, rows: readonly Float64Array[], random: Random): Generator<Finding> {
  const stream = random.fork('lines');
  const found: number[] = [];
  for (let i = 0; i < LINES; i++) {
    const change = changeAtKink(target, oracle, stream);
    found.push(Math.max(...rows.map((row) => Math.abs(cosine(row, change)))));
  }
  found.sort((a, b) => b - a);
  const common = { policy: oracle.policy, setting: `${LINES} kinks`, budget: 0, queries: oracle.queries() };
  yield { ...common, metric: 'best cosine with a row of weights', value: found[0]! };
  yield { ...common, metric: 'rows found', value: found.filter((each) => each > FOUND).length / LINES };
}

/** How the gradient of a logit changes at the strongest kink of a line. */
function changeAtKink({ inputSize, classes, low, high }: Target, oracle: Oracle, random: Random): Float64Array {
  const logit = random.below(classes);
  const ask = (inputs: Float32Array): Float64Array => oracle.ask(inputs).filter((_, i) => i % classes === logit);
  const middle = Float64Array.from({ length: inputSize }, () => low + (high - low) * (0.25 + 0.5 * random.uniform()));
  const along = Float64Array.from({ length: inputSize }, () => (high - low) * 0.12 * random.sign());
  let [start, end] = [-1, 1];
  // nearer to the kink, until the points are a step apart
  while (((end - start) / (POINTS - 1)) * Math.abs(along[0]!) > oracle.step) {
    const at = strongest(ask(lineOf(middle, along, start, end)));
    const width = (end - start) / 4;
    const place = start + ((end - start) * at) / (POINTS - 1);
    [start, end] = [place - width / 2, place + width / 2];
  }
  const [before, after] = [start, end].map((place) => middle.map((value, i) => value + place * along[i]!)) as [
    Float64Array,
    Float64Array,
  ];
  const [left, right] = [slopesAt(before, oracle.step, ask), slopesAt(after, oracle.step, ask)];
  return right.map((slope, i) => slope - left[i]!);
}

/** Points in a row on middle + t along. */
function lineOf(middle: Float64Array, along: Float64Array, start: number, end: number): Float32Array {
  const points = new Float32Array(POINTS * middle.length);
  for (let p = 0; p < POINTS; p++) {
    const t = start + ((end - start) * p) / (POINTS - 1);
    for (let i = 0; i < middle.length; i++) points[p * middle.length + i] = middle[i]! + t * along[i]!;
  }
  return points;
}

/** The point at which values bend most. */
function strongest(values: Float64Array): number {
  let best = 1;
  const bend = (i: number): number => Math.abs(values[i + 1]! - 2 * values[i]! + values[i - 1]!);
  for (let i = 1; i < values.length - 1; i++) if (bend(i) > bend(best)) best = i;
  return best;
}

/** The gradient by differences, a coordinate after the other. */
function slopesAt(point: Float64Array, step: number, ask: (inputs: Float32Array) => Float64Array): Float64Array {
  const size = point.length;
  const around = new Float32Array(2 * size * size);
  for (let i = 0; i < size; i++) {
    for (const side of [0, 1]) {
      around.set(point, (2 * i + side) * size);
      around[(2 * i + side) * size + i]! += side === 0 ? -step : step;
    }
  }
  const values = ask(around);
  return Float64Array.from({ length: size }, (_, i) => (values[2 * i + 1]! - values[2 * i]!) / (2 * step));
}

function cosine(one: Float64Array, other: Float64Array): number {
  let [both, left, right] = [0, 0, 0];
  for (let i = 0; i < one.length; i++) {
    both += one[i]! * other[i]!;
    left += one[i]! ** 2;
    right += other[i]! ** 2;
  }
  return both / Math.sqrt(left * right || 1);
}
