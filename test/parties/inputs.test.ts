/** Where inputs come from, what is done to them, and what is said of it. */
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { writeNpy } from '../../parties/cli/formats/npy.js';
import { type Inputs, readAllInputs } from '../../parties/cli/inputs.js';
import { describeNote } from '../../parties/cli/notes.js';
import { type InputFlags, inputRulesOf } from '../../parties/cli/rules.js';
import { scratchFolder } from './support/tacit.js';

const folder = scratchFolder();
const GREY = [28, 28, 1];

function read(sources: readonly string[], shape: readonly number[], flags: InputFlags = {}): Promise<Inputs> {
  return readAllInputs(sources, inputRulesOf(flags, { inputs: [{ name: 'x', shape }] }));
}

function png(name: string, width: number, height: number, colour: (x: number, y: number) => readonly number[]): string {
  const image = new PNG({ width, height });
  for (let i = 0; i < width * height; i++) {
    image.data.set([...colour(i % width, Math.floor(i / width)), 255], 4 * i);
  }
  const path = join(folder, name);
  writeFileSync(path, PNG.sync.write(image));
  return path;
}

const grey = (level: number) => (): readonly number[] => [level, level, level];
const texts = ({ notes }: Inputs) => notes.map(describeNote);

describe('sources', () => {
  const many = join(folder, 'many');
  mkdirSync(join(many, 'below.npy'), { recursive: true });
  png('many/b.png', 2, 1, grey(51));
  png('many/a.PNG', 2, 1, grey(0));
  writeFileSync(join(many, 'c.npy'), writeNpy({ shape: [2], values: Float32Array.of(1, 1) }));
  for (const name of ['README.txt', '.hidden.png']) writeFileSync(join(many, name), 'no image');
  const shape = [1, 2, 1];

  it('may be folders: what is in them, by name', async () => {
    await expect(read([many], shape, { layout: 'nhwc' })).rejects.toMatchObject({
      message: expect.stringMatching(/a file at \S*below\.npy, got a folder/),
    });
    const inputs = await read([join(many, '?.*')], shape, { layout: 'nhwc' });
    expect([...inputs.values]).toEqual([0, 0, Math.fround(0.2), Math.fround(0.2), 1, 1]);
  });

  it.each([
    ['*.png', 1],
    ['*.[pP]NG', undefined],
    ['[ab].png', undefined],
    ['*.{png,npy}', undefined],
    ['?.PNG', 1],
    ['../many/*.PNG', 1],
    ['../*/b.png', 1],
    ['b*.png', 1],
  ])('may be the pattern %s', async (pattern, count) => {
    const inputs = read([join(many, pattern)], shape, { layout: 'nhwc' });
    if (count === undefined) await expect(inputs).rejects.toMatchObject({ code: 'USAGE' });
    else expect((await inputs).count).toBe(count);
  });

  it('that are called like a pattern are taken as they are', async () => {
    const path = png('what?.png', 2, 1, grey(255));
    png('whats.png', 2, 1, grey(0));
    expect([...(await read([path], shape, { layout: 'nhwc' })).values]).toEqual([1, 1]);
  });
});

it.each([
  ['vast.npy', 2 ** 33],
  ['vast.png', 2 ** 31],
  ['vast.json', 2 ** 31],
])('%s, a sparse file, is refused by its size', async (name, bytes) => {
  const path = join(folder, name);
  writeFileSync(path, '');
  truncateSync(path, bytes);
  await expect(read([path], GREY)).rejects.toMatchObject({
    code: 'BAD_INPUT',
    message: expect.stringMatching(/^expected at most \d+ bytes in \S+, got more\./),
  });
});

describe('an image', () => {
  const colour = (x: number, y: number) => [x, y, 100];

  it('is brought into the order of the model', async () => {
    const path = png('colour.png', 6, 5, colour);
    const last = await read([path], [1, 5, 6, 3], { scale: 1 });
    const first = await read([path], [1, 3, 5, 6], { scale: 1 });
    expect([...last.values.slice(3, 6)]).toEqual([1, 0, 100]);
    expect([...first.values.slice(0, 7)]).toEqual([0, 1, 2, 3, 4, 5, 0]);
    expect(first.values[30]).toBe(0);
    expect(first.values[36]).toBe(1);
    expect(first.values[60]).toBe(100);
  });

  it('of a shape that does not tell its order is asked for it', async () => {
    const path = png('small.png', 5, 3, colour);
    await expect(read([path], [3, 5, 3])).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(
        /--layout to say which axis of \[3,5,3\] has the channels of \S+, got none\. Give --layout nhwc/,
      ),
    });
    expect((await read([path], [3, 5, 3], { layout: 'nhwc' })).count).toBe(1);
  });

  it('is no input of a model of other things', async () => {
    const path = png('other.png', 10, 1, colour);
    await expect(read([path], [10])).rejects.toMatchObject({ code: 'BAD_SHAPE' });
    await expect(read([path], [10, 10, 8])).rejects.toMatchObject({ code: 'BAD_SHAPE' });
  });

  it('is resized by --resize alone, which is said once for all', async () => {
    const paths = [png('large.png', 56, 40, grey(255)), png('larger.png', 57, 40, grey(0))];
    await expect(read(paths, GREY)).rejects.toMatchObject({ code: 'BAD_SHAPE' });
    const inputs = await read(paths, GREY, { resize: true });
    expect([...new Set(inputs.values)]).toEqual([1, 0]);
    expect(texts(inputs)).toContain('2 files resized to 28x28: bilinear, antialiased, proportions not kept');
  });
});

describe('digits', () => {
  const digit = (ink: number, paper: number) => (x: number, y: number) =>
    grey(x > 12 && x < 16 && y > 4 && y < 24 ? ink : paper)();

  it('drawn dark on light are named, and stay as they are', async () => {
    const path = png('dark.png', 28, 28, digit(0, 255));
    const inputs = await read([path], GREY);
    expect(inputs.values[0]).toBe(1);
    expect(inputs.notes).toMatchObject([
      { kind: 'hint', text: expect.stringMatching(/^is dark on light; .* give --invert\?$/) },
    ]);
    const inverted = await read([path], GREY, { invert: true });
    expect(inverted.values[0]).toBe(0);
    expect(texts(inverted)).toEqual([`${path} inverted: byte b to 255 - b`]);
  });

  it('drawn light on dark are not', async () => {
    const path = png('light.png', 28, 28, digit(255, 0));
    expect((await read([path], GREY)).notes).toEqual([]);
    expect((await read(['mnist:0-20'], GREY)).notes).toEqual([]);
    expect((await read([path], GREY, { invert: true })).notes).toMatchObject([
      { kind: 'applied' },
      { kind: 'hint', text: expect.stringMatching(/leave out --invert/) },
    ]);
  });

  it('of the test set are resized too, and taken in one row', async () => {
    const large = await read(['mnist:3-5'], [32, 32, 1], { resize: true });
    expect([large.values.length, large.labels]).toEqual([2 * 1024, [0, 4]]);
    await expect(read(['mnist:3-5'], [32, 32, 1])).rejects.toMatchObject({ code: 'BAD_SHAPE' });
    await expect(read(['mnist:3-5'], [28, 28, 3])).rejects.toMatchObject({ code: 'BAD_SHAPE' });
    expect((await read(['mnist:3-5'], [784])).values).toEqual((await read(['mnist:3-5'], [1, 1, 28, 28])).values);
  });
});
