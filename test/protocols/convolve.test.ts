import { describe, expect, it, vi } from 'vitest';
import { type Conv2d, dense, inputSize, outputSize, weightSize } from '../../src/core/linear-map.js';
import { convolve } from '../../src/correlations/convolve.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { partsOf } from '../../src/kernels/parts.js';
import { Pool } from '../../src/kernels/pool.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import { openPool } from '../../src/offline/threads.js';
import { compileThree } from '../../src/plan/three.js';
import { ModelMaker } from '../support/models.js';
import { randomIntegers } from '../support/session.js';
import { runThree } from '../support/three.js';

const SQUARE: Conv2d = {
  ...dense(32, 48),
  ...{ inHeight: 40, inWidth: 40, kernelHeight: 3, kernelWidth: 3 },
  ...{ padTop: 1, padBottom: 1, padLeft: 1, padRight: 1 },
};
const MAPS: readonly (readonly [string, Conv2d, number])[] = [
  ['a convolution with padding, one image', SQUARE, 1],
  [
    'strides, dilation and uneven padding',
    { ...SQUARE, strideHeight: 2, dilationHeight: 3, padTop: 5, padBottom: 0 },
    1,
  ],
  ['more images than threads', SQUARE, 5],
  ['bands of two images', SQUARE, 2],
  ['a depthwise convolution', { ...SQUARE, inHeight: 130, inWidth: 130, outChannels: 32, groups: 32 }, 1],
  ['groups', { ...SQUARE, groups: 4, inHeight: 60, inWidth: 60 }, 1],
  ['a 1x1 convolution', { ...dense(64, 128), inHeight: 32, inWidth: 32 }, 1],
  ['a dense layer of many inputs', dense(300, 200), 256],
];

describe('large products on threads', () => {
  const module = loadKernelModule(256 << 20, true);
  const arithmetic = { bits: 32 as const, module, kernels: wasmKernels(module) };

  it.each(MAPS)('are those of one thread: %s', async (_, map, batch) => {
    const pool = openPool(arithmetic, 3);
    expect(partsOf(map, batch, 3).length).toBeGreaterThan(1);
    const x = randomIntegers(batch * inputSize(map), 32, 31, 'x');
    const w = arithmetic.kernels.resident(randomIntegers(weightSize(map), 32, 31, 'w'));
    const whole = await convolve(arithmetic, map, batch, x, w);
    const { pointer } = module.memory.allocate(64);
    expect(await convolve({ ...arithmetic, pool }, map, batch, x, w)).toEqual(whole);
    // what it took is given back
    expect(module.memory.allocate(64).pointer).toBe(pointer + 64);
    await pool.close();
  });

  it('cover every element of operand and result once, whatever the number of parts', () => {
    for (const [, map, batch] of MAPS) {
      for (const most of [1, 2, 3, 7, 16]) {
        const parts = partsOf(map, batch, most);
        expect(parts.length).toBeLessThanOrEqual(Math.max(1, most));
        let at = 0;
        for (const { output, batch: images, map: own } of parts) {
          expect(output.from).toBe(at);
          expect(output.to - at).toBe(images * outputSize(own));
          at = output.to;
        }
        expect(at).toBe(batch * outputSize(map));
      }
    }
  });

  it('are not worth a thread where they are small', () => {
    expect(partsOf(dense(100, 10), 1, 4)).toHaveLength(1);
    // a product of one row reads all weights, however it is parted
    expect(partsOf(dense(4096, 4096), 1, 4)).toHaveLength(1);
  });

  it('of three parties change nothing that is sent', async () => {
    const model = new ModelMaker(32, [40, 40, 8]).conv({ outChannels: 48 }).nonlinear().dense(4).done();
    const trust = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' } as const;
    const plan = compileThree({ graph: model.graph, batch: 2, trust });
    const input = randomIntegers(2 * 40 * 40 * 8, 32, 7, 'input');
    const [alone] = await runThree(plan, model, [input]);
    const run = vi.spyOn(Pool.prototype, 'run');
    const [threaded] = await runThree(plan, model, [input], undefined, undefined, undefined, 2);
    expect(run.mock.calls.filter(([job]) => (job as string) === 'convolve').length).toBeGreaterThan(0);
    run.mockRestore();
    expect(threaded).toEqual(alone);
  });
});
