/** Turns each node of a folded graph into fixed point, and brings values down to the activation scale where operators ask for it. @module */
import { TacitError } from '../../core/errors.js';
import { encodeNumber } from '../../core/fixed.js';
import { outputSize } from '../../core/linear-map.js';
import { type RingBits, sizeOf } from '../../core/ring.js';
import { type Bounds, constantBounds, type Interval, intervalOf, scaled } from '../bounds.js';
import type { Graph } from '../graph.js';
import type { InputOp } from '../ops/input.js';
import type { Lowering, QuantizerSettings, Tensor, WantedBits, WithoutId, WithoutWidth } from '../ops/lowering.js';
import type { MoveNode } from '../ops/move/move.js';
import { channelsOf, type IntegerWeights, type RealNode } from '../ops/node.js';
import { type ComputedNode, type GraphOp, realOperator } from '../ops/operators.js';
import { widthOf } from '../widths.js';
import { FixedBuilder } from './fixed-builder.js';
import { type Lowered, live } from './live.js';

/** A layer is large with at least this part of the outputs of the largest. */
const LARGE = 1 / 4;
/** A linear step that needs more bits is rescaled before, if its input has fraction bits to lose. */
export const COMFORTABLE_WIDTH: Readonly<Record<RingBits, number>> = { 32: 32, 64: 48 };

export class Quantizer implements Lowering<ComputedNode> {
  readonly settings: QuantizerSettings;
  readonly comfortableWidth: number;
  readonly largeOutputs: number;
  readonly #graph: Graph;
  readonly #builder: FixedBuilder;
  readonly #rescaled = new Map<number, number>();
  /** By step that rescales: the node whose value it rescales. */
  readonly #rescales = new Map<RealNode, RealNode>();
  /** By fixed-point node: the node of the float graph whose value it has. */
  readonly #origins = new Map<number, RealNode>();
  readonly #observed: ReadonlyMap<RealNode, Interval>;

  /**
   * @param graph as passes/fold.ts gives it
   * @param observed what calibration inputs reach at each of its nodes
   */
  constructor(graph: Graph, settings: QuantizerSettings, observed: readonly Interval[] = []) {
    this.settings = settings;
    this.comfortableWidth = COMFORTABLE_WIDTH[settings.ringBits];
    this.largeOutputs =
      LARGE * Math.max(...graph.nodes.map((node) => (node.op === 'linear' ? outputSize(node.map) : 0)));
    this.#graph = graph;
    this.#observed = new Map(observed.map((interval, id) => [graph.nodes[id]!, interval]));
    this.#builder = new FixedBuilder(settings);
  }

  /** @throws RANGE_OVERFLOW where a value does not fit the ring */
  run(): Lowered {
    const { nodes, output } = this.#graph;
    const ids: number[] = [];
    for (const node of nodes) {
      const inputs = node.inputs.map((input) => ids[input]!);
      const id = this.#lower(node, inputs);
      this.#builder.noteObserved(id, this.observed(node));
      this.#origins.set(id, node);
      ids.push(id);
    }
    return live({ ...this.#builder.finish(this.#graph, ids[output]!), origins: this.#origins });
  }

  tensor(id: number): Tensor {
    return this.#builder.tensor(id);
  }

  observed(node: RealNode): Interval | undefined {
    return this.#observed.get(node);
  }

  wanted(node: RealNode): WantedBits {
    return this.settings.wanted.get(this.#rescales.get(node) ?? node) ?? {};
  }

  add(draft: WithoutId<ComputedNode>, bounds: Bounds, weights?: IntegerWeights): number {
    return this.#builder.add(draft, bounds, weights);
  }

  addCircuit(
    draft: WithoutWidth<ComputedNode>,
    constant: number,
    least: number,
    boundsAt: (width: number) => Bounds,
  ): number {
    return this.#builder.addCircuit(draft, constant, least, boundsAt);
  }

  noteSaturation(id: number, bound: number): void {
    this.#builder.noteSaturation(id, bound);
  }

  canRescale(id: number): boolean {
    const { node } = this.tensor(id);
    return node.op !== 'input' && node.op !== 'nonlinear' && node.fractionBits > this.#rescaledBits(id);
  }

  rescale(id: number): number {
    const known = this.#rescaled.get(id);
    if (known !== undefined) return known;
    const { node, observed } = this.#builder.tensor(id);
    const { name, shape, fractionBits } = node;
    const moved = node.op === 'move' ? this.#rescaledBefore(node) : undefined;
    if (moved !== undefined) {
      this.#rescaled.set(id, moved);
      return moved;
    }
    const step = { op: 'nonlinear', name: `${name}/rescale`, inputs: [id], shape, activation: 'none' } as const;
    const origin = this.#origins.get(id);
    if (origin !== undefined) this.#rescales.set(step, origin);
    const rescaled = this.#lower(step, [id]);
    this.#builder.noteObserved(rescaled, observed && scaled(observed, -fractionBits));
    if (origin !== undefined) this.#origins.set(rescaled, origin);
    this.#rescaled.set(id, rescaled);
    return rescaled;
  }

  /** The movement of what is rescaled before it, where that costs no more circuits. */
  #rescaledBefore({ name, shape, inputs, pieces, fill, fractionBits }: MoveNode): number | undefined {
    const elements = [...new Set(inputs)].reduce((sum, input) => sum + sizeOf(this.tensor(input).node.shape), 0);
    if (elements > sizeOf(shape) || !inputs.every((input) => this.canRescale(input))) return undefined;
    const before = inputs.map((input) => this.rescale(input));
    const step = { op: 'move', name, inputs: before, shape, pieces, fill: fill / 2 ** fractionBits } as const;
    return this.#lower(step, before);
  }

  isTooWide(bounds: Bounds): boolean {
    return widthOf(intervalOf(bounds), 0) > this.comfortableWidth;
  }

  /** What a tensor has when it is rescaled. */
  #rescaledBits(id: number): number {
    const origin = this.#origins.get(id);
    return (origin && this.wanted(origin).activations) ?? this.settings.activationFractionBits;
  }

  #lower(node: GraphOp, inputs: readonly number[]): number {
    if (node.op === 'input') return this.#input(node);
    const operator = realOperator(node.op);
    if (operator.lower === undefined) {
      throw new TacitError('INTERNAL', `layer ${node.name}: expected a folded graph, got ${node.op}`);
    }
    return operator.lower(this, node, inputs);
  }

  #input(input: InputOp): number {
    const { name, shape } = input;
    const { inputRange, activationFractionBits, exactActivationBits } = this.settings;
    const { low, high } = inputRange;
    // A range of 0 to 255 needs eight fraction bits fewer than one of 0 to 1, one of 0 to 1/64 six more.
    const magnitude = exactActivationBits ? 1 : Math.max(Math.abs(low), Math.abs(high)) || 1;
    const usual = Math.max(0, activationFractionBits - Math.ceil(Math.log2(magnitude)));
    const fractionBits = this.wanted(input).activations ?? usual;
    const interval = { low: encodeNumber(low, fractionBits), high: encodeNumber(high, fractionBits) };
    const node = { op: 'input', name, inputs: [], shape, fractionBits, low, high } as const;
    return this.#builder.addInput(node, constantBounds(channelsOf(shape), interval));
  }
}
