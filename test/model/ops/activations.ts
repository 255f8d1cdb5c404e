/** Activations with all kinds of parameters, and what each is by its definition. */
import type { FixedActivation, RealActivation } from '../../../src/model/ops/activations/activations.js';

export const FIXED: readonly FixedActivation[] = [
  { activation: 'none' },
  { activation: 'relu' },
  { activation: 'clip', clipMax: 0 },
  { activation: 'clip', clipMax: 1 },
  { activation: 'clip', clipMax: 6 },
  { activation: 'clip', clipMax: 1536 },
  { activation: 'leakyRelu', slope: 1, slopeBits: 1 },
  { activation: 'leakyRelu', slope: 51, slopeBits: 9 },
  { activation: 'leakyRelu', slope: 77, slopeBits: 8 },
  { activation: 'leakyRelu', slope: 128, slopeBits: 7 },
  { activation: 'leakyRelu', slope: 0, slopeBits: 24 },
];

export const REAL: readonly RealActivation[] = [
  { activation: 'none' },
  { activation: 'relu' },
  { activation: 'clip', clipMax: 0.5 },
  { activation: 'clip', clipMax: 6 },
  { activation: 'leakyRelu', slope: 0.1 },
  { activation: 'leakyRelu', slope: 0.5 },
  { activation: 'leakyRelu', slope: 0.999 },
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
    case 'leakyRelu': {
      // to the nearest, halves upward
      const half = 1n << BigInt(fixed.slopeBits - 1);
      return x >= 0n ? x : (x * BigInt(fixed.slope) + half) >> BigInt(fixed.slopeBits);
    }
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
    case 'leakyRelu':
      return x >= 0 ? x : real.slope * x;
    default:
      return unknown(real);
  }
}

function unknown(activation: never): never {
  throw new Error(`no definition of ${JSON.stringify(activation)}`);
}
