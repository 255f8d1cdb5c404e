/** What an operator needs to become fixed point: what is known of its inputs, and where its nodes go. @module */
import type { RingBits } from '../../core/ring.js';
import type { Bounds, Interval } from '../bounds.js';
import type { FixedNodeBase, IntegerWeights, RealNode } from './node.js';

/**
 * What decides widths: interval arithmetic alone; the same, with steps that saturate beyond what calibration inputs reach, so that
 * bounds stay small however deep the network is; or what calibration inputs reached, which other inputs may leave.
 */
export type Ranges = 'proven' | 'saturated' | 'observed';

/** Fraction bits that a node is to have where there is room, for the sake of the output's error. */
export interface WantedBits {
  readonly activations?: number;
  readonly weights?: number;
}

export interface QuantizerSettings {
  readonly ranges: Ranges;
  readonly ringBits: RingBits;
  readonly activationFractionBits: number;
  /** True where the activation bits are a demand, false where they may give way to the values at hand. */
  readonly exactActivationBits: boolean;
  /** For every layer; undefined lets each layer have what its weights need. */
  readonly weightFractionBits: number | undefined;
  /** By node of the float graph; others have what their values need. */
  readonly wanted: ReadonlyMap<RealNode, WantedBits>;
  readonly inputRange: Interval;
  readonly headroomBits: number;
}

/** What is known of one tensor. */
export interface Tensor<Node extends FixedNodeBase = FixedNodeBase & { readonly op: string }> {
  readonly node: Node;
  readonly bounds: Bounds;
  /** What calibration inputs reach, at its scale. */
  readonly observed: Interval | undefined;
}

export type WithoutId<T> = T extends FixedNodeBase ? Omit<T, 'id'> : never;
export type WithoutWidth<T> = T extends FixedNodeBase & { readonly width: number } ? Omit<T, 'id' | 'width'> : never;

export interface Lowering<Node extends FixedNodeBase> {
  readonly settings: QuantizerSettings;
  /** A linear step that needs more bits is rescaled before, if its input has fraction bits to lose. */
  readonly comfortableWidth: number;
  /** Outputs of a layer that counts as large. */
  readonly largeOutputs: number;
  tensor(id: number): Tensor;
  /** What calibration inputs reach at a node of the float graph, in reals. */
  observed(node: RealNode): Interval | undefined;
  wanted(node: RealNode): WantedBits;
  /** Adds a node whose bounds are known; gives its id. */
  add(draft: WithoutId<Node>, bounds: Bounds, weights?: IntegerWeights): number;
  /**
   * Adds a step whose circuit reads its input plus `constant` in the width that this needs, at least `least`.
   *
   * @throws RANGE_OVERFLOW where that is more than the ring has
   */
  addCircuit(draft: WithoutWidth<Node>, constant: number, least: number, boundsAt: (width: number) => Bounds): number;
  /** Notes that a step saturates at a real bound that its network does not have. */
  noteSaturation(id: number, bound: number): void;
  /** Whether the tensor has fraction bits to lose. */
  canRescale(id: number): boolean;
  /** The tensor brought down to the activation scale by a circuit, made once. */
  rescale(id: number): number;
  isTooWide(bounds: Bounds): boolean;
}
