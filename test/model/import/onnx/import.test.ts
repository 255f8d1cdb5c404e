import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { type TensorProto, TensorProto_DataLocation, TensorProto_DataType, TensorProtoSchema } from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { evaluateFloat } from '../../../../src/model/float.js';
import { constantFrom } from '../../../../src/model/import/onnx/tensors.js';
import { loadModel } from '../../../../src/model/load.js';
import { fold } from '../../../../src/model/passes/fold.js';
import { bytesOf, floats, imported, integers, modelOf, node, outputOf, valueInfo } from './support.js';

const Types = TensorProto_DataType;

describe('numbers of every type', () => {
  const raw = (dataType: TensorProto_DataType, bytes: readonly number[], count = 1): TensorProto =>
    create(TensorProtoSchema, { dims: [BigInt(count)], dataType, rawData: Uint8Array.from(bytes) });

  test.each<[string, TensorProto, number]>([
    ['float', raw(Types.FLOAT, [0, 0, 0xc0, 0xbf]), -1.5],
    ['double', raw(Types.DOUBLE, [0, 0, 0, 0, 0, 0, 0xf8, 0xbf]), -1.5],
    ['float16', raw(Types.FLOAT16, [0, 0xbe]), -1.5],
    ['bfloat16', raw(Types.BFLOAT16, [0xc0, 0xbf]), -1.5],
    ['int8', raw(Types.INT8, [0xfe]), -2],
    ['uint8', raw(Types.UINT8, [0xfe]), 254],
    ['int16', raw(Types.INT16, [0xfe, 0xff]), -2],
    ['uint16', raw(Types.UINT16, [0xfe, 0xff]), 65534],
    ['int32', raw(Types.INT32, [0xfe, 0xff, 0xff, 0xff]), -2],
    ['uint32', raw(Types.UINT32, [0xfe, 0xff, 0xff, 0xff]), 2 ** 32 - 2],
    ['int64', raw(Types.INT64, [0xfe, ...new Array<number>(7).fill(0xff)]), -2],
    ['uint64', raw(Types.UINT64, [3, 0, 0, 0, 1, 0, 0, 0]), 2 ** 32 + 3],
    ['bool', raw(Types.BOOL, [1]), 1],
    [
      'float16 in its field',
      create(TensorProtoSchema, { dims: [1n], dataType: Types.FLOAT16, int32Data: [0xbe00] }),
      -1.5,
    ],
    ['int64 in its field', create(TensorProtoSchema, { dims: [1n], dataType: Types.INT64, int64Data: [-2n] }), -2],
  ])('%s', (_, tensor, expected) => {
    expect(Array.from(constantFrom(tensor, 'w').data)).toEqual([expected]);
  });

  test.each<[string, TensorProto, string]>([
    ['too few bytes', raw(Types.FLOAT, [0, 0, 0]), 'tensor w: expected 4 bytes, got 3. Export the model again'],
    ['more elements than there is memory', raw(Types.FLOAT, [0], 2 ** 40), 'elements, got [1099511627776]'],
    ['infinity', raw(Types.FLOAT16, [0, 0x7c]), 'expected finite numbers, got Infinity at index 0'],
    ['a type that is none', raw(Types.COMPLEX64, []), 'got complex64. Convert the model'],
  ])('%s is refused', (_, tensor, message) => {
    expect(() => constantFrom(tensor, 'w')).toThrow(message);
  });
});

describe('data in another file', () => {
  async function loaded(entries: Readonly<Record<string, string>>): Promise<readonly number[]> {
    const folder = await mkdtemp(join(tmpdir(), 'tacit-onnx-'));
    await mkdir(join(folder, 'inside'));
    await writeFile(join(folder, 'outside.bin'), new Float32Array([5, 6, 7]));
    await writeFile(join(folder, 'inside', 'w.bin'), new Float32Array([5, 6, 7]));
    await symlink('../outside.bin', join(folder, 'inside', 'link.bin'));
    const weights = create(TensorProtoSchema, {
      name: 'w',
      dims: [2n],
      dataType: Types.FLOAT,
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
    });
    const path = join(folder, 'inside', 'model.onnx');
    await writeFile(path, bytesOf(modelOf([2], { nodes: [node('Mul', ['x', 'w'], ['y'])], weights: [weights] })));
    const { logits } = await evaluateFloat(await loadModel(path), 1, Float32Array.of(1, 1));
    return Array.from(logits);
  }

  test('is read at its offset', async () => {
    expect(await loaded({ location: 'w.bin', offset: '4', length: '8' })).toEqual([6, 7]);
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['above the folder', { location: '../outside.bin' }, "below the model's folder"],
    ['of the whole disk', { location: '/etc/passwd' }, "below the model's folder"],
    ['that is a link to another folder', { location: 'link.bin' }, 'got a link to another'],
    ['that ends before', { location: 'w.bin', offset: '8' }, 'expected 16 bytes'],
    ['of another length', { location: 'w.bin', length: '12' }, 'expected 8 bytes of external data of w, got 12'],
    ['at no number', { location: 'w.bin', offset: '-4' }, 'whole numbers'],
  ])('%s is refused', async (_, entries, message) => {
    await expect(loaded(entries)).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining(message),
    });
  });
});

describe('a graph', () => {
  const relu = [node('Relu', ['x'], ['y'])];

  test.each<[string, Parameters<typeof modelOf>[1], string, string]>([
    ['of an opset to come', { nodes: relu, opset: 99 }, 'UNSUPPORTED_LAYER', 'got opset 99. Convert'],
    ['of another domain', { nodes: relu, domain: 'com.microsoft' }, 'UNSUPPORTED_LAYER', 'of com.microsoft alone'],
    [
      'of an operator that is not known',
      { nodes: [node('Magic', ['x'], ['y'])] },
      'UNSUPPORTED_LAYER',
      'node y (Magic, opset 17, [1,2]): expected a supported operator, got Magic',
    ],
    [
      'of an attribute that is not known',
      { nodes: [node('Relu', ['x'], ['y'], { magic: 1 })] },
      'UNSUPPORTED_LAYER',
      'no other attributes, got magic',
    ],
    [
      'out of order',
      { nodes: [node('Add', ['x', 'a'], ['y']), node('Relu', ['x'], ['a'])] },
      'BAD_MODEL',
      'got a before it is made',
    ],
    [
      'with a cycle',
      { nodes: [node('Add', ['x', 'b'], ['a']), node('Relu', ['a'], ['b']), node('Relu', ['b'], ['y'])] },
      'BAD_MODEL',
      'got b before it is made',
    ],
    [
      'with a name twice',
      { nodes: [node('Relu', ['x'], ['y']), node('Relu', ['y'], ['x'])], outputs: ['x'] },
      'BAD_MODEL',
      'got x twice',
    ],
    [
      'whose output is a constant',
      { nodes: [node('Relu', ['x'], ['y']), node('Shape', ['y'], ['z'])], outputs: ['z'] },
      'UNSUPPORTED_LAYER',
      'expected output z to depend on the input',
    ],
    [
      'with a shape without end',
      { nodes: [node('Expand', ['x', 's'], ['y'])], weights: [integers('s', [2 ** 30, 2])] },
      'BAD_MODEL',
      'elements, got [1073741824,2]',
    ],
  ])('%s is refused', async (_, parts, code, message) => {
    await expect(imported(modelOf([1, 2], parts))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test('takes 1 where the batch alone is open, and a given shape elsewhere', async () => {
    const shapes = async (
      shape: readonly (number | string)[],
      given?: readonly number[],
    ): Promise<readonly number[]> => {
      const { inputs } = await imported(modelOf(shape, { nodes: relu }), given && { inputShapes: [{ shape: given }] });
      return inputs[0]!.shape;
    };
    expect(await shapes(['N', 3, 4])).toEqual([1, 3, 4]);
    expect(await shapes(['N', 3, 'W'], [3, 5])).toEqual([1, 3, 5]);
    expect(await shapes(['N', 3, 'W'], [2, 3, 5])).toEqual([2, 3, 5]);
    await expect(shapes(['N', 3, 'W'])).rejects.toMatchObject({
      message: expect.stringContaining('got [N,3,W]'),
    });
    await expect(shapes(['N', 3, 'W'], [4, 5])).rejects.toMatchObject({
      message: expect.stringContaining('got [4,5]. Check'),
    });
  });

  test('takes and gives several tensors', async () => {
    const inputs = [valueInfo('a', [2]), valueInfo('b', [2])];
    const nodes = [node('Add', ['a', 'b'], ['sum']), node('Mul', ['a', 'b'], ['product'])];
    const model = modelOf([], { nodes, inputs, outputs: ['product', 'sum'] });
    expect(await outputOf(model, [2, 3, 5, 7])).toEqual([10, 21, 7, 10]);
    expect((await imported(model)).outputs).toEqual([
      { name: 'product', shape: [2] },
      { name: 'sum', shape: [2] },
    ]);
  });

  test('is computed at import where it is about shapes', async () => {
    // reshape to [batch, -1] as PyTorch exports it
    const nodes = [
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'zero'], ['batch'], { axis: 0 }),
      node('Unsqueeze', ['batch', 'axis'], ['row']),
      node('Concat', ['row', 'rest'], ['target'], { axis: 0 }),
      node('Reshape', ['x', 'target'], ['flat']),
      node('Relu', ['flat'], ['y']),
    ];
    const zero = create(TensorProtoSchema, { name: 'zero', dataType: Types.INT64, int64Data: [0n] });
    const model = modelOf(['N', 2, 2], { nodes, weights: [zero, integers('axis', [0]), integers('rest', [-1])] });
    expect((await imported(model)).outputs[0]!.shape).toEqual([1, 4]);
    expect(await outputOf(model, [1, -2, 3, -4])).toEqual([1, 0, 3, 0]);
  });
});

test('a convolution, batch normalisation, pool and dense layer of a small network', async () => {
  const nodes = [
    node('Conv', ['x', 'k', 'b'], ['c'], { pads: [1, 1, 1, 1] }),
    node('Relu', ['c'], ['r']),
    node('MaxPool', ['r'], ['p'], { kernel_shape: [2, 2], strides: [2, 2] }),
    node('Flatten', ['p'], ['f']),
    node('Gemm', ['f', 'w'], ['y'], { transB: 1 }),
  ];
  const kernel = [0, 0, 0, 0, 2, 0, 0, 0, 0];
  const weights = [floats('k', [1, 1, 3, 3], kernel), floats('b', [1], [-3]), floats('w', [1, 1], [10])];
  expect(await outputOf(modelOf([1, 1, 2, 2], { nodes, weights }), [1, 2, 3, 4])).toEqual([50]);
});

test('batch normalisation of channels before space joins the convolution before it', async () => {
  const nodes = [
    node('Conv', ['x', 'k'], ['c']),
    node('Gather', ['c', 'swapped'], ['g'], { axis: 1 }),
    node('BatchNormalization', ['g', 'scales', 'ones', 'zeros', 'ones'], ['n'], { epsilon: 0.0001 }),
    node('Relu', ['n'], ['y']),
  ];
  const weights = [
    integers('swapped', [1, 0]),
    floats('k', [2, 2, 1, 1], [1, 2, 3, 4]),
    floats('scales', [2], [1, 10]),
    floats('ones', [2], [1, 1]),
    floats('zeros', [2], [0, 0]),
  ];
  const graph = await imported(modelOf([1, 2, 3, 3], { nodes, weights }));
  const folded = fold(graph);
  expect(folded.nodes.map(({ op }) => op)).toEqual(['input', 'move', 'linear', 'nonlinear', 'move']);
  const input = Float32Array.from({ length: 18 }, (_, i) => i);
  const [as, before] = [await evaluateFloat(folded, 1, input), await evaluateFloat(graph, 1, input)];
  for (const [i, value] of before.logits.entries()) expect(as.logits[i]).toBeCloseTo(value, 3);
  // the first element of the second channel, which was the first: (1 * 0 + 2 * 9) * 10 + 1
  expect(before.logits[9]).toBeCloseTo(181, 1);
});

test('tensors of many axes are computed as they are', async () => {
  const input = Array.from({ length: 48 }, (_, i) => i);
  const model = modelOf([3, 1, 2, 2, 2, 1, 2], { nodes: [node('Neg', ['x'], ['n']), node('Add', ['n', 'n'], ['y'])] });
  expect(await outputOf(model, input)).toEqual(input.map((value) => 0 - 2 * value));
});

test.each([
  ['at the end', [node('Softmax', ['r'], ['y'])], 0],
  ['before a last reshape', [node('Softmax', ['r'], ['s']), node('Reshape', ['s', 'shape'], ['y'])], 0],
  ['in the middle', [node('Softmax', ['r'], ['s']), node('Relu', ['s'], ['y'])], 2],
])('a softmax %s is computed inside where it has to be', async (_, last, smooth) => {
  const nodes = [node('Relu', ['x'], ['r']), ...last];
  const graph = await imported(modelOf([1, 4], { nodes, weights: [integers('shape', [2, 2])] }));
  const { nodes: folded } = fold(graph);
  expect(folded.filter((each) => each.op === 'nonlinear' && each.activation === 'smooth')).toHaveLength(smooth);
});

test.each<[string, readonly string[], readonly number[]]>([
  ['ij,jk->ik', ['x', 'w'], [12, 18, 26, 40]],
  ['ij,jk', ['x', 'w'], [12, 18, 26, 40]],
  ['ij,kj->ki', ['x', 'w'], [10, 22, 19, 43]],
  ['ji,jk -> ik', ['w', 'x'], [17, 24, 25, 36]],
  ['ij,ij->ij', ['x', 'w'], [2, 8, 15, 28]],
  ['ij,ij->j', ['x', 'w'], [17, 36]],
  ['ij,kl->ikjl', ['x', 'w'], [2, 4, 4, 8, 5, 7, 10, 14, 6, 12, 8, 16, 15, 21, 20, 28]],
  ['ij->ji', ['x'], [1, 3, 2, 4]],
  ['ij->j', ['x'], [4, 6]],
])('Einsum %s', async (equation, inputs, expected) => {
  const weights = [floats('w', [2, 2], [2, 4, 5, 7])];
  const nodes = [node('Einsum', inputs, ['y'], { equation })];
  expect(await outputOf(modelOf([2, 2], { nodes, weights }), [1, 2, 3, 4])).toEqual(expected);
});

test.each([
  ['Einsum', ['x', 'x'], { equation: 'ii,ij->j' }, 'expected an equation of letters, each once a tensor, got ii,ij->j'],
  ['Einsum', ['x', 'x'], { equation: '...i,ij' }, 'expected an equation of letters'],
  ['Einsum', ['x', 'x'], { equation: 'ij,jk->i' }, 'expected letters of the result or of both tensors, got k'],
  ['Einsum', ['x', 'x', 'x'], { equation: 'ij,jk,kl->il' }, 'expected one or two tensors, got 3'],
  ['ArgMax', ['x'], {}, 'expected the greatest element of one row, along its axis, got axis 0 of [2,2]. Remove it'],
  ['TopK', ['x', 'k'], {}, 'greatest elements of one row'],
  ['QuantizeLinear', ['x', 'k'], {}, 'got QuantizeLinear, activations as bytes. Export in float'],
  ['ThresholdedRelu', ['x'], { alpha: -1.5 }, 'expected alpha of at least 0, got -1.5'],
  ['LSTM', ['x'], {}, 'got LSTM, a recurrent cell. Replace it'],
  ['QLinearConv', ['x'], {}, 'got QLinearConv, arithmetic on bytes. Export in float'],
])('%s of %j, %j is refused by name', async (operator, inputs, settings, message) => {
  const nodes = [node(operator, inputs, ['y'], settings)];
  const weights = [floats('k', [1], [1])];
  await expect(imported(modelOf([2, 2], { nodes, weights }))).rejects.toThrow(message);
});

describe('a choice of the greatest at the end', () => {
  const classes = [node('Mul', ['x', 'two'], ['m']), node('Softmax', ['m'], ['s'], { axis: 1 })];
  const weights = [floats('two', [], [2]), floats('k', [1], [2])];
  const withEnd = (...ends: ReturnType<typeof node>[]) =>
    imported(modelOf([1, 3], { nodes: [...classes, ...ends], weights }));

  test.each([
    ['argMax', 'ArgMax', ['s'], ['y'], { axis: 1 }],
    ['topK', 'TopK', ['s', 'k'], ['v', 'y'], { axis: -1 }],
  ] as const)(
    'is left to the client, who learns the logits: %s',
    async (ending, operator, inputs, outputs, settings) => {
      const graph = await withEnd(node(operator, [...inputs], [...outputs], settings));
      expect(graph.outputs).toEqual([{ name: 'y', shape: [1, 3], ending }]);
      expect(graph.nodes.some(({ op }) => op === 'softmax')).toBe(true);
      expect(graph.nodes[graph.output]!.op).not.toBe('softmax');
      expect((await evaluateFloat(graph, 1, Float32Array.of(1, 3, 2))).logits).toEqual(Float32Array.of(2, 6, 4));
    },
  );

  test('is one output where a file has values and indices', async () => {
    const nodes = [...classes, node('TopK', ['s', 'k'], ['v', 'i'])];
    const graph = await imported(modelOf([1, 3], { nodes, weights, outputs: ['v', 'i'] }));
    expect(graph.outputs).toEqual([{ name: 'v', shape: [1, 3], ending: 'topK' }]);
  });

  test('has nothing behind it', async () => {
    const nodes = [...classes, node('ArgMax', ['s'], ['i'], { axis: 1 }), node('Cast', ['i'], ['y'], { to: 1 })];
    await expect(imported(modelOf([1, 3], { nodes, weights }))).rejects.toThrow(
      'expected nothing behind the choice of the greatest, got Cast. Cut the model before ArgMax',
    );
  });
});

test('a softmax inside is over the axis that the node names', async () => {
  const nodes = [node('Softmax', ['x'], ['s'], { axis: 1 }), node('Relu', ['s'], ['y'])];
  const found = await outputOf(modelOf([1, 2, 3], { nodes }), [0, 1, 2, 3, 1, 0]);
  const share = (x: number, other: number): number => 1 / (1 + Math.exp(other - x));
  const expected = [share(0, 3), share(1, 1), share(2, 0), share(3, 0), share(1, 1), share(0, 2)];
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 5);
});

test.each<[string, Parameters<typeof modelOf>[1], (x: number) => number]>([
  ['silu', { nodes: [node('Sigmoid', ['x'], ['s']), node('Mul', ['x', 's'], ['y'])] }, (x) => x / (1 + Math.exp(-x))],
  [
    'mish',
    { nodes: [node('Softplus', ['x'], ['s']), node('Tanh', ['s'], ['t']), node('Mul', ['t', 'x'], ['y'])] },
    (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
  ],
  [
    'gelu',
    {
      nodes: [
        node('Div', ['x', 'root'], ['d']),
        node('Erf', ['d'], ['e']),
        node('Add', ['e', 'one'], ['a']),
        node('Mul', ['x', 'a'], ['m']),
        node('Mul', ['m', 'half'], ['y']),
      ],
      weights: [floats('root', [], [Math.SQRT2]), floats('one', [], [1]), floats('half', [], [0.5])],
    },
    (x) => (x * (1 + erf(x / Math.SQRT2))) / 2,
  ],
])('%s in parts is one step', async (name, parts, expected) => {
  const model = modelOf([3], parts);
  const { nodes } = fold(await imported(model));
  const functions = nodes.flatMap((each) =>
    each.op === 'nonlinear' && each.activation === 'smooth' ? [each.function] : [],
  );
  expect(functions).toEqual([name]);
  expect(nodes.map(({ op }) => op)).not.toContain('product');
  const found = await outputOf(model, [-1, 0.5, 2]);
  for (const [i, x] of [-1, 0.5, 2].entries()) expect(found[i]).toBeCloseTo(expected(x), 5);
});

/** From its integral, by Simpson's rule. */
function erf(x: number): number {
  const at = (t: number): number => Math.exp(-t * t);
  const step = x / 200;
  let sum = at(0) + at(x);
  for (let i = 1; i < 200; i++) sum += (i % 2 === 0 ? 2 : 4) * at(i * step);
  return (2 / Math.sqrt(Math.PI)) * (step / 3) * sum;
}

test('a normalisation in parts is as far from the pole of its root as what is added says', async () => {
  const nodes = [
    node('ReduceMean', ['x'], ['mean'], { axes: [1] }),
    node('Sub', ['x', 'mean'], ['centred']),
    node('Pow', ['centred', 'two'], ['square']),
    node('ReduceMean', ['square'], ['variance'], { axes: [1] }),
    node('Add', ['variance', 'epsilon'], ['more']),
    node('Sqrt', ['more'], ['root']),
    node('Div', ['centred', 'root'], ['y']),
  ];
  const weights = [floats('two', [], [2]), floats('epsilon', [], [0.25])];
  const model = modelOf([1, 2], { nodes, weights });
  const functions = fold(await imported(model)).nodes.flatMap((each) =>
    each.op === 'nonlinear' && each.activation === 'smooth' ? [[each.function, each.least]] : [],
  );
  expect(functions).toEqual([['rsqrt', 0.25]]);
  const [first] = await outputOf(model, [1, 2]);
  expect(first).toBeCloseTo(-0.5 / Math.sqrt(0.5), 6);
});
