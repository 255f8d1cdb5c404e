/** Names of classes: every way to write them, and the best classes of logits. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bestLabels, checkLabels, namedLabels, outputKindOf, perClass, readLabels } from '../../parties/cli/labels.js';
import { scratchFolder } from './support/tacit.js';

const folder = scratchFolder();

function labels(content: string): Promise<readonly string[]> {
  const path = join(folder, 'labels');
  writeFileSync(path, content);
  return readLabels(path);
}

describe('labels', () => {
  it.each([
    ['lines', 'a cat\nsea\u0007bass \n'],
    ['lines of another system', 'a cat\r\nsea bass\r\n\r\n'],
    ['a list', '["a cat", "sea bass"]'],
    ['an object', ' {"1": "sea bass", "0": "a cat"}'],
    ['lists that end in the name', '{"0": ["n1", "a cat"], "1": ["n2", "sea bass"]}'],
  ])('may be %s', async (_, content) => expect(await labels(content)).toEqual(['a cat', 'sea bass']));

  it.each([
    ['{"0": "a", "2": "b"}', /classes 0 to 1 .* none of class 1/],
    ['{"cat": 0}', /none of class 0/],
    ['["a", 1]', /the name of class 1 .* another value/],
    ['["a", []]', /the name of class 1 .* none/],
    ['[', /JSON/],
  ])('%s is refused', async (content, message) => {
    await expect(labels(content)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(message) });
  });

  it('have to be as many as classes', () => {
    const two = [{ name: 'y', shape: [2] }];
    expect(() => checkLabels(['a'], 2, two)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
    checkLabels(['a', 'b'], 2, two);
  });

  it('may be of zero and of one, where a network gives one probability', () => {
    const one = [{ name: 'y', shape: [1], ending: 'sigmoid' }] as const;
    checkLabels(['no', 'yes'], 1, one);
    expect(() => checkLabels(['a', 'b', 'c'], 1, one)).toThrow('expected 2 labels, of zero and of one, got 3');
    expect(() => checkLabels(['no', 'yes'], 1, [{ name: 'y', shape: [1] }])).toThrow('expected 1 labels');
    expect(perClass([0.25, 1], one, ['no', 'yes'])).toEqual([0.75, 0.25, 0, 1]);
    expect(perClass([0.25, 1], one, ['yes'])).toEqual([0.25, 1]);
  });

  it('of the best five, with probabilities that do not depend on how large logits are', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const [first, second] = bestLabels([0, 1, 2, 3, 4, 5, 1000, 1000, 0, 0, 0, 0], names, 'logits');
    expect(first!.map(({ name }) => name)).toEqual(['f', 'e', 'd', 'c', 'b']);
    expect(first![0]!.probability! / first![1]!.probability!).toBeCloseTo(Math.E, 12);
    expect(second!.slice(0, 2)).toEqual([
      { index: 0, name: 'a', probability: 0.5 },
      { index: 1, name: 'b', probability: 0.5 },
    ]);
  });

  it('of probabilities keep them', () => {
    const [best] = bestLabels([0.25, 1, 0], ['a', 'b', 'c'], 'probabilities');
    expect(best!.map(({ name, probability }) => [name, probability])).toEqual([
      ['b', 1],
      ['a', 0.25],
      ['c', 0],
    ]);
  });

  it('are probabilities already where a network ends in a sigmoid', () => {
    const port = { name: 'x', shape: [4] };
    expect(outputKindOf([{ ...port, ending: 'sigmoid' }])).toBe('probabilities');
    expect(outputKindOf([{ ...port, ending: 'tanh' }])).toBe('logits');
    expect(outputKindOf([port])).toBe('logits');
  });

  it('of indices alone have no probabilities', () => {
    expect(namedLabels([1, 0, 0, 1], 2, ['a', 'b'])[0]).toEqual([
      { index: 1, name: 'b', probability: null },
      { index: 0, name: 'a', probability: null },
    ]);
  });
});
