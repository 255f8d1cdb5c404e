/** Smooth functions: piecewise linear in fixed point, by public tables that are fitted where the plan is made. @module */
import type { Interval } from '../../../bounds.js';
import type { Activation, Fault } from '../activation.js';
import { tableCircuit } from './circuit.js';
import { fitTable, realsOf } from './fit.js';
import { functionOf, SMOOTH_NAMES, type Smooth } from './functions.js';
import { applyTable, type FixedSmooth, MOST_TABLE_BITS, tableBounds, tableFault, valuesOf } from './table.js';

const WITH_LEAST: readonly string[] = ['log', 'sqrt', 'reciprocal', 'rsqrt'];
/** Tables by what they follow from: a search for scales asks for the same ones again and again. */
const fitted = new Map<string, FixedSmooth | Fault>();
const MOST_FITTED = 256;
/** Above it sums in doubles are rounded. */
const EXACT = 2 ** 52;
/** Places where a function's magnitude is looked up. */
const PLACES = 64;

export const smooth: Activation<Smooth, FixedSmooth> = {
  parameters: ['line', 'low', 'bits', 'octaves', 'indexBits', 'restBits', 'slopeBits', 'bases', 'slopes'],
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
  fixedFault: tableFault,
  float: (tf, x, real) => functionOf(real).float(tf, x),
  scaling: (real, inputs) => {
    const f = functionOf(real);
    const { low, high } = publicRange(inputs, 0);
    if (f.line) return undefined;
    // refused where it is rounded
    if (f.domain !== undefined && !f.domain.holds(low, high)) return { reach: 1, finer: 0, most: 0 };
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
  apply: applyTable,
  applyWords: (bits, words, fixed) => {
    // of many elements most come again
    const inside = words.length > 2 ** fixed.bits ? valuesOf(fixed) : undefined;
    if (bits === 32) apply32(words, fixed, inside);
    else apply64(words, fixed, inside);
  },
  bounds: tableBounds,
  circuit: tableCircuit,
  rises: (real) => functionOf(real).rises,
  keepsBySign: false,
  halves: () => undefined,
  ofHalves: () => undefined,
};

/** @param inside f of all inputs that are not clamped, where that is known */
function apply32(words: Uint32Array, fixed: FixedSmooth, inside: Float64Array | undefined): void {
  const { low, bits, line } = fixed;
  const high = low + 2 ** bits - 1;
  for (let i = 0; i < words.length; i++) {
    const value = words[i]! | 0;
    const clamped = Math.min(Math.max(value, low), high);
    const beyond = line && value > high ? value - high : 0;
    words[i] = (inside === undefined ? applyTable(clamped, fixed) : inside[clamped - low]!) + beyond;
  }
}

/** On pairs of words, the low one first. */
function apply64(words: Uint32Array, fixed: FixedSmooth, inside: Float64Array | undefined): void {
  const { low, bits, line } = fixed;
  const high = low + 2 ** bits - 1;
  for (let i = 0; i < words.length; i += 2) {
    // rounded where it is far outside
    const value = (words[i + 1]! | 0) * 2 ** 32 + words[i]!;
    const clamped = Math.min(Math.max(value, low), high);
    const table = inside === undefined ? applyTable(clamped, fixed) : inside[clamped - low]!;
    if (line && value > EXACT) {
      const exact = ((BigInt(words[i + 1]!) << 32n) | BigInt(words[i]!)) + BigInt(table - high);
      words[i] = Number(BigInt.asUintN(32, exact));
      words[i + 1] = Number(BigInt.asUintN(32, exact >> 32n));
    } else {
      const result = table + (line && value > high ? value - high : 0);
      words[i] = result;
      words[i + 1] = Math.floor(result / 2 ** 32);
    }
  }
}

/** Between powers of two: tables and scales are public, and bounds say more of the weights than the width of the step does. */
function publicRange({ low, high }: Interval, unit: number): Interval {
  const below = (x: number): number => 2 ** Math.floor(Math.log2(x));
  const above = (x: number): number => 2 ** Math.ceil(Math.log2(x));
  return {
    low: low > 0 ? below(low) : low < 0 ? -above(-low) : 0,
    high: high > 0 ? above(high + unit) - unit : high < 0 ? -below(-high) : 0,
  };
}
