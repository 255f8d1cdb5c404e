/** Deep networks of full size, in every range that networks want: proven and within the tolerance without a flag but range and calibration. */
import { beforeAll, describe, expect, test } from 'vitest';
import { sizeOf } from '../../src/core/ring.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import { evaluatePlain } from '../../src/model/plain.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import { images, mobilenetV2, RANGES, resnet20 } from './deep.js';
import { encodeInput, randomInput } from './support.js';

const NETWORKS = [
  ['ResNet-20', 32, (calibration: Float32Array) => resnet20(calibration, 32, 16, { activation: 'relu' })],
  ['MobileNetV2', 96, (calibration: Float32Array) => mobilenetV2(calibration, 96, 0.5)],
] as const;

let kernels: Kernels;
beforeAll(() => {
  kernels = wasmKernels(loadKernelModule());
});

describe.each(NETWORKS)('%s', (_, side, build) => {
  test.each(RANGES)(
    'on inputs of %s',
    async (__, inputRange) => {
      const calibration = images(1, inputRange, 4, side);
      const graph = await build(calibration);
      const { model, report } = await quantize(graph, { inputRange, calibration });

      const { guaranteed, ringBits, tolerance, observedError } = report;
      console.log(
        JSON.stringify({
          guaranteed,
          ringBits,
          observedError,
          saturated: report.steps.filter((s) => s.saturatesAt).length,
        }),
      );
      expect(guaranteed).toBe(true);
      expect(observedError).toBeLessThanOrEqual(tolerance);
      const { low, high } = inputRange;
      const noise = randomInput(5, 2 * sizeOf(graph.nodes[0]!.shape), low, high);
      for (const inputs of [
        noise,
        noise.map(() => high),
        noise.map((value) => (value > (low + high) / 2 ? high : low)),
      ]) {
        expect(evaluatePlain(model, kernels, 2, encodeInput(model, inputs)).wrapped).toEqual([]);
      }
    },
    300_000,
  );
});
