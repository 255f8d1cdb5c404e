/** Activations with all kinds of parameters, and what each is by its definition. */
import type { FixedActivation, RealActivation } from '../../../src/model/ops/activations/activations.js';
import { realActivationOf } from '../../../src/model/ops/activations/real.js';
import type { Smooth } from '../../../src/model/ops/activations/smooth/functions.js';
import type { FixedSmooth } from '../../../src/model/ops/activations/smooth/table.js';

/** The tables of a function for inputs in a range of reals. */
export function tablesOf(real: Smooth, input: number, output: number, low: number, high: number): FixedSmooth {
  const inputs = { low: Math.round(low * 2 ** input), high: Math.round(high * 2 ** input) };
  const fixed = realActivationOf('smooth').round(real, { input, output }, inputs);
  if (!('activation' in fixed) || fixed.activation !== 'smooth') throw new Error(JSON.stringify(fixed));
  return fixed;
}

const smooth = (name: Smooth['function'], more: Partial<Smooth> = {}): Smooth => ({
  activation: 'smooth',
  function: name,
  ...more,
});

/** Of every kind: segments as wide and by octaves, mirrored and not, of positive and negative inputs alone, with and without a line. */
const TABLES: readonly FixedSmooth[] = [
  tablesOf(smooth('sigmoid'), 4, 6, -30, 30),
  tablesOf(smooth('tanh'), 8, 8, -0.5, 0.5),
  tablesOf(smooth('gelu'), 6, 6, -30, 30),
  tablesOf(smooth('silu'), 8, 8, -30, 30),
  tablesOf(smooth('elu', { alpha: 0.5 }), 5, 5, -9, 9),
  tablesOf(smooth('exp'), 6, 8, -6, -0.25),
  tablesOf(smooth('rsqrt', { least: 1 / 64 }), 9, 6, -1, 20),
  tablesOf(smooth('softsign'), 5, 5, -60, 60),
  {
    activation: 'smooth',
    low: -1,
    bits: 1,
    octaves: 0,
    indexBits: 0,
    restBits: 0,
    slopeBits: 0,
    line: false,
    bases: [5, -3],
    slopes: [0, 0],
  },
  {
    activation: 'smooth',
    low: 0,
    bits: 3,
    octaves: 1,
    indexBits: 1,
    restBits: 1,
    slopeBits: 2,
    line: true,
    bases: [1, -9, 7, 40, 3, -2],
    slopes: [-4, 3, 2, -1, 0, 5],
  },
];

export const FIXED: readonly FixedActivation[] = [
  { activation: 'none' },
  { activation: 'relu' },
  { activation: 'clip', clipMax: 0 },
  { activation: 'clip', clipMax: 1 },
  { activation: 'clip', clipMax: 6 },
  { activation: 'clip', clipMax: 1536 },
  { activation: 'threshold', threshold: 0 },
  { activation: 'threshold', threshold: 1 },
  { activation: 'threshold', threshold: 6 },
  { activation: 'threshold', threshold: 1536 },
  { activation: 'threshold', threshold: 2 ** 40 },
  { activation: 'leakyRelu', slope: 1, slopeBits: 1 },
  { activation: 'leakyRelu', slope: 51, slopeBits: 9 },
  { activation: 'leakyRelu', slope: 77, slopeBits: 8 },
  { activation: 'leakyRelu', slope: 128, slopeBits: 7 },
  { activation: 'leakyRelu', slope: 0, slopeBits: 24 },
  ...TABLES,
];

export const REAL: readonly RealActivation[] = [
  { activation: 'none' },
  { activation: 'relu' },
  { activation: 'clip', clipMax: 0.5 },
  { activation: 'clip', clipMax: 6 },
  { activation: 'threshold', threshold: 0.5 },
  { activation: 'threshold', threshold: 2.3 },
  { activation: 'leakyRelu', slope: 0.1 },
  { activation: 'leakyRelu', slope: 0.5 },
  { activation: 'leakyRelu', slope: 0.999 },
  smooth('sigmoid'),
  smooth('tanh'),
  smooth('silu'),
  smooth('gelu'),
  smooth('geluTanh'),
  smooth('mish'),
  smooth('hardSwish'),
  smooth('softplus'),
  smooth('softsign'),
  smooth('erf'),
  smooth('expNegative'),
  smooth('elu'),
  smooth('elu', { alpha: 1.6732632423543772 }),
  smooth('log', { least: 0.5 }),
  smooth('sqrt', { least: 0.25 }),
  smooth('reciprocal', { least: 0.5 }),
  smooth('rsqrt', { least: 0.25 }),
];

export function fixedDefinition(fixed: FixedActivation, x: bigint): bigint {
  switch (fixed.activation) {
    case 'none':
      return x;
    case 'relu':
      return x > 0n ? x : 0n;
    case 'clip':
      if (x < 0n) return 0n;
      return x > BigInt(fixed.clipMax) ? BigInt(fixed.clipMax) : x;
    case 'threshold':
      return x > BigInt(fixed.threshold) ? x : 0n;
    case 'leakyRelu': {
      // to the nearest, halves upward
      const half = 1n << BigInt(fixed.slopeBits - 1);
      return x >= 0n ? x : (x * BigInt(fixed.slope) + half) >> BigInt(fixed.slopeBits);
    }
    case 'smooth':
      return tableDefinition(fixed, x);
    default:
      return unknown(fixed);
  }
}

export function realDefinition(real: RealActivation, x: number): number {
  switch (real.activation) {
    case 'none':
      return x;
    case 'relu':
      return x > 0 ? x : 0;
    case 'clip':
      return x < 0 ? 0 : x > real.clipMax ? real.clipMax : x;
    case 'threshold':
      return x > real.threshold ? x : 0;
    case 'leakyRelu':
      return x >= 0 ? x : real.slope * x;
    case 'smooth':
      return smoothDefinition(real, x);
    default:
      return unknown(real);
  }
}

function unknown(activation: never): never {
  throw new Error(`no definition of ${JSON.stringify(activation)}`);
}

/** By the bits of the input, as the header of table.ts has it. */
function tableDefinition(fixed: FixedSmooth, x: bigint): bigint {
  const { bits, octaves, indexBits, restBits, slopeBits, bases, slopes } = fixed;
  const low = BigInt(fixed.low);
  const high = low + (1n << BigInt(bits)) - 1n;
  const clamped = x < low ? low : x > high ? high : x;
  const mirrored = low < 0n && octaves > 0;
  const u = mirrored ? (clamped < 0n ? -1n - clamped : clamped) : clamped - low;
  let word = u.toString(2).padStart(mirrored ? bits - 1 : bits, '0');
  let left = octaves;
  for (; left > 0 && word.startsWith('0'); left--) word = `${word.slice(1)}0`;
  const index = left * 2 ** indexBits + Number.parseInt(word.slice(0, indexBits + 1), 2);
  const side = mirrored && clamped < 0n ? bases.length / 2 : 0;
  const rest = Number.parseInt(`0${word.slice(indexBits + 1, indexBits + 1 + restBits)}`, 2);
  const inside = (BigInt(bases[side + index]!) + BigInt(slopes[side + index]!) * BigInt(rest)) >> BigInt(slopeBits);
  return fixed.line && x > high ? inside + (x - high) : inside;
}

function smoothDefinition({ function: name, alpha = 1, least = 0 }: Smooth, x: number): number {
  const sigmoid = 1 / (1 + Math.exp(-x));
  const cut = Math.max(x, least);
  switch (name) {
    case 'sigmoid':
      return sigmoid;
    case 'tanh':
      return Math.tanh(x);
    case 'silu':
      return x * sigmoid;
    case 'gelu':
      return (x * (1 + erf(x / Math.SQRT2))) / 2;
    case 'geluTanh':
      return (x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))) / 2;
    case 'mish':
      return x * Math.tanh(Math.log1p(Math.exp(x)));
    case 'hardSwish':
      return x <= -3 ? 0 : x >= 3 ? x : (x * (x + 3)) / 6;
    case 'softplus':
      return Math.log1p(Math.exp(x));
    case 'softsign':
      return x / (1 + Math.abs(x));
    case 'erf':
      return erf(x);
    case 'exp':
      return Math.exp(x);
    case 'expNegative':
      return x < 0 ? Math.exp(x) : 1;
    case 'elu':
      return x > 0 ? x : alpha * (Math.exp(x) - 1);
    case 'log':
      return Math.log(cut);
    case 'sqrt':
      return Math.sqrt(cut);
    case 'reciprocal':
      return 1 / cut;
    case 'rsqrt':
      return 1 / Math.sqrt(cut);
    default:
      return unknown(name);
  }
}

/** The integral, by Simpson's rule. */
function erf(x: number): number {
  const steps = 2000;
  const h = x / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++)
    sum += (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(-((i * h) ** 2));
  return (2 / Math.sqrt(Math.PI)) * (h / 3) * sum;
}
