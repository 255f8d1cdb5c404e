/** The table of activations with real parameters, which clients do not load. @module */
import type { Halves, RealSide } from './activation.js';
import type { ActivationName, FixedActivation, RealActivation } from './activations.js';
import { realClip } from './clip.js';
import { realLeakyRelu } from './leaky-relu.js';
import { realNone } from './none.js';
import { realRelu } from './relu.js';
import { realSmooth } from './smooth/real.js';
import { realThreshold } from './threshold.js';

type Real<K extends ActivationName> = Extract<RealActivation, { activation: K }>;

const REAL: { readonly [K in ActivationName]: RealSide<Real<K>, FixedActivation> } = {
  none: realNone,
  relu: realRelu,
  clip: realClip,
  leakyRelu: realLeakyRelu,
  threshold: realThreshold,
  smooth: realSmooth,
};

export function realActivationOf<K extends ActivationName>(name: K): RealSide<Real<K>, FixedActivation> {
  return REAL[name];
}

/** second(first(x)) as one activation, or undefined where none is it. */
export function compose(first: RealActivation, second: RealActivation): RealActivation | undefined {
  if (first.activation === 'none') return second;
  if (second.activation === 'none') return first;
  const [a, b] = [first, second].map((real) => realActivationOf(real.activation).halves(real));
  if (a === undefined || b === undefined) return undefined;
  return ofHalves({ negative: a.negative * b.negative, most: Math.min(a.most, b.most) });
}

/** The activation of two linear halves, or undefined where the table has none. */
export function ofHalves(halves: Halves): RealActivation | undefined {
  return Object.values(REAL)
    .map((side) => side.ofHalves(halves))
    .find((real) => real !== undefined);
}
