/** The smooth functions: a new one is its lines here. @module */
import type { Tensor, Tf } from '../../tensorflow.js';

export type SmoothName =
  | 'sigmoid'
  | 'tanh'
  | 'silu'
  | 'gelu'
  | 'geluTanh'
  | 'mish'
  | 'hardSwish'
  | 'softplus'
  | 'softsign'
  | 'erf'
  | 'exp'
  | 'expNegative'
  | 'elu'
  | 'log'
  | 'sqrt'
  | 'reciprocal'
  | 'rsqrt';

/** A function and what belongs to it. */
export interface Smooth {
  readonly activation: 'smooth';
  readonly function: SmoothName;
  /** Of elu alone, what -elu comes near to on the far left; by default 1. */
  readonly alpha?: number;
  /**
   * Of log, sqrt, reciprocal and rsqrt: smaller inputs count as this, above zero, rounded down to three significant bits. Without it the
   * range of the input has to exclude the pole.
   */
  readonly least?: number;
}

export interface SmoothFunction {
  at(x: number): number;
  float(tf: Tf, x: Tensor): Tensor;
  /** Whether it never falls. */
  readonly rises: boolean;
  /** It comes near to x on the far right. */
  readonly line: boolean;
  /** The greatest |f'| from low to high, beside |f| where that is above one: what an error of the input becomes. */
  slope(low: number, high: number): number;
  /** What inputs have to be, where they cannot be any number. */
  readonly domain?: { readonly expected: string; holds(low: number, high: number): boolean };
}

/** sqrt(2 / pi) */
const GELU_FACTOR = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** To 13 digits: the series of Kummer near zero, the continued fraction of erfc elsewhere (Abramowitz and Stegun 7.1.6, 7.1.14). */
function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  const scale = (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z);
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; term > sum * 1e-16; n++) {
      term *= (2 * z * z) / (2 * n + 1);
      sum += term;
    }
    return Math.sign(x) * scale * sum;
  }
  let fraction = z;
  for (let n = 60; n > 0; n--) fraction = z + n / 2 / fraction;
  return Math.sign(x) * (1 - scale / (2 * fraction));
}

const steepness = (most: number) => (): number => most;

const rising = { rises: true, line: false } as const;
/** Near zero on the left and near x on the right. */
const unit = { rises: false, line: true, slope: steepness(1) } as const;

/** Of a function with a pole at zero, which `least` keeps away; `bend` is |f'|, greatest near the pole. */
function positive(
  smooth: Smooth,
  at: (x: number) => number,
  float: (tf: Tf, x: Tensor) => Tensor,
  bend: (x: number) => number,
): Omit<SmoothFunction, 'rises'> {
  const slope = (x: number): number => bend(x) / Math.max(1, Math.abs(at(x)));
  if (smooth.least === undefined) {
    const domain = { expected: 'above zero', holds: (low: number): boolean => low > 0 };
    return { at, float, line: false, slope: (low) => slope(low), domain };
  }
  // so that a segment begins there
  const unit = 2 ** (Math.floor(Math.log2(smooth.least)) - 2);
  const least = Math.floor(smooth.least / unit) * unit;
  return {
    at: (x) => at(Math.max(x, least)),
    float: (tf, x) => float(tf, tf.maximum(x, least)),
    line: false,
    slope: (low) => slope(Math.max(low, least)),
  };
}

/** Below it a square root is steeper than its inputs are fine: there they may be off by more. */
const LEAST_OF_SQRT = 2 ** -10;
const bendOfSqrt = (x: number): number => 1 / (2 * Math.sqrt(x));

const FUNCTIONS: { readonly [K in SmoothName]: (parameters: Smooth) => SmoothFunction } = {
  sigmoid: () => ({ ...rising, at: sigmoid, float: (tf, x) => tf.sigmoid(x), slope: steepness(1 / 4) }),
  tanh: () => ({ ...rising, at: Math.tanh, float: (tf, x) => tf.tanh(x), slope: steepness(1) }),
  silu: () => ({ ...unit, at: (x) => x * sigmoid(x), float: (tf, x) => tf.mul(x, tf.sigmoid(x)) }),
  gelu: () => ({
    ...unit,
    at: (x) => (x * (1 + erf(x / Math.SQRT2))) / 2,
    float: (tf, x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  }),
  geluTanh: () => ({
    ...unit,
    at: (x) => (x * (1 + Math.tanh(GELU_FACTOR * (x + GELU_CUBIC * x ** 3)))) / 2,
    float: (tf, x) => {
      const inner = tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), GELU_CUBIC)), GELU_FACTOR);
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
    },
  }),
  mish: () => ({
    ...unit,
    at: (x) => x * Math.tanh(softplus(x)),
    float: (tf, x) => tf.mul(x, tf.tanh(tf.softplus(x))),
  }),
  hardSwish: () => ({
    ...unit,
    at: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
    float: (tf, x) => tf.mul(x, tf.div(tf.clipByValue(tf.add(x, 3), 0, 6), 6)),
  }),
  softplus: () => ({ ...unit, rises: true, at: softplus, float: (tf, x) => tf.softplus(x) }),
  softsign: () => ({
    ...rising,
    at: (x) => x / (1 + Math.abs(x)),
    float: (tf, x) => tf.div(x, tf.add(tf.abs(x), 1)),
    slope: steepness(1),
  }),
  erf: () => ({ ...rising, at: erf, float: (tf, x) => tf.erf(x), slope: steepness(2 / Math.sqrt(Math.PI)) }),
  exp: () => ({
    ...rising,
    at: Math.exp,
    float: (tf, x) => tf.exp(x),
    slope: (_, high) => Math.exp(Math.min(high, 0)),
  }),
  // e^min(x, 0): of differences from a maximum
  expNegative: () => ({
    ...rising,
    at: (x) => Math.exp(Math.min(x, 0)),
    float: (tf, x) => tf.exp(tf.minimum(x, 0)),
    slope: steepness(1),
  }),
  elu: ({ alpha = 1 }) => ({
    rises: true,
    line: true,
    at: (x) => (x > 0 ? x : alpha * Math.expm1(x)),
    float: (tf, x) => tf.add(tf.relu(x), tf.mul(tf.expm1(tf.minimum(x, 0)), alpha)),
    slope: steepness(Math.max(1, alpha)),
  }),
  log: (smooth) => ({
    ...positive(
      smooth,
      Math.log,
      (tf, x) => tf.log(x),
      (x) => 1 / x,
    ),
    rises: true,
  }),
  sqrt: (smooth) =>
    smooth.least === undefined
      ? {
          ...rising,
          at: (x) => Math.sqrt(Math.max(x, 0)),
          float: (tf, x) => tf.sqrt(x),
          slope: (low) => bendOfSqrt(Math.max(low, LEAST_OF_SQRT)),
          domain: { expected: 'zero or above', holds: (low) => low >= 0 },
        }
      : { ...positive(smooth, Math.sqrt, (tf, x) => tf.sqrt(x), bendOfSqrt), rises: true },
  reciprocal: (smooth) => ({
    ...positive(
      smooth,
      (x) => 1 / x,
      (tf, x) => tf.reciprocal(x),
      (x) => x ** -2,
    ),
    rises: false,
  }),
  rsqrt: (smooth) => ({
    ...positive(
      smooth,
      (x) => 1 / Math.sqrt(x),
      (tf, x) => tf.rsqrt(x),
      (x) => x ** -1.5 / 2,
    ),
    rises: false,
  }),
};

export const SMOOTH_NAMES: readonly string[] = Object.keys(FUNCTIONS);

export function functionOf(smooth: Smooth): SmoothFunction {
  return FUNCTIONS[smooth.function](smooth);
}
