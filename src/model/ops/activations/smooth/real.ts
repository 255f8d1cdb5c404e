/** Smooth functions as a model has them, and their tables, which are fitted where the plan is made. @module */
import type { Interval } from '../../../bounds.js';
import type { Fault, RealSide } from '../activation.js';
import { fitTable, realsOf } from './fit.js';
import { functionOf, SMOOTH_NAMES, type Smooth } from './functions.js';
import { type FixedSmooth, MOST_TABLE_BITS } from './table.js';

const WITH_LEAST: readonly string[] = ['log', 'sqrt', 'reciprocal', 'rsqrt'];
/** Tables by what they follow from: a search for scales asks for the same ones again and again. */
const fitted = new Map<string, FixedSmooth | Fault>();
const MOST_FITTED = 256;
/** Places where a function's magnitude is looked up. */
const PLACES = 64;

export const realSmooth: RealSide<Smooth, FixedSmooth> = {
  realFault: ({ function: name, alpha, least }) => {
    if (!SMOOTH_NAMES.includes(name)) {
      return { field: 'function', expected: `one of ${SMOOTH_NAMES.join(', ')}`, came: name };
    }
    if (alpha !== undefined && !(name === 'elu' && alpha > 0 && Number.isFinite(alpha))) {
      return { field: 'alpha', expected: 'a positive number, of elu alone', came: alpha };
    }
    if (least !== undefined && !(WITH_LEAST.includes(name) && least > 0 && Number.isFinite(least))) {
      return { field: 'least', expected: `a positive number, of ${WITH_LEAST.join(', ')}`, came: least };
    }
    return undefined;
  },
  float: (tf, x, real) => functionOf(real).float(tf, x),
  scaling: (real, inputs) => {
    const f = functionOf(real);
    const { low, high } = publicRange(inputs, 0);
    if (f.line) return undefined;
    // refused where it is rounded
    if (f.domain !== undefined && !f.domain.holds(low, high)) return { reach: 1, finer: 0, most: MOST_TABLE_BITS - 1 };
    let reach = 0;
    for (let i = 0; i <= PLACES; i++) reach = Math.max(reach, Math.abs(f.at(low + ((high - low) * i) / PLACES)));
    const finer = Math.ceil(Math.log2(f.slope(low, high)));
    // flat functions meet the ends of their tables long before
    const bits = finer > 0 ? Math.max(0, Math.ceil(Math.log2(Math.max(-low, high)))) : 0;
    return { reach, finer, most: MOST_TABLE_BITS - 1 - bits };
  },
  round: (real, scales, inputs) => {
    const f = functionOf(real);
    if (f.domain !== undefined && !f.domain.holds(inputs.low, inputs.high)) {
      return { field: 'inputs', expected: f.domain.expected, came: realsOf(scales, inputs) };
    }
    const range = publicRange(inputs, 1);
    const key = JSON.stringify([real.function, real.alpha, real.least, scales, range]);
    const known = fitted.get(key) ?? fitTable(f, scales, range);
    if (fitted.size >= MOST_FITTED) fitted.clear();
    fitted.set(key, known);
    return known;
  },
  rises: (real) => functionOf(real).rises,
  halves: () => undefined,
  ofHalves: () => undefined,
};

/** Between powers of two: tables and scales are public, and bounds say more of the weights than the width of the step does. */
function publicRange({ low, high }: Interval, unit: number): Interval {
  const below = (x: number): number => 2 ** Math.floor(Math.log2(x));
  const above = (x: number): number => 2 ** Math.ceil(Math.log2(x));
  return {
    low: low > 0 ? below(low) : low < 0 ? -above(-low) : 0,
    high: high > 0 ? above(high + unit) - unit : high < 0 ? -below(-high) : 0,
  };
}
