/** Where the axes of images are, and arrays in another order than the model's: what is not clear is asked for. */
import { describe, expect, it } from 'vitest';
import { fitArray } from '../../parties/cli/fit.js';
import { countOf, imageAxesOf } from '../../parties/cli/layout.js';
import { type InputFlags, inputRulesOf } from '../../parties/cli/rules.js';

describe('the axes of an image', () => {
  it.each([
    [[28, 28, 1], { height: 28, width: 28, channels: 1, layout: 'nhwc' }],
    [[12, 10, 3], { height: 12, width: 10, channels: 3, layout: 'nhwc' }],
    [[1, 224, 200, 3], { height: 224, width: 200, channels: 3, layout: 'nhwc' }],
    [[1, 3, 224, 200], { height: 224, width: 200, channels: 3, layout: 'nchw' }],
    [[1, 1, 28, 30], { height: 28, width: 30, channels: 1, layout: 'nchw' }],
    [[4, 9, 8], { height: 9, width: 8, channels: 4, layout: 'nchw' }],
    [[28, 30], { height: 28, width: 30, channels: 1, layout: 'nhwc' }],
    [[3, 5, 3], 'open'],
    [[1, 28, 1], 'open'],
    [[12, 12, 8], undefined],
    [[784], undefined],
    [[1, 784], undefined],
    [[2, 3, 224, 224], undefined],
  ])('of %j are %j', (shape, axes) => expect(imageAxesOf(shape)).toEqual(axes));

  it('are what is said where the shape does not tell', () => {
    expect(imageAxesOf([3, 5, 4], 'nchw')).toEqual({ height: 5, width: 4, channels: 3, layout: 'nchw' });
    expect(imageAxesOf([3, 5, 4], 'nhwc')).toEqual({ height: 3, width: 5, channels: 4, layout: 'nhwc' });
  });
});

describe('the number of inputs in an array', () => {
  it.each([
    [[28, 28], [28, 28, 1], 1],
    [[5, 28, 28, 1], [28, 28, 1], 5],
    [[5, 3, 8, 8], [1, 3, 8, 8], 5],
    [[5, 1, 3, 8, 8], [1, 3, 8, 8], 5],
    [[2, 5, 3, 8, 8], [1, 3, 8, 8], undefined],
    [[0, 28, 28], [28, 28, 1], undefined],
    [[28, 27], [28, 28, 1], undefined],
    [[7], [1], 7],
  ])('%j for %j is %j', (came, shape, count) => expect(countOf(came, shape)).toBe(count));
});

const MODEL = [5, 2, 3];
const rules = (shape: readonly number[], flags: InputFlags = {}) =>
  inputRulesOf(flags, { inputs: [{ name: 'x', shape }] });
const array = (...shape: number[]) => ({
  shape,
  values: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
});
const refusal = (expected: string) =>
  expect.objectContaining({ code: 'BAD_SHAPE', message: expect.stringContaining(expected) });

describe('arrays', () => {
  it('of channels first are transposed where that is said, and that is noted', () => {
    const { values, count, applied } = fitArray(array(2, 3, 5, 2), rules(MODEL, { layout: 'nchw' }), 'x');
    expect([count, applied]).toEqual([2, ['transposed: nchw to nhwc']]);
    expect([...values.slice(0, 6)]).toEqual([0, 10, 20, 1, 11, 21]);
    expect(values[30]).toBe(30);
  });

  it('of channels last become channels first for a model that wants that', () => {
    const { values, count } = fitArray(array(5, 2, 3), rules([1, 3, 5, 2], { layout: 'nhwc' }), 'x');
    expect(count).toBe(1);
    expect([...values.slice(0, 9)]).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24]);
  });

  it('in the order of the model stay as they are', () => {
    for (const flags of [{}, { layout: 'nhwc' } as const]) {
      const { values, applied } = fitArray(array(1, 5, 2, 3), rules(MODEL, flags), 'x');
      expect([values[5], applied]).toEqual([5, []]);
    }
    expect(fitArray(array(7, 3, 5, 2), rules([1, 3, 5, 2]), 'x')).toMatchObject({ count: 7, applied: [] });
  });

  it('in the other order are refused by it, with the flag that transposes', () => {
    const call = () => fitArray(array(1, 3, 12, 12), rules([12, 12, 3]), 'x');
    expect(call).toThrow(
      refusal('got [1,3,12,12] in x. It is channels first, the model wants channels last: give --layout nchw'),
    );
  });

  it('in the order of the model with a flag that says another are refused', () => {
    const call = () => fitArray(array(5, 2, 3), rules(MODEL, { layout: 'nchw' }), 'x');
    expect(call).toThrow(refusal('leave out --layout'));
  });

  it('in one row are taken where there is one channel, or where it is said', () => {
    expect(fitArray(array(784), rules([28, 28, 1]), 'x').count).toBe(1);
    expect(fitArray(array(3, 784), rules([1, 1, 28, 28]), 'x').count).toBe(3);
    expect(() => fitArray(array(30), rules(MODEL), 'x')).toThrow(refusal('give --layout nhwc or --layout nchw'));
    expect(() => fitArray(array(60), rules([4, 5, 3]), 'x')).toThrow(refusal('give --layout nhwc or --layout nchw'));
    expect([...fitArray(array(30), rules(MODEL, { layout: 'nchw' }), 'x').values.slice(0, 3)]).toEqual([0, 10, 20]);
    expect([...fitArray(array(30), rules(MODEL, { layout: 'nhwc' }), 'x').values.slice(0, 3)]).toEqual([0, 1, 2]);
  });
});
