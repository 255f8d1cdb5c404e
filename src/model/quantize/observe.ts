/** What calibration inputs reach in a network, by TensorFlow.js: the float network itself says it, whatever its scales will be. @module */
import { extremes, type Interval } from '../bounds.js';
import { evaluateFloat } from '../float.js';
import type { Graph } from '../graph.js';

export interface CalibrationInputs {
  readonly count: number;
  /** One input after the other. */
  readonly values: Float32Array;
}

/** The least and the greatest value of each node. */
export async function observeRanges(graph: Graph, { count, values }: CalibrationInputs): Promise<readonly Interval[]> {
  const observed: Interval[] = [];
  await evaluateFloat(graph, count, values, {
    onTensor: (id, tensor) => {
      const { low, high } = extremes(tensor);
      const before = observed[id] ?? { low, high };
      observed[id] = { low: Math.min(before.low, low), high: Math.max(before.high, high) };
    },
  });
  return observed;
}
