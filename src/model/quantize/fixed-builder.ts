/**
 * A fixed-point network under construction: its nodes, and for each tensor its bounds and what calibration inputs reach.
 * @module
 */
import { TacitError } from '../../core/errors.js';
import { MOST_FRACTION_BITS } from '../../core/fixed.js';
import type { RingBits } from '../../core/ring.js';
import { type Bounds, type Interval, intervalOf, scaled } from '../bounds.js';
import type { FixedModel } from '../fixed-model.js';
import type { Graph } from '../graph.js';
import type { InputNode } from '../ops/input.js';
import type { QuantizerSettings, Tensor, WithoutId, WithoutWidth } from '../ops/lowering.js';
import { channelsOf, type IntegerWeights } from '../ops/node.js';
import type { LinearWeights } from '../ops/operator.js';
import type { ComputedNode, FixedNode } from '../ops/operators.js';
import { toRing } from '../weights.js';
import { chooseWidth, type WidthChoice, widthOf } from '../widths.js';
import type { RangeStep } from './range.js';

type Known = Tensor<FixedNode>;

/** What a circuit reads: the value's range at its own scale, and the width that was chosen for it. */
interface CircuitRange extends WidthChoice {
  readonly boundFractionBits: number;
  readonly guaranteed: Interval;
  readonly observed: Interval | undefined;
  readonly headroomBits: number;
}

export class FixedBuilder {
  readonly #settings: QuantizerSettings;
  readonly #ringBits: RingBits;
  readonly #tensors: Known[] = [];
  readonly #circuits = new Map<number, CircuitRange>();
  readonly #saturations = new Map<number, number>();
  readonly #parameters = new Map<number, LinearWeights>();

  constructor(settings: QuantizerSettings) {
    this.#settings = settings;
    this.#ringBits = settings.ringBits;
  }

  tensor(id: number): Known {
    return this.#tensors[id]!;
  }

  addInput(draft: Omit<InputNode, 'id'>, bounds: Bounds): number {
    return this.#push({ ...draft, id: this.#tensors.length }, bounds);
  }

  /** Adds a node whose bounds are known; gives its id. */
  add(draft: WithoutId<ComputedNode>, bounds: Bounds, weights?: IntegerWeights): number {
    const node = { ...draft, id: this.#tensors.length };
    const id = this.#push(node, bounds);
    if (weights !== undefined) {
      const bias = weights.bias ?? new Float64Array(channelsOf(node.shape));
      this.#parameters.set(id, {
        weights: toRing(this.#ringBits, node.name, 'weights', weights.weights),
        bias: toRing(this.#ringBits, node.name, 'biases', bias),
      });
    }
    return id;
  }

  /**
   * Adds a step whose circuit reads its input plus `constant` in the width that this needs.
   *
   * @throws RANGE_OVERFLOW where that is more than the ring has
   */
  addCircuit(
    draft: WithoutWidth<ComputedNode>,
    constant: number,
    least: number,
    boundsAt: (width: number) => Bounds,
  ): number {
    const range = this.#circuitRange(this.tensor(draft.inputs[0]!), constant, least);
    this.#requireRoom(draft.name, range);
    const id = this.add({ ...draft, width: range.width }, boundsAt(range.width));
    this.#circuits.set(id, range);
    return id;
  }

  noteSaturation(id: number, bound: number): void {
    this.#saturations.set(id, bound);
  }

  /** Notes what calibration inputs reach at a tensor, in reals. */
  noteObserved(id: number, reals: Interval | undefined): void {
    const tensor = this.tensor(id);
    this.#tensors[id] = { ...tensor, observed: reals && scaled(reals, tensor.node.fractionBits) };
  }

  /** The model whose output is tensor `output`; throws RANGE_OVERFLOW where that could leave the ring. */
  finish(
    { name, inputs, outputs }: Graph,
    output: number,
  ): { readonly model: FixedModel; readonly steps: readonly RangeStep[] } {
    const last = this.tensor(output);
    const logits = this.#circuitRange(last, 0, 1);
    this.#requireRoom(last.node.name, logits);
    if (last.node.fractionBits > MOST_FRACTION_BITS) {
      throw this.#overflow(last.node.name, `at most ${MOST_FRACTION_BITS} fraction bits`, `${last.node.fractionBits}`);
    }
    const guaranteed = [...this.#circuits.values(), logits].every((range) => range.decidedBy === 'guaranteed');
    const steps = this.#tensors.map((tensor) => {
      const { id } = tensor.node;
      const range = this.#circuits.get(id) ?? (id === output ? logits : this.#freeRange(tensor));
      return stepOf(tensor, range, this.#saturations.get(id));
    });
    const nodes = this.#tensors.map((tensor) => tensor.node);
    const graph = {
      name,
      ringBits: this.#ringBits,
      nodes,
      inputs,
      outputs,
      output,
      outputWidth: logits.width,
      guaranteed,
    };
    return { model: { graph, parameters: this.#parameters }, steps };
  }

  #circuitRange(tensor: Known, constant: number, least: number): CircuitRange {
    const guaranteed = intervalOf(tensor.bounds);
    const { observed } = tensor;
    const { ranges, headroomBits: headroom } = this.#settings;
    const choice = chooseWidth(guaranteed, ranges === 'observed' ? observed : undefined, constant, headroom, least);
    const used = observed === undefined ? undefined : widthOf(observed, constant);
    const headroomBits = used === undefined ? this.#ringBits - choice.width : choice.width - used;
    return { ...choice, guaranteed, observed, headroomBits, boundFractionBits: tensor.node.fractionBits };
  }

  /** Of a tensor that no circuit reads: it lives mod 2^l, and its width is what it would need. */
  #freeRange(tensor: Known): CircuitRange {
    return this.#circuitRange(tensor, 0, 1);
  }

  #requireRoom(name: string, range: CircuitRange): void {
    if (range.width <= this.#ringBits) return;
    const { decidedBy: kind, boundFractionBits } = range;
    const { low, high } = range[kind]!;
    const magnitude = Math.max(Math.abs(low), Math.abs(high)) / 2 ** boundFractionBits;
    throw this.#overflow(
      name,
      `a value within ${this.#ringBits} bits`,
      `one whose ${kind} bound ${magnitude.toPrecision(3)} at ${boundFractionBits} fraction bits needs ${range.width}`,
    );
  }

  #overflow(layer: string, expected: string, came: string): TacitError {
    const facts = { layer, ringBits: this.#ringBits, ranges: this.#settings.ranges };
    return new TacitError('RANGE_OVERFLOW', `layer ${layer}: expected ${expected}, got ${came}`, { facts });
  }

  #push(node: FixedNode, bounds: Bounds): number {
    this.#tensors.push({ node, bounds, observed: undefined });
    return node.id;
  }
}

function stepOf({ node }: Known, { observed, ...range }: CircuitRange, saturatesAt: number | undefined): RangeStep {
  const { id, name, op: kind, shape, fractionBits } = node;
  return {
    id,
    name,
    kind,
    shape,
    fractionBits,
    ...range,
    ...(observed === undefined ? {} : { observed }),
    ...(saturatesAt === undefined ? {} : { saturatesAt }),
  };
}
