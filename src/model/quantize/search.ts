/**
 * Finds the bits that hold a tolerance: an attempt with what values and weights usually need, and where its measured error is too
 * great, attempts with more bits where the model of errors says that they are worth most.
 * @module
 */
import { codeOf } from '../../core/errors.js';
import type { Interval } from '../bounds.js';
import type { Graph } from '../graph.js';
import type { QuantizerSettings, WantedBits } from '../ops/lowering.js';
import type { RealNode } from '../ops/node.js';
import type { FixedNode } from '../ops/operators.js';
import { type Accuracy, measureAccuracy, offBy } from './accuracy.js';
import { allocate, type Measured } from './allocate.js';
import type { Lowered } from './live.js';
import { COMFORTABLE_WIDTH, Quantizer } from './quantizer.js';
import type { RangeStep } from './range.js';
import type { Sample } from './sample.js';
import type { Purpose, Sensitivity } from './sensitivity.js';

/** A rounding of a fixed-point network. */
export interface StepRounding extends Measured {
  /** Of the fixed-point node. */
  readonly id: number;
}

/** A fixed-point network, what is expected of its error, and what was measured. */
export interface Judged extends Lowered {
  readonly settings: QuantizerSettings;
  readonly roundings: readonly StepRounding[];
  /** By the model of errors: RMS of the outputs' error, as a part of the RMS of the float network's outputs; the root of the sum of all squares. */
  readonly predicted: number;
  readonly accuracy: Accuracy;
}

const MOST_ROUNDS = 8;
/** Of the tolerance: the sample is not all inputs. */
const AIM = 0.8;
/** Every round does at least that much better than the one before. */
const PROGRESS = 0.7;
/** By how much the model of errors is taken to be off, at the most. */
const MOST_OFF = 8;

export class Search {
  readonly #graph: Graph;
  readonly #observed: readonly Interval[] | undefined;
  readonly #sample: Sample;
  readonly #sensitivity: Sensitivity;
  readonly #tolerance: number;

  constructor(
    graph: Graph,
    observed: readonly Interval[] | undefined,
    sample: Sample,
    sensitivity: Sensitivity,
    tolerance: number,
  ) {
    this.#graph = graph;
    this.#observed = observed;
    this.#sample = sample;
    this.#sensitivity = sensitivity;
    this.#tolerance = tolerance;
  }

  /** Whether the outputs are as near to the float network's as is asked for, those of one input at most twice as far, and greatest where those are. */
  holds({ accuracy }: Pick<Judged, 'accuracy'>): boolean {
    return offBy(accuracy) <= this.#tolerance && accuracy.misled === 0;
  }

  /**
   * The first network that holds the tolerance, else the best that was found.
   *
   * @throws RANGE_OVERFLOW where not even the first attempt fits the ring
   */
  async run(settings: QuantizerSettings): Promise<Judged> {
    let latest = await this.#judge(settings);
    let best = latest;
    for (let round = 1; round < MOST_ROUNDS && !this.holds(best); round++) {
      const wanted = this.#wantedAfter(latest);
      if (wanted === undefined) break;
      try {
        latest = await this.#judge({ ...settings, wanted });
      } catch (error) {
        if (codeOf(error) !== 'RANGE_OVERFLOW') throw error;
        break;
      }
      if (this.holds(latest) || offBy(latest.accuracy) < offBy(best.accuracy)) best = latest;
    }
    return best;
  }

  #wantedAfter({ settings, roundings, accuracy }: Judged): ReadonlyMap<RealNode, WantedBits> | undefined {
    const error = offBy(accuracy);
    const explained = explain(roundings, error);
    const predicted = predictedOf(explained);
    const off = Math.max(1 / MOST_OFF, error / predicted);
    const target = Math.min((AIM * this.#tolerance) / off, PROGRESS * predicted);
    const more = allocate(this.#graph, explained, target ** 2);
    if (more.size === 0) return undefined;
    const wanted = new Map(settings.wanted);
    for (const [node, bits] of more) wanted.set(node, { ...wanted.get(node), ...bits });
    return wanted;
  }

  async #judge(settings: QuantizerSettings): Promise<Judged> {
    const lowered = new Quantizer(this.#graph, settings, this.#observed).run();
    const accuracy = await measureAccuracy(this.#graph, lowered, this.#sample, this.#tolerance);
    // nothing is chosen after an attempt that holds
    const purpose = this.holds({ accuracy }) ? 'tell' : 'choose';
    const roundings = await roundingsOf(this.#graph, lowered, settings, this.#sensitivity, purpose);
    const predicted = predictedOf(roundings);
    return { ...lowered, settings, roundings, predicted, accuracy };
  }
}

function predictedOf(roundings: readonly Measured[]): number {
  return Math.sqrt(roundings.reduce((sum, { error }) => sum + error, 0));
}

/** An error far beyond the model's (which saw fewer inputs) may come from any of the roundings. */
function explain(roundings: readonly StepRounding[], observed: number): readonly StepRounding[] {
  if (observed <= MOST_OFF * predictedOf(roundings)) return roundings;
  return roundings.map((rounding) => ({ ...rounding, error: rounding.error + observed ** 2 / roundings.length }));
}

/** By node: how many bits more its value may have, there and in what is made of it up to the next circuit or product. */
function roomsOf(nodes: readonly FixedNode[], steps: readonly RangeStep[], most: number): readonly number[] {
  const rooms = steps.map(({ width }) => most - width);
  for (const node of nodes.toReversed()) {
    if (node.op === 'linear' || node.op === 'product') continue;
    // of a circuit the width is that of what enters it
    const room = node.op === 'nonlinear' ? most - node.width : rooms[node.id]!;
    for (const input of node.inputs) rooms[input] = Math.min(rooms[input]!, room);
  }
  return rooms;
}

async function roundingsOf(
  graph: Graph,
  { model, steps, origins }: Lowered,
  settings: QuantizerSettings,
  sensitivity: Sensitivity,
  purpose: Purpose,
): Promise<readonly StepRounding[]> {
  const ids = new Map<RealNode, number>(graph.nodes.map((node, id) => [node, id]));
  const { exactActivationBits, weightFractionBits, ringBits, wanted } = settings;
  const rooms = roomsOf(model.graph.nodes, steps, COMFORTABLE_WIDTH[ringBits]);
  const roundings = model.graph.nodes.flatMap((node): Omit<StepRounding, 'error'>[] => {
    const origin = origins.get(node.id);
    if (origin === undefined) return [];
    const rounding = (of: 'activations' | 'weights', bits: number, demanded: boolean): Omit<StepRounding, 'error'> => {
      // what was wanted before and is not there has no room
      const refused = bits < (wanted.get(origin)?.[of] ?? 0);
      const room = refused ? 0 : rooms[node.id]!;
      return { of, node: ids.get(origin)!, bits, id: node.id, free: !demanded, room };
    };
    if (node.op === 'linear') return [rounding('weights', node.weightFractionBits, weightFractionBits !== undefined)];
    const rounds = node.op === 'input' || (node.op === 'nonlinear' && (node.shift > 0 || node.activation === 'smooth'));
    return rounds ? [rounding('activations', node.fractionBits, exactActivationBits)] : [];
  });
  const errors = await sensitivity.errorsOf(roundings, purpose);
  return roundings.map((rounding, i) => ({ ...rounding, error: errors[i]! }));
}
