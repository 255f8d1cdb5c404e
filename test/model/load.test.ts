import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { evaluateFloat } from '../../src/model/float.js';
import { importTfjs } from '../../src/model/import/tfjs/layers-model.js';
import { loadModel } from '../../src/model/load.js';
import { fold } from '../../src/model/passes/fold.js';
import {
  importSaved,
  maxDifference,
  predict,
  randomInput,
  type SavedModel,
  save,
  sequential,
  tf,
  writeSaved,
} from './support.js';

const L = tf.layers;
const image = { inputShape: [4, 4, 2] };

function small(): tf.Sequential {
  return sequential(
    L.dense({ inputShape: [6], units: 5, activation: 'relu', name: 'fc' }),
    L.dense({ units: 3, name: 'out' }),
  );
}

/** The settings of layer `index`, to change them. */
function configOf(saved: SavedModel, index: number): Record<string, unknown> {
  const topology = saved.json.modelTopology as { config: { layers: { config: Record<string, unknown> }[] } };
  return topology.config.layers[index]!.config;
}

function setKind(saved: SavedModel, index: number, kind: string): void {
  const topology = saved.json.modelTopology as { config: { layers: { class_name: string }[] } };
  topology.config.layers[index]!.class_name = kind;
}

describe('from disk', () => {
  test('a saved model is what tfjs predicts, and bears the name of its folder', async () => {
    const model = small();
    const path = await writeSaved(await save(model));
    const graph = await loadModel(path);
    expect(graph.name).toBe(dirname(path).split('/').at(-1));
    const input = randomInput(1, 12);
    const { logits, backend } = await evaluateFloat(graph, 2, input);
    expect(backend).toBe('tfjs-wasm');
    await tf.setBackend('cpu');
    expect(maxDifference(logits, predict(model, input, 2))).toBeLessThan(1e-6);
  });

  test('another file name names the model', async () => {
    const path = await writeSaved(await save(small()));
    const renamed = join(dirname(path), 'digits.json');
    await rename(path, renamed);
    expect((await loadModel(renamed)).name).toBe('digits');
  });

  test('a shard that is cut short', async () => {
    const path = await writeSaved(await save(small()));
    const shard = join(dirname(path), 'weights.bin');
    await writeFile(shard, (await readFile(shard)).subarray(0, 99));
    await expect(loadModel(path)).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: `expected 212 bytes in ${shard}, got 99. Export the model again`,
    });
  });

  test.each([
    ['a missing shard', async (path: string) => rename(join(dirname(path), 'weights.bin'), join(dirname(path), 'w'))],
    ['a file that is no JSON', async (path: string) => writeFile(path, '{"modelTopology":')],
    ['a JSON of something else', async (path: string) => writeFile(path, '[1,2,3]')],
    [
      'a graph model',
      async (path: string) => writeFile(path, '{"format":"graph-model","modelTopology":{},"weightsManifest":[]}'),
    ],
  ])('%s', async (_, harm) => {
    const path = await writeSaved(await save(small()));
    await harm(path);
    await expect(loadModel(path)).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringMatching(/^expected .*, got .*\. [A-Z]/),
    });
  });

  test.each(['missing/model.json', 'model.onnx', '.'])('%s is not a tfjs model.json', async (path) => {
    await expect(loadModel(path)).rejects.toMatchObject({ code: 'BAD_MODEL' });
  });
});

describe('weights', () => {
  async function refused(change: (saved: SavedModel) => SavedModel | undefined): Promise<unknown> {
    const saved = await save(small());
    return importSaved(change(saved) ?? saved).then(
      () => 'accepted',
      (error: unknown) => error,
    );
  }

  test('that are not finite', async () => {
    const error = await refused(({ json, bytes }) => {
      const harmed = bytes.slice();
      new DataView(harmed.buffer).setFloat32(8, Number.NaN, true);
      return { json, bytes: harmed };
    });
    expect(error).toMatchObject({ code: 'BAD_MODEL', message: expect.stringContaining('finite weights in fc/kernel') });
  });

  test('that are missing', async () => {
    const error = await refused(({ json, bytes }) => {
      json.weightsManifest[0]!.weights.pop();
      return { json, bytes: bytes.subarray(0, 200) };
    });
    expect(error).toMatchObject({ code: 'BAD_MODEL', message: expect.stringContaining('the weight out/bias') });
  });

  test('of another shape than the layer', async () => {
    const error = await refused((saved) => {
      configOf(saved, 0).units = 6;
      return saved;
    });
    expect(error).toMatchObject({
      code: 'BAD_MODEL',
      message: 'expected fc/kernel of shape [6,6], got [6,5]. Export the model again',
    });
  });

  test('of a size that no machine has are refused before anything is allocated', async () => {
    const error = await refused(({ json, bytes }) => {
      json.weightsManifest[0]!.weights[0]!.shape = [2 ** 31, 2 ** 31, 2 ** 31];
      return { json, bytes };
    });
    expect(error).toMatchObject({ code: 'BAD_MODEL' });
  });

  test('of a type that is not supported', async () => {
    const error = await refused(({ json, bytes }) => {
      json.weightsManifest[0]!.weights[0]!.dtype = 'complex64';
      return { json, bytes };
    });
    expect(error).toMatchObject({ code: 'BAD_MODEL', message: expect.stringContaining('fc/kernel of complex64') });
  });

  test('named twice', async () => {
    const error = await refused(({ json, bytes }) => {
      json.weightsManifest[0]!.weights[1]!.name = 'fc/kernel';
      return { json, bytes };
    });
    expect(error).toMatchObject({ code: 'BAD_MODEL', message: expect.stringContaining('fc/kernel twice') });
  });

  test.each(['../weights.bin', '/etc/hostname', 'a\\b'])('outside the folder: %s', async (shard) => {
    const error = await refused(({ json, bytes }) => {
      json.weightsManifest[0]!.paths = [shard];
      return { json, bytes };
    });
    expect(error).toMatchObject({ code: 'BAD_MODEL', message: expect.stringContaining('below the model file') });
  });

  test('of a name that two end in is of neither', async () => {
    const saved = await save(small());
    const { weights } = saved.json.weightsManifest[0]!;
    const first = weights[0]!;
    weights.push({ ...first, name: `b/${first.name}` });
    first.name = `a/${first.name}`;
    const bytes = Uint8Array.of(...saved.bytes, ...saved.bytes.subarray(0, 4 * first.shape.reduce((x, y) => x * y)));
    await expect(importSaved({ ...saved, bytes })).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining('among its weights, got none'),
    });
  });

  test('in several shards, cut in the middle of a number', async () => {
    const { json, bytes } = await save(small());
    json.weightsManifest[0]!.paths = ['a', 'b', 'c'];
    const shards: Record<string, Uint8Array> = {
      a: bytes.subarray(0, 41),
      b: bytes.subarray(41, 42),
      c: bytes.subarray(42),
    };
    const cut = await importTfjs(json, async (paths) => paths.map((path) => shards[path]!));
    const whole = await importSaved(await save(small()));
    expect(cut.nodes).toEqual(whole.nodes);
  });

  test.each([
    ['uint8', 1, 0.01],
    ['uint16', 2, 0.0001],
    ['float16', 2, 0.001],
  ] as const)('quantised as %s', async (dtype, width, tolerance) => {
    const { json } = await save(sequential(L.dense({ inputShape: [4], units: 1, useBias: false, name: 'fc' })));
    const [spec] = json.weightsManifest[0]!.weights as [object];
    const values = [-1, -0.25, 0.333, 1];
    const scale = dtype === 'uint8' ? 2 / 255 : 2 / 65535;
    Object.assign(spec, { quantization: dtype === 'float16' ? { dtype } : { dtype, scale, min: -1 } });
    const halves = [0xbc00, 0xb400, 0x3554, 0x3c00];
    const stored = dtype === 'float16' ? halves : values.map((value) => Math.round((value + 1) / scale));
    const bytes = new Uint8Array(
      width === 1 ? Uint8Array.from(stored) : new Uint8Array(Uint16Array.from(stored).buffer),
    );
    const graph = await importSaved({ json, bytes });
    const [, linear] = graph.nodes;
    expect(maxDifference((linear as { weights: Float32Array }).weights, values)).toBeLessThan(tolerance);
  });
});

describe('refused by name', () => {
  test('a layer kind that is not supported, with the list of those that are', async () => {
    const saved = await save(small());
    setKind(saved, 0, 'LSTM');
    const refusal = importSaved(saved);
    await expect(refusal).rejects.toMatchObject({ code: 'UNSUPPORTED_LAYER' });
    await expect(refusal).rejects.toThrow(
      'layer fc: expected a layer of a supported kind, got "LSTM", which is recurrent',
    );
  });

  test.each(['toString', '__proto__', 'constructor'])('a layer kind called %s', async (kind) => {
    const saved = await save(small());
    setKind(saved, 0, kind);
    await expect(importSaved(saved)).rejects.toMatchObject({ code: 'UNSUPPORTED_LAYER' });
  });

  test.each<[string, () => tf.LayersModel, string]>([
    ['SimpleRNN', () => sequential(L.simpleRNN({ units: 2, inputShape: [3, 4] })), 'got "SimpleRNN"'],
  ])('%s', async (_, build, message) => {
    await expect(save(build()).then(importSaved)).rejects.toMatchObject({
      code: 'UNSUPPORTED_LAYER',
      message: expect.stringContaining(message),
    });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['groups that do not divide', { groups: 3 }, 'expected groups that divide 2 and 2 channels'],
  ])('%s', async (_, config, message) => {
    const saved = await save(sequential(L.conv2d({ ...image, filters: 2, kernelSize: 2 })));
    Object.assign(configOf(saved, 0), config);
    await expect(importSaved(saved)).rejects.toMatchObject({
      code: 'UNSUPPORTED_LAYER',
      message: expect.stringContaining(message),
    });
  });

  test.each<[Record<string, unknown>, string]>([[{ threshold: 1 }, 'no threshold, got 1.']])(
    'a ReLU with %j',
    async (config, message) => {
      const saved = await save(sequential(L.reLU({ inputShape: [4] })));
      Object.assign(configOf(saved, 0), config);
      await expect(importSaved(saved)).rejects.toMatchObject({
        code: 'UNSUPPORTED_LAYER',
        message: expect.stringContaining(message),
      });
    },
  );

  test.each<[Record<string, unknown>, string]>([
    [{ strides: [0, 1] }, 'strides[0] to be a number above 0, got 0'],
    [{ filters: { a: 1 } }, 'filters to be a number, got {"a":1}'],
    [{ filters: 1.5 }, 'filters to be a whole number, got 1.5'],
    [{ data_format: 'rows' }, 'data_format to be channels_last or channels_first, got "rows"'],
    [{ strides: 'two' }, 'strides to be a number or a list, got "two"'],
    [{ use_bias: 'yes' }, 'use_bias to be true or false, got "yes"'],
  ])('settings of the wrong type, with the field and what it takes: %j', async (config, message) => {
    const saved = await save(sequential(L.conv2d({ ...image, filters: 2, kernelSize: 2, name: 'conv' })));
    Object.assign(configOf(saved, 0), config);
    await expect(importSaved(saved)).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: `layer conv: expected ${message}. Export the model again`,
    });
  });

  test('a product of one', async () => {
    const saved = await save(multiply([4], [4]));
    const { layers } = (saved.json.modelTopology as { config: { layers: { inbound_nodes: unknown[][] }[] } }).config;
    layers.at(-1)!.inbound_nodes[0]!.pop();
    await expect(importSaved(saved)).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: 'layer product: expected two or more inputs, got 1. Export the model again',
    });
  });

  test('a window larger than the image', async () => {
    const saved = await save(sequential(L.conv2d({ ...image, filters: 2, kernelSize: 2, name: 'conv' })));
    configOf(saved, 0).dilation_rate = [9, 9];
    await expect(importSaved(saved)).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining('layer conv'),
    });
  });

  test('an input of open size', async () => {
    const saved = await save(small());
    configOf(saved, 0).batch_input_shape = [null, null];
    await expect(importSaved(saved)).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringMatching(/expected a fixed shape, got \[\?\]$/),
      facts: { openShape: '[?]' },
    });
  });
});

describe('inputs and outputs', () => {
  test('what ends a network is left to who learns the outputs', async () => {
    const dense = L.dense({ inputShape: [4], units: 6, activation: 'sigmoid' });
    const graph = await importSaved(await save(sequential(dense, L.reshape({ targetShape: [3, 2] }))));
    expect(graph.outputs).toEqual([{ name: expect.any(String), shape: [3, 2], ending: 'sigmoid' }]);
    expect(fold(graph).nodes.map(({ op }) => op)).toEqual(['input', 'linear', 'move']);
    const softmax = L.dense({ inputShape: [4], units: 6, activation: 'softmax' });
    const flat = await importSaved(await save(sequential(softmax, L.reshape({ targetShape: [3, 2] }))));
    expect(flat.outputs[0]).toMatchObject({ ending: 'softmax' });
    expect(fold(flat).nodes.map(({ op }) => op)).toEqual(['input', 'linear', 'move']);
  });

  test('an open size is what is given', async () => {
    const saved = await save(sequential(L.conv2d({ ...image, filters: 2, kernelSize: 2 })));
    configOf(saved, 0).batch_input_shape = [null, null, null, 2];
    const load = (shape: number[]) => importTfjs(saved.json, async () => [saved.bytes], { inputShapes: [{ shape }] });
    expect((await load([3, 5, 2])).outputs[0]!.shape).toEqual([2, 4, 2]);
    await expect(load([3, 5, 1])).rejects.toMatchObject({
      code: 'BAD_VALUE',
      message: expect.stringContaining('expected a shape of [?,?,2], got [3,5,1]'),
    });
  });

  test('several of each are one after the other', async () => {
    const inputs = [tf.input({ shape: [3], name: 'a' }), tf.input({ shape: [2, 2], name: 'b' })];
    const first = L.dense({ units: 2, name: 'c' }).apply(inputs[0]!) as tf.SymbolicTensor;
    const second = L.dense({ units: 4, name: 'd' }).apply(L.flatten().apply(inputs[1]!)) as tf.SymbolicTensor;
    const sum = L.add({ name: 'e' }).apply([L.dense({ units: 4 }).apply(first) as tf.SymbolicTensor, second]);
    const model = tf.model({ inputs, outputs: [first, sum as tf.SymbolicTensor] });
    const graph = await importSaved(await save(model));
    expect(graph.inputs).toEqual([
      { name: 'a', shape: [3] },
      { name: 'b', shape: [2, 2] },
    ]);
    expect(graph.outputs).toEqual([
      { name: 'c', shape: [2] },
      { name: 'e', shape: [4] },
    ]);
    const x = randomInput(5, 7);
    const given = [tf.tensor(x.slice(0, 3), [1, 3]), tf.tensor(x.slice(3), [1, 2, 2])];
    const expected = (model.predict(given) as tf.Tensor[]).flatMap((tensor) => [...tensor.dataSync()]);
    expect(maxDifference((await evaluateFloat(graph, 1, x)).logits, expected)).toBeLessThan(1e-5);
  });
});

/** Of parts of one input, reshaped. */
function multiply(...shapes: number[][]): tf.LayersModel {
  const inputs = tf.input({ shape: [3] });
  const parts = shapes.map((targetShape) => {
    const units = targetShape.reduce((a, b) => a * b);
    return L.reshape({ targetShape }).apply(L.dense({ units }).apply(inputs)) as tf.SymbolicTensor;
  });
  return tf.model({ inputs, outputs: L.multiply({ name: 'product' }).apply(parts) as tf.SymbolicTensor });
}
