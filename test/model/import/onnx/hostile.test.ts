import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { TensorProto_DataLocation, TensorProto_DataType, TensorProtoSchema } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { TacitError } from '../../../../src/core/errors.js';
import { importOnnx } from '../../../../src/model/import/onnx/import.js';
import { loadModel } from '../../../../src/model/load.js';
import { random } from '../../support.js';
import { bytesOf, floats, graphOf, imported, integers, modelOf, node } from './support.js';

/** One of many operators, so that every kind of attribute and input is there. */
function rich(): Uint8Array {
  const branch = (name: string): ReturnType<typeof graphOf> => graphOf([node('Relu', ['joined'], [name])], [name]);
  const nodes = [
    node('Conv', ['x', 'k', 'b'], ['conv'], { pads: [1, 1, 1, 1], strides: [2, 2], group: 1 }),
    node('BatchNormalization', ['conv', 'b', 'b', 'b', 'one'], ['normal'], { epsilon: 0.5 }),
    node('Resize', ['normal', '', 'scales'], ['large'], { mode: 'linear' }),
    node('MaxPool', ['large'], ['pooled'], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }),
    node('Pad', ['pooled', 'pads'], ['padded'], { mode: 'reflect' }),
    node('Slice', ['padded', 'starts', 'ends', 'axes'], ['cut']),
    node('Shape', ['cut'], ['shape']),
    node('Gather', ['shape', 'axes'], ['some'], { axis: 0 }),
    node('ReduceProd', ['some'], ['size'], { keepdims: 1 }),
    node('Concat', ['size', 'rest'], ['target'], { axis: 0 }),
    node('Reshape', ['cut', 'target'], ['flat']),
    node('Concat', ['flat', 'flat'], ['joined'], { axis: 1 }),
    node('Equal', ['size', 'rest'], ['same']),
    node('If', ['same'], ['chosen'], { then_branch: branch('then'), else_branch: branch('else') }),
    node('Gemm', ['chosen', 'w', 'b'], ['scores'], { alpha: 0.5, transB: 1 }),
    node('ReduceMean', ['scores'], ['mean'], { axes: [1] }),
    node('Sub', ['scores', 'mean'], ['centred']),
    node('Softmax', ['centred'], ['y'], { axis: 1 }),
  ];
  const weights = [
    floats(
      'k',
      [2, 1, 3, 3],
      Array.from({ length: 18 }, (_, i) => i / 10),
    ),
    floats('b', [2], [1, 2]),
    floats('one', [2], [1, 1]),
    floats('scales', [4], [1, 1, 2, 2]),
    integers('pads', [0, 0, 1, 1, 0, 0, 1, 1]),
    integers('starts', [1]),
    integers('ends', [3]),
    integers('axes', [2]),
    integers('rest', [-1]),
    floats(
      'w',
      [2, 16],
      Array.from({ length: 32 }, (_, i) => i / 20),
    ),
  ];
  return bytesOf(modelOf(['N', 1, 4, 4], { nodes, weights }));
}

async function outcomeOf(bytes: Uint8Array): Promise<string> {
  try {
    await importOnnx(bytes, async () => new Uint8Array(8));
    return 'accepted';
  } catch (error) {
    expect(error).toBeInstanceOf(TacitError);
    const { code, message } = error as TacitError;
    expect(['BAD_MODEL', 'UNSUPPORTED_LAYER'], message).toContain(code);
    expect(message).toMatch(/^[^\n]{1,800}$/);
    return code;
  }
}

/** A byte changed, a piece taken out, doubled or filled. */
function mutated(bytes: Uint8Array, next: () => number): Uint8Array {
  const below = (count: number): number => Math.floor(next() * count);
  const at = below(bytes.length);
  const length = 1 + below(16);
  switch (below(4)) {
    case 0:
      return bytes.with(at, below(256));
    case 1:
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + length)]);
    case 2:
      return Uint8Array.from([...bytes.subarray(0, at + length), ...bytes.subarray(at)]);
    default:
      return Uint8Array.from(bytes).fill([0, 0x7f, 0xff][below(3)]!, at, at + length);
  }
}

test('a file with some bytes changed is a graph or is refused in one line, with a code', async () => {
  const bytes = rich();
  expect((await importOnnx(bytes, async () => new Uint8Array(8))).outputs[0]!.shape).toEqual([2, 2]);
  const next = random(7);
  const counts = new Map<string, number>();
  for (let i = 0; i < 400; i++) {
    const outcome = await outcomeOf(mutated(bytes, next));
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual(['BAD_MODEL', 'UNSUPPORTED_LAYER', 'accepted']);
});

describe('what would take more memory or time than there is', () => {
  test.each<[string, Parameters<typeof modelOf>[1]]>([
    [
      'a constant',
      {
        nodes: [node('ConstantOfShape', ['s'], ['c']), node('Add', ['x', 'c'], ['y'])],
        weights: [integers('s', [2 ** 40])],
      },
    ],
    [
      'a range',
      {
        nodes: [node('Range', ['a', 'b', 'a'], ['c']), node('Add', ['x', 'c'], ['y'])],
        weights: [floats('a', [], [1e-30]), floats('b', [], [1])],
      },
    ],
    ['repeats', { nodes: [node('Tile', ['x', 's'], ['y'])], weights: [integers('s', [2 ** 40, 2])] }],
    ['paddings', { nodes: [node('Pad', ['x', 's'], ['y'])], weights: [integers('s', [0, 2 ** 40, 0, 0])] }],
    ['a larger image', { nodes: [node('Resize', ['x', '', '', 's'], ['y'])], weights: [integers('s', [2 ** 40, 2])] }],
    [
      'a window',
      {
        nodes: [node('Unsqueeze', ['x', 's'], ['i']), node('MaxPool', ['i'], ['y'], { kernel_shape: [2 ** 30, 1] })],
        weights: [integers('s', [0, 1])],
      },
    ],
    [
      'a stride',
      {
        nodes: [
          node('Unsqueeze', ['x', 's'], ['i']),
          node('ConvTranspose', ['i', 'k'], ['y'], { strides: [65536, 65536] }),
        ],
        weights: [floats('k', [1, 1, 1, 1], [1]), integers('s', [0, 1])],
      },
    ],
    [
      'repeats of repeats',
      {
        nodes: [node('Tile', ['x', 's'], ['a']), node('Tile', ['a', 's'], ['y'])],
        weights: [integers('s', [2 ** 7, 2 ** 7])],
      },
    ],
  ])('%s is refused', async (_, parts) => {
    await expect(imported(modelOf([2, 2], parts))).rejects.toMatchObject({ code: 'BAD_MODEL' });
  });

  test('sums of sums of sums are looked through up to a number of steps', async () => {
    const nodes = [node('Sqrt', ['v60'], ['y'])];
    for (let i = 60; i > 0; i--) nodes.unshift(node('Add', [`v${i - 1}`, `v${i - 1}`], [`v${i}`]));
    nodes.unshift(node('Relu', ['x'], ['v0']));
    await expect(imported(modelOf([2], { nodes }))).resolves.toBeDefined();
  });

  test.each<[string, (path: string) => void | Promise<void>]>([
    ['2 GiB, sparse', (path) => truncate(path, 2 ** 31)],
    ['a device without an end', (path) => rm(path).then(() => symlink('/dev/zero', path))],
    ['a pipe without a writer', (path) => rm(path).then(() => void execFileSync('mkfifo', [path]))],
  ])('files of %s are refused before they are read', async (_, harm) => {
    const folder = await mkdtemp(join(tmpdir(), 'tacit-onnx-'));
    const path = join(folder, 'model.onnx');
    await writeFile(path, '');
    await harm(path);
    await expect(loadModel(path)).rejects.toMatchObject({ code: 'BAD_MODEL' });
    const place = { key: 'location', value: 'w.bin' };
    const outside = [0, 1, 2, 3, 4].map((i) =>
      create(TensorProtoSchema, {
        name: `w${i}`,
        dims: [2n ** 14n, 2n ** 12n],
        dataType: TensorProto_DataType.FLOAT,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [place],
      }),
    );
    await rm(path);
    const nodes = [node('MatMul', ['x', 'w0'], ['y'])];
    await writeFile(path, bytesOf(modelOf([1, 2 ** 14], { nodes, weights: outside })));
    await writeFile(join(folder, 'w.bin'), '');
    await harm(join(folder, 'w.bin'));
    await expect(loadModel(path)).rejects.toMatchObject({ code: 'BAD_MODEL' });
  });

  test('graphs in graphs in graphs are refused', async () => {
    const leaf = graphOf([node('Relu', ['x'], ['y'])], ['y']);
    const choice = (graph: typeof leaf) => node('If', ['c'], ['y'], { then_branch: graph, else_branch: leaf });
    const nested = (levels: number): typeof leaf =>
      levels === 0 ? leaf : graphOf([choice(nested(levels - 1))], ['y']);
    const of = (levels: number) => modelOf([2], { nodes: [choice(nested(levels))], weights: [floats('c', [1], [1])] });
    await expect(imported(of(3))).resolves.toBeDefined();
    await expect(imported(of(20))).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining('deep'),
    });
  });
});
