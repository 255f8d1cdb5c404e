/** Pixels become what the flags say, and where the flags do not say it they are refused. */
import { describe, expect, it } from 'vitest';
import { readAllInputs } from '../../parties/cli/inputs.js';
import { parseScale } from '../../parties/cli/options.js';
import { type InputFlags, inputRulesOf } from '../../parties/cli/rules.js';
import { describeScaling, scalePixels } from '../../parties/cli/scaling.js';
import type { ModelCard } from '../../src/model/card.js';

const MNIST = [28, 28, 1];
const rulesOf = (flags: InputFlags, shape: readonly number[], card?: ModelCard) =>
  inputRulesOf(flags, { inputs: [{ name: 'x', shape }], ...(card ? { card } : {}) });
const read = (source: string, flags: InputFlags) => readAllInputs([source], rulesOf(flags, MNIST));
const COLOURS = [28, 28, 3];
const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

describe('the rules of inputs', () => {
  it.each<readonly [string, InputFlags, number, number]>([
    ['no flag', {}, 0, 1],
    ['--scale 1', { scale: 1 }, 0, 255],
    ['--mean 0.5 --std 0.5', { mean: [0.5], std: [0.5] }, -1, 1],
    ['a mean and deviation a channel', imageNet, -0.485 / 0.229, (1 - 0.406) / 0.225],
    ['a range as well', { scale: 1, inputRange: { low: -10, high: 300 } }, -10, 300],
  ])('have the range that pixels can reach: %s', (_, flags, low, high) => {
    const { range, scaling } = rulesOf(flags, COLOURS);
    expect([range.low, range.high]).toEqual([Math.fround(low), Math.fround(high)]);
    expect(scaling).toBeDefined();
  });

  it.each<readonly [InputFlags, readonly number[], string]>([
    [{ mean: [1, 2, 3] }, MNIST, '--mean or one for each of 1 channels, got 3'],
    [{ mean: [1, 2, 3], std: [1, 2] }, COLOURS, '--std or one for each of 3 channels, got 2'],
    [{ std: [1, 2, 3] }, [784], '--std or one for each of 1 channels, got 3'],
  ])('are refused with means or deviations of other channels: %o of %o', (flags, shape, message) => {
    expect(() => rulesOf(flags, shape)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(message) }),
    );
  });

  it('know of no scaling to a range that is only declared', () => {
    expect(rulesOf({ inputRange: { low: 0, high: 255 } }, MNIST)).toMatchObject({
      range: { low: 0, high: 255 },
      scaling: undefined,
    });
    expect(rulesOf({ inputRange: { low: 0, high: 1 } }, MNIST).scaling).toBeDefined();
  });

  it("are those of the model's card, and before it those of the flags", () => {
    const card = { scale: 1, mean: [10] };
    expect(rulesOf({}, MNIST, card)).toMatchObject({
      range: { low: -10, high: 245 },
      scaling: { scale: 1, mean: [10], std: [1] },
    });
    expect(rulesOf({ mean: [5], std: [2] }, MNIST, card).scaling).toEqual({ scale: 1, mean: [5], std: [2] });
    expect(rulesOf({ inputRange: { low: -20, high: 300 } }, MNIST, card).range).toEqual({ low: -20, high: 300 });
  });

  it('have the channels of images whose shape has them first', () => {
    expect(rulesOf(imageNet, [1, 3, 28, 28]).scaling?.mean).toEqual(imageNet.mean);
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
    const scaled = scalePixels([0, 51, 255], 1, rulesOf({}, MNIST), 'x');
    expect([...scaled]).toEqual([0, Math.fround(0.2), 1]);
  });

  it('are scaled by channel', () => {
    const scaled = scalePixels([0, 255, 51, 255, 0, 102], 3, rulesOf(imageNet, COLOURS), 'x');
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
    const text = (flags: InputFlags) => describeScaling(rulesOf(flags, COLOURS).scaling!);
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
