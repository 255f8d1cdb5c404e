/** Activations with all kinds of parameters, and what each is by its definition. */
import type { FixedActivation, RealActivation } from '../../../src/model/ops/activations/activations.js';

export const FIXED: readonly FixedActivation[] = [
  { activation: 'none' },
  { activation: 'relu' },
  { activation: 'clip', clipMax: 0 },
  { activation: 'clip', clipMax: 1 },
  { activation: 'clip', clipMax: 6 },
  { activation: 'clip', clipMax: 1536 },
];

export const REAL: readonly RealActivation[] = [
  { activation: 'none' },
  { activation: 'relu' },
  { activation: 'clip', clipMax: 0.5 },
  { activation: 'clip', clipMax: 6 },
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
    default:
      return unknown(real);
  }
}

function unknown(activation: never): never {
  throw new Error(`no definition of ${JSON.stringify(activation)}`);
}
