import { describe, expect, test } from 'vitest';
import { loadMnistTest } from '../../models/mnist.js';
import { zooModelPath } from '../../models/zoo.js';
import { decode } from '../../src/core/fixed.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import { evaluateFloat } from '../../src/model/float.js';
import { loadModel } from '../../src/model/load.js';
import { evaluatePlain, topK } from '../../src/model/plain.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import { encodeInput, maxDifference } from './support.js';

const { images, labels } = loadMnistTest();

function correct(predicted: ArrayLike<number>): number {
  return labels.subarray(0, predicted.length).reduce((sum, label, i) => sum + (predicted[i] === label ? 1 : 0), 0);
}

function argmax(logits: Float32Array): number[] {
  return Array.from({ length: logits.length / 10 }, (_, n) => {
    const row = logits.subarray(10 * n, 10 * n + 10);
    return row.indexOf(Math.max(...row));
  });
}

describe.each([
  ['minionn-mnist', 1000],
  ['secureml', 1000],
  ['lenet', 200],
  ['cryptonets', 1000],
] as const)('%s on %i images', (name, count) => {
  test('has proven widths in 32 bits and the accuracy of the float network', async () => {
    const graph = await loadModel(zooModelPath(name)!);
    const { model, report } = await quantize(graph);
    expect(report.ringBits).toBe(32);
    expect(report.guaranteed).toBe(true);
    const widest = model.graph.nodes.filter((node) => node.op === 'nonlinear')[0]!;
    expect(widest.width).toBeLessThanOrEqual(26);

    const input = Float32Array.from(images.subarray(0, count * 784), (byte) => byte / 255);
    const float = await evaluateFloat(graph, count, input);
    expect(float.backend).toBe('tfjs-wasm');
    const fixed = evaluatePlain(model, wasmKernels(loadKernelModule()), count, encodeInput(model, input));
    expect(fixed.wrapped).toEqual([]);
    const fixedCorrect = correct(topK(32, fixed.output, 10, 1));
    const floatCorrect = correct(argmax(float.logits));
    const logits = decode(32, model.graph.nodes[model.graph.output]!.fractionBits, fixed.output);
    console.info(
      `${name}: fixed ${fixedCorrect}, float ${floatCorrect} of ${count}, logits differ by ${maxDifference(logits, float.logits).toFixed(3)}`,
    );
    expect(Math.abs(fixedCorrect - floatCorrect)).toBeLessThanOrEqual(Math.max(1, count / 1000));
  });
});
