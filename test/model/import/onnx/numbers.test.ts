/** Settings of operators that would give wrong numbers are refused, and small numbers are as good as others. */
import { expect, test } from 'vitest';
import { floats, imported, modelOf, node, outputOf } from './support.js';

test('a row of small numbers is normalised as any other', async () => {
  const model = modelOf([1, 2], { nodes: [node('LpNormalization', ['x'], ['y'], { axis: 1 })] });
  const [a, b] = await outputOf(model, [0.003, 0.004]);
  expect(a).toBeCloseTo(0.6, 4);
  expect(b).toBeCloseTo(0.8, 4);
});

test.each<[string, number[], ReturnType<typeof node>[], string]>([
  ['an alpha below zero', [1, 2], [node('Celu', ['x'], ['y'], { alpha: -1.5 })], 'expected alpha above 0, got -1.5'],
  [
    'a sum of squares that may be below zero',
    [1, 2, 1, 1],
    [node('LRN', ['x'], ['y'], { size: 1, alpha: -0.5 })],
    'an alpha that is not below, got 1, 1 and -0.5',
  ],
  [
    'a maximum of padding alone, after the image',
    [1, 1, 2, 2],
    [node('MaxPool', ['x'], ['y'], { kernel_shape: [2, 2], pads: [0, 0, 3, 3] })],
    'expected windows that meet the image, got one of padding alone',
  ],
  [
    'a mean of padding alone, before the image',
    [1, 1, 6],
    [node('AveragePool', ['x'], ['y'], { kernel_shape: [2], pads: [2, 0] })],
    'expected windows that meet the image, got one of padding alone',
  ],
  [
    'a maximum of padding alone, where a window has holes',
    [1, 1, 3],
    [node('MaxPool', ['x'], ['y'], { kernel_shape: [2], dilations: [5], pads: [5, 5] })],
    'expected windows that meet the image, got one of padding alone',
  ],
  [
    'an image of no rows',
    [1, 1, 2, 2],
    [node('Resize', ['x', '', 'scales'], ['y'], { mode: 'linear' })],
    'expected extents of 1 or more, got 1,1,0,2',
  ],
  ['a quotient by zero', [1, 2], [node('Div', ['x', 'zero'], ['y'])], 'expected finite factors, got Infinity'],
])('%s is refused', async (_, shape, nodes, message) => {
  const weights = [floats('scales', [4], [1, 1, 0.25, 1]), floats('zero', [], [0])];
  await expect(imported(modelOf(shape, { nodes, weights, opset: 22 }))).rejects.toThrow(message);
});
