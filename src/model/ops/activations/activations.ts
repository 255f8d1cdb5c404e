/** The table of activations: a new one is a file beside this, and its lines here. @module */
import type { Activation, Halves } from './activation.js';
import { type Clip, clip } from './clip.js';
import { type FixedLeakyRelu, type LeakyRelu, leakyRelu } from './leaky-relu.js';
import { type None, none } from './none.js';
import { type Relu, relu } from './relu.js';
import type { Smooth } from './smooth/functions.js';
import { smooth } from './smooth/smooth.js';
import type { FixedSmooth } from './smooth/table.js';

/** An activation with real parameters, as a field of a graph's node. */
export type RealActivation = None | Relu | Clip | LeakyRelu | Smooth;
/** An activation with integer parameters, as a field of a fixed-point node and of a circuit's specification. */
export type FixedActivation = None | Relu | Clip | FixedLeakyRelu | FixedSmooth;
export type ActivationName = RealActivation['activation'];

type Real<K extends ActivationName> = Extract<RealActivation, { activation: K }>;
type Fixed<K extends ActivationName> = Extract<FixedActivation, { activation: K }>;

const ACTIVATIONS: { readonly [K in ActivationName]: Activation<Real<K>, Fixed<K>, FixedActivation> } = {
  none,
  relu,
  clip,
  leakyRelu,
  smooth,
};

const NAMES = Object.keys(ACTIVATIONS) as ActivationName[];

/** @throws RangeError on a name that is not in the table: a specification may come from outside */
export function activationOf<K extends ActivationName>(name: K): Activation<Real<K>, Fixed<K>, FixedActivation> {
  if (!Object.hasOwn(ACTIVATIONS, name)) {
    throw new RangeError(`expected activation to be one of ${NAMES.join(', ')}, got ${String(name)}`);
  }
  return ACTIVATIONS[name];
}

/** The activation of a node or specification, without its other fields. */
export function activationIn(node: FixedActivation): FixedActivation {
  const fields: readonly string[] = ['activation', ...activationOf(node.activation).parameters];
  return Object.fromEntries(Object.entries(node).filter(([field]) => fields.includes(field))) as FixedActivation;
}

/** second(first(x)) as one activation, or undefined where none is it. */
export function compose(first: RealActivation, second: RealActivation): RealActivation | undefined {
  if (first.activation === 'none') return second;
  if (second.activation === 'none') return first;
  const [a, b] = [first, second].map((real) => activationOf(real.activation).halves(real));
  if (a === undefined || b === undefined) return undefined;
  return ofHalves({ negative: a.negative * b.negative, most: Math.min(a.most, b.most) });
}

/** The activation of two linear halves, or undefined where the table has none. */
export function ofHalves(halves: Halves): RealActivation | undefined {
  return NAMES.map((name) => activationOf(name).ofHalves(halves)).find((real) => real !== undefined);
}
