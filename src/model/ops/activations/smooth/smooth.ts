/** Smooth functions in fixed point: piecewise linear, by public tables. @module */
import type { FixedSide } from '../activation.js';
import { tableCircuit } from './circuit.js';
import { applyTable, type FixedSmooth, tableBounds, tableFault, valuesOf } from './table.js';

/** Above it sums in doubles are rounded. */
const EXACT = 2 ** 52;

export const fixedSmooth: FixedSide<FixedSmooth> = {
  parameters: ['line', 'low', 'bits', 'octaves', 'indexBits', 'restBits', 'slopeBits', 'bases', 'slopes'],
  fixedFault: tableFault,
  apply: applyTable,
  applyWords: (bits, words, fixed) => {
    // of many elements most come again
    const inside = words.length > 2 ** fixed.bits ? valuesOf(fixed) : undefined;
    if (bits === 32) apply32(words, fixed, inside);
    else apply64(words, fixed, inside);
  },
  bounds: tableBounds,
  circuit: tableCircuit,
  keepsBySign: false,
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
