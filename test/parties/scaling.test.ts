/** Pixels become what the flags say, and where the flags do not say it they are refused. */
import { describe, expect, it } from 'vitest';
import { readAllInputs } from '../../parties/cli/inputs.js';
import { parseScale } from '../../parties/cli/options.js';
import { describeScaling, inputRulesOf, type ScalingFlags, scalePixels } from '../../parties/cli/scaling.js';

const MNIST = [28, 28, 1];
const read = (source: string, flags: ScalingFlags) => readAllInputs([source], MNIST, inputRulesOf(flags, MNIST));
const COLOURS = [28, 28, 3];
const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

describe('the rules of inputs', () => {
  it.each<readonly [string, ScalingFlags, number, number]>([
    ['no flag', {}, 0, 1],
    ['--scale 1', { scale: 1 }, 0, 255],
    ['--mean 0.5 --std 0.5', { mean: [0.5], std: [0.5] }, -1, 1],
    ['a mean and deviation a channel', imageNet, -0.485 / 0.229, (1 - 0.406) / 0.225],
    ['a range as well', { scale: 1, inputRange: { low: -10, high: 300 } }, -10, 300],
  ])('have the range that pixels can reach: %s', (_, flags, low, high) => {
    const { range, scaling } = inputRulesOf(flags, COLOURS);
    expect([range.low, range.high]).toEqual([Math.fround(low), Math.fround(high)]);
    expect(scaling).toBeDefined();
  });

  it.each<readonly [ScalingFlags, readonly number[], string]>([
    [{ mean: [1, 2, 3] }, MNIST, '--mean or one for each of 1 channels, got 3'],
    [{ mean: [1, 2, 3], std: [1, 2] }, COLOURS, '--std or one for each of 3 channels, got 2'],
    [{ std: [1, 2, 3] }, [784], '--std or one for each of 1 channels, got 3'],
  ])('are refused with means or deviations of other channels: %o of %o', (flags, shape, message) => {
    expect(() => inputRulesOf(flags, shape)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(message) }),
    );
  });

  it('know of no scaling to a range that is only declared', () => {
    expect(inputRulesOf({ inputRange: { low: 0, high: 255 } }, MNIST)).toEqual({
      range: { low: 0, high: 255 },
      scaling: undefined,
    });
    expect(inputRulesOf({ inputRange: { low: 0, high: 1 } }, MNIST).scaling).toBeDefined();
  });
});

describe('--scale', () => {
  it.each([
    ['1', 1],
    ['1/255', 1 / 255],
    ['0.5', 0.5],
  ])('takes %s', (text, value) => expect(parseScale(text)).toBe(value));

  it.each(['', '0', '-1', '1/0', '1/2/3', '/2', 'x'])('refuses "%s"', (text) => {
    expect(() => parseScale(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('pixels', () => {
  it('are divided by 255 where nothing is said', () => {
    const scaled = scalePixels([0, 51, 255], 1, inputRulesOf({}, MNIST), 'x');
    expect([...scaled]).toEqual([0, Math.fround(0.2), 1]);
  });

  it('are scaled by channel', () => {
    const scaled = scalePixels([0, 255, 51, 255, 0, 102], 3, inputRulesOf(imageNet, COLOURS), 'x');
    const { mean, std } = imageNet;
    const expected = [0, 1, 0.2, 1, 0, 0.4].map((real, i) => Math.fround((real - mean[i % 3]!) / std[i % 3]!));
    expect([...scaled]).toEqual(expected);
  });

  it('lie within the range that follows from the flags', async () => {
    const { values, scaling } = await read('mnist:0-3', { mean: [0.1307], std: [0.3081] });
    expect(Math.min(...values)).toBe(Math.fround(-0.1307 / 0.3081));
    expect(scaling).toEqual({ scale: 1 / 255, mean: [0.1307], std: [0.3081] });
  });

  it('are refused where the flags leave open what they become', async () => {
    for (const inputRange of [
      { low: 0, high: 255 },
      { low: -1, high: 1 },
    ]) {
      await expect(read('mnist:0-1', { inputRange })).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringMatching(/--scale, --mean or --std.* mnist:0-1 .*, got none\. Give /),
      });
    }
  });

  it('that leave the declared range are refused', async () => {
    await expect(read('mnist:0-1', { scale: 1, inputRange: { low: 0, high: 100 } })).rejects.toMatchObject({
      code: 'BAD_VALUE',
    });
  });

  it('are described', () => {
    const text = (flags: ScalingFlags) => describeScaling(inputRulesOf(flags, COLOURS).scaling!);
    expect(text({})).toBe('byte b as b / 255');
    expect(text({ scale: 1 })).toBe('byte b as b');
    expect(text({ mean: [0.5], std: [0.5] })).toBe('byte b as (b / 255 - 0.5) / 0.5');
    expect(text({ scale: 1, mean: [1, 2, 3] })).toBe('byte b as b - [1, 2, 3]');
  });
});

describe('random inputs', () => {
  it('fill the range', async () => {
    const { values, scaling } = await read('random:9', { inputRange: { low: -3, high: 5 } });
    expect(Math.min(...values)).toBeLessThan(-2.9);
    expect(Math.max(...values)).toBeGreaterThan(4.9);
    expect(scaling).toBeUndefined();
  });
});
