/** What a linear layer makes of bounds. @module */
import type { Conv2d } from '../../../core/linear-map.js';
import { type Bounds, widen, withValue } from '../../bounds.js';

/** x o W + b for integer weights (HWIO) and biases; every window position has the same bound. */
export function linearBounds(map: Conv2d, x: Bounds, weights: Float64Array, bias: Float64Array | undefined): Bounds {
  const padded = map.padTop + map.padBottom + map.padLeft + map.padRight > 0;
  const { low: xLow, high: xHigh } = padded ? withValue(x, 0) : x;
  const outputs = map.outChannels;
  const perGroup = map.inChannels / map.groups;
  const outputsPerGroup = outputs / map.groups;
  const taps = weights.length / outputs;
  const low = new Float64Array(outputs);
  const high = new Float64Array(outputs);
  const magnitude = new Float64Array(outputs);
  for (let tap = 0; tap < taps; tap++) {
    for (let output = 0; output < outputs; output++) {
      const weight = weights[tap * outputs + output]!;
      const channel = Math.floor(output / outputsPerGroup) * perGroup + (tap % perGroup);
      const a = weight * xLow[channel]!;
      const b = weight * xHigh[channel]!;
      low[output]! += Math.min(a, b);
      high[output]! += Math.max(a, b);
      magnitude[output]! += Math.max(Math.abs(a), Math.abs(b));
    }
  }
  for (let output = 0; output < outputs; output++) {
    const offset = bias?.[output] ?? 0;
    low[output]! += offset;
    high[output]! += offset;
    widen(low, high, output, magnitude[output]! + Math.abs(offset), taps + 1);
  }
  return { low, high };
}
