/** The tables of activations, this and `real.ts`: a new one is a file beside them, and its lines here and there. @module */
import type { FixedSide } from './activation.js';
import { type Clip, fixedClip } from './clip.js';
import { type FixedLeakyRelu, fixedLeakyRelu, type LeakyRelu } from './leaky-relu.js';
import { fixedNone, type None } from './none.js';
import { fixedRelu, type Relu } from './relu.js';
import type { Smooth } from './smooth/functions.js';
import { fixedSmooth } from './smooth/smooth.js';
import type { FixedSmooth } from './smooth/table.js';
import { fixedThreshold, type Threshold } from './threshold.js';

/** An activation with real parameters, as a field of a graph's node. */
export type RealActivation = None | Relu | Clip | LeakyRelu | Threshold | Smooth;
/** An activation with integer parameters, as a field of a fixed-point node and of a circuit's specification. */
export type FixedActivation = None | Relu | Clip | FixedLeakyRelu | Threshold | FixedSmooth;
export type ActivationName = RealActivation['activation'];

type Fixed<K extends ActivationName> = Extract<FixedActivation, { activation: K }>;

const FIXED: { readonly [K in ActivationName]: FixedSide<Fixed<K>> } = {
  none: fixedNone,
  relu: fixedRelu,
  clip: fixedClip,
  leakyRelu: fixedLeakyRelu,
  threshold: fixedThreshold,
  smooth: fixedSmooth,
};

/** @throws RangeError on a name that is not in the table: a specification may come from outside */
export function fixedActivationOf<K extends ActivationName>(name: K): FixedSide<Fixed<K>> {
  if (!Object.hasOwn(FIXED, name)) {
    throw new RangeError(`expected activation to be one of ${Object.keys(FIXED).join(', ')}, got ${String(name)}`);
  }
  return FIXED[name];
}

/** The activation of a node or specification, without its other fields. */
export function activationIn(node: FixedActivation): FixedActivation {
  const fields: readonly string[] = ['activation', ...fixedActivationOf(node.activation).parameters];
  return Object.fromEntries(Object.entries(node).filter(([field]) => fields.includes(field))) as FixedActivation;
}
