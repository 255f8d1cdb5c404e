/** tacit infer: the contract of its JSON, and that every way to give the same input gives the same result. More of it: cli-infer.slow.test.ts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { loadMnistTest } from '../../models/mnist.js';
import { readNpy, writeNpy } from '../../parties/cli/formats/npy.js';
import { readAllInputs } from '../../parties/cli/inputs.js';
import { inputRulesOf } from '../../parties/cli/rules.js';
import { tacitHere } from './support/here.js';
import { inferSchema } from './support/schema.js';
import { ended, exampleOf, infer, scratchFolder, startWithoutDisk, tacit } from './support/tacit.js';

const folder = scratchFolder();
const mnist = loadMnistTest();
const PIXELS = 784;

function images(from: number, to: number): Float32Array {
  return Float32Array.from(mnist.images.subarray(from * PIXELS, to * PIXELS), (byte) => byte / 255);
}

describe('infer', () => {
  test('prints what the contract says, bit-identical, with the bytes that the plan predicted', async () => {
    const output = join(folder, 'logits.npy');
    const report = await infer('secureml', '--input', 'mnist:0-3', '--repeat', '2', '--batch', '2', '--output', output);
    expect(report.model).toMatchObject({ name: 'secureml', parameters: 118_282, linearMacs: 118_016, relus: 256 });
    expect(report.check).toMatchObject({ bitIdentical: true, agreement: 1, wrapped: [] });
    expect(report.check!.maxAbsErrorVsFloat).toBeLessThan(0.1);
    const outputErrors = report.check!.outputErrors!;
    expect(outputErrors).toHaveLength(1);
    const { error } = outputErrors[0]!;
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(report.fixedPoint.tolerance);
    expect(report.accuracy).toBe(1);
    expect(report).toMatchObject({ batch: 2, passes: 2, network: null, background: false });
    expect(report.outputs[0]!.shape).toEqual([3, 10]);
    for (const phase of [report.setup, report.offline, report.online]) {
      expect(phase.bytes).toEqual(phase.predictedBytes);
      expect(Object.values(phase.bytes).some((bytes) => bytes > 0)).toBe(true);
    }
    const { shape, values } = readNpy(readFileSync(output), 'logits.npy');
    expect(shape).toEqual([3, 10]);
    expect([...values]).toEqual(report.outputs[0]!.data);
  });

  test('on masked bits: the same bits, the predicted bytes, a tenth of them', async () => {
    const report = await infer('secureml', '--input', 'mnist:0-2', '--nonlinear', 'bits');
    expect(report.check).toMatchObject({ bitIdentical: true, agreement: 1, wrapped: [] });
    for (const phase of [report.setup, report.offline, report.online]) {
      expect(phase.bytes).toEqual(phase.predictedBytes);
    }
    // 512 ReLUs of garbled tables take 0.4 MB
    expect(report.offline.bytes).toHaveProperty(['dealer->1'], expect.any(Number));
    expect(Object.values(report.offline.bytes).reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(40_000);
  });

  // other networks: cli-networks.slow.test.ts
  test('without a dealer: the same bits, the predicted bytes', async () => {
    const report = await infer('secureml', '--input', 'mnist:0-2', '--preprocessing', 'ot', '--softspoken-k', '3');
    expect(report.trust.preprocessing).toBe('ot');
    expect(report.check).toMatchObject({ bitIdentical: true, agreement: 1, wrapped: [] });
    expect(report.peakMemoryBytes).not.toHaveProperty('dealer');
    for (const phase of [report.setup, report.offline, report.online]) {
      expect(phase.bytes).toEqual(phase.predictedBytes);
      expect(phase.bytes['0->1']).toBeGreaterThan(0);
      expect(phase.bytes).toHaveProperty(['dealer->1'], 0);
    }
    expect([report.setup.rounds, report.offline.rounds]).toEqual([3, 2]);
  });

  test('takes the same input as .npy, .json, .png and test image', async () => {
    const values = images(4, 5);
    const png = new PNG({ width: 28, height: 28, colorType: 0 });
    for (const [i, byte] of mnist.images.subarray(4 * PIXELS, 5 * PIXELS).entries()) {
      png.data.set([byte, byte, byte, 255], 4 * i);
    }
    const rows = Array.from({ length: 28 }, (_, y) => [...values.subarray(28 * y, 28 * y + 28)]);
    const files = {
      'four.npy': writeNpy({ shape: [1, 28, 28, 1], values }),
      'double.npy': writeNpy({ shape: [28, 28], values: Float64Array.from(values) }),
      'four.json': JSON.stringify(rows),
      'four.png': PNG.sync.write(png),
    };
    const rules = inputRulesOf({}, { inputs: [{ name: 'x', shape: [28, 28, 1] }] });
    const expected = await readAllInputs(['mnist:4-5'], rules);
    expect(expected.values).toEqual(values);
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), content);
      const inputs = await readAllInputs([join(folder, name)], rules);
      expect(inputs).toMatchObject({ values, count: 1 });
    }
    const fromFile = await infer('secureml', '--input', join(folder, 'four.png'));
    const fromSet = await infer('secureml', '--input', 'mnist:4-5', '--no-check');
    expect(fromFile.outputs).toEqual(fromSet.outputs);
    expect(fromFile).toMatchObject({ accuracy: null, check: { bitIdentical: true } });
    expect(fromSet).toMatchObject({ accuracy: 1, check: null });
  });

  test('takes an input from stdin, in any format, and names its classes', async () => {
    const names = join(folder, 'names.txt');
    writeFileSync(names, Array.from({ length: 10 }, (_, digit) => `digit ${digit}`).join('\n'));
    const npy = writeNpy({ shape: [784], values: images(4, 5) });
    const args = ['infer', 'secureml', '--input', '-', '--labels', names];
    const { code, stdout } = await tacit([...args, '--json'], {}, undefined, npy);
    expect(code).toBe(0);
    const report = inferSchema.parse(JSON.parse(stdout));
    const [best] = report.labels!;
    expect(best).toHaveLength(5);
    expect(best![0]).toMatchObject({ index: 4, name: 'digit 4' });
    expect(best![0]!.probability).toBeGreaterThan(0.5);
    const text = await tacit([...args, '--no-check'], {}, undefined, JSON.stringify([...images(4, 5)]));
    expect(text.stdout).toMatch(/^ +0 +4 +digit 4 +\d[\d.]*%$/m);
  });

  test('reveals the best labels alone, in order', async () => {
    const path = join(folder, 'labels.json');
    const args = ['secureml', '--input', 'mnist:0-3', '--reveal'];
    const top = await infer(...args, 'top:3', '--output', path);
    expect(top.trust.reveal).toBe('top:3');
    expect(top.outputs[0]!.shape).toEqual([3, 3]);
    expect(top.check).toMatchObject({ bitIdentical: true, maxAbsErrorVsFloat: null, outputErrors: null, agreement: 1 });
    expect(top.accuracy).toBe(1);
    const rows: number[][] = JSON.parse(readFileSync(path, 'utf8'));
    expect(rows.flat()).toEqual(top.outputs[0]!.data);
    for (const row of rows) expect(new Set(row).size).toBe(3);
    expect(top.online.bytes).toEqual(top.online.predictedBytes);
  });

  test('names the one of several inputs that is wrong', async () => {
    const bright = join(folder, 'bright.npy');
    writeFileSync(bright, writeNpy({ shape: [28, 28], values: new Float32Array(784).fill(2) }));
    const { code, stderr } = await tacitHere(['infer', 'secureml', '--input', 'mnist:0-1', bright]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/values from 0 to 1 in \S+\/bright\.npy, got one outside at index 0/);
  });

  test('says nothing but the error where the output cannot be written after all', async () => {
    const args = ['infer', 'secureml', '--input', 'mnist:0-1', '--json', '--output', join(folder, 'full.npy')];
    const { code, stdout } = await ended(startWithoutDisk(args));
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'BAD_INPUT', message: expect.stringContaining('EFBIG') },
    });
  });

  test('tells a person the prediction, the trust model, the cost and the check', async () => {
    const { code, stdout, stderr } = await tacit(await exampleOf('infer'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/2 parties and a dealer, semi-honest/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(stdout).toMatch(/^ +0 +7 .* 7$/m);
    expect(stdout).toMatch(/^online .* B /m);
    expect(stdout).toMatch(/every byte as the plan predicted/);
    expect(stdout).toMatch(/bit-identical to the plain fixed-point evaluator/);
  });
});
