import { describe, expect, test } from 'vitest';
import { type Conv2d, dense } from '../../src/core/linear-map.js';
import { GraphBuilder } from '../../src/model/graph.js';
import { fold } from '../../src/model/passes/fold.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import { importSaved, save, sequential, tf } from './support.js';

const L = tf.layers;
const IMAGE = { inputShape: [8, 8, 3] };

/** The kinds of nodes after folding. */
async function folded(...layers: tf.layers.Layer[]): Promise<string[]> {
  return fold(await importSaved(await save(sequential(...layers)))).nodes.map(({ op }) => op);
}

/** The kinds of nodes in fixed point. */
async function fixed(...layers: tf.layers.Layer[]): Promise<string[]> {
  return (await quantize(await importSaved(await save(sequential(...layers))))).model.graph.nodes.map(({ op }) => op);
}

describe('folding', () => {
  test('batch normalisation goes into the layer before', async () => {
    expect(await folded(L.conv2d({ ...IMAGE, filters: 2, kernelSize: 3 }), L.batchNormalization())).toEqual([
      'input',
      'linear',
    ]);
  });

  test('or into a layer after that has no padding', async () => {
    const relu = () => L.reLU({ ...IMAGE });
    const conv = (padding: 'same' | 'valid') => L.conv2d({ filters: 2, kernelSize: 3, padding });
    expect(await folded(relu(), L.batchNormalization(), conv('valid'))).toEqual(['input', 'nonlinear', 'linear']);
    expect(await folded(relu(), L.batchNormalization(), conv('same'))).toEqual([
      'input',
      'nonlinear',
      'linear',
      'linear',
    ]);
  });

  test('also through a flatten', async () => {
    const layers = [L.reLU({ ...IMAGE }), L.batchNormalization(), L.flatten(), L.dense({ units: 2 })];
    expect(await folded(...layers)).toEqual(['input', 'nonlinear', 'move', 'linear']);
  });

  test('otherwise it is a convolution of each channel on its own', async () => {
    const graph = fold(await importSaved(await save(sequential(L.batchNormalization(IMAGE), L.reLU()))));
    const [, linear] = graph.nodes;
    expect(linear).toMatchObject({ op: 'linear', map: { groups: 3, kernelHeight: 1, inHeight: 8 } });
  });

  test('not into a layer that something else reads too', async () => {
    const input = tf.input({ shape: IMAGE.inputShape });
    const conv = L.conv2d({ filters: 2, kernelSize: 1 }).apply(input) as tf.SymbolicTensor;
    const sum = L.add().apply([conv, L.batchNormalization().apply(conv) as tf.SymbolicTensor]);
    const graph = await importSaved(await save(tf.model({ inputs: input, outputs: sum as tf.SymbolicTensor })));
    expect(fold(graph).nodes.map(({ op }) => op)).toEqual(['input', 'linear', 'linear', 'add']);
  });

  test.each(['relu first', 'pool first'])('a ReLU and a max pool are one step: %s', async (order) => {
    const conv = L.conv2d({ ...IMAGE, filters: 2, kernelSize: 3 });
    const pair = [L.reLU(), L.maxPooling2d({ poolSize: 2 })];
    const layers = order === 'relu first' ? pair : pair.toReversed();
    expect(await folded(conv, ...layers)).toEqual(['input', 'linear', 'nonlinear']);
  });

  test('two max pools stay two steps', async () => {
    const pool = () => L.maxPooling2d({ poolSize: 2 });
    expect(await folded(L.reLU(IMAGE), pool(), pool())).toEqual(['input', 'nonlinear', 'nonlinear']);
  });

  test('an average pool after a ReLU stays after it', async () => {
    const conv = L.conv2d({ ...IMAGE, filters: 2, kernelSize: 3, activation: 'relu' });
    expect(await folded(conv, L.averagePooling2d({ poolSize: 2 }))).toEqual([
      'input',
      'linear',
      'nonlinear',
      'sumPool',
    ]);
  });

  test('zero padding joins the convolution', async () => {
    expect(await folded(L.zeroPadding2d(IMAGE), L.conv2d({ filters: 2, kernelSize: 3 }))).toEqual(['input', 'linear']);
    expect(await folded(L.zeroPadding2d(IMAGE), L.maxPooling2d({ poolSize: 2 }))).toEqual([
      'input',
      'move',
      'nonlinear',
    ]);
  });

  test('softmax goes at the end, and becomes its parts elsewhere', async () => {
    expect(await folded(L.dense({ inputShape: [4], units: 2, activation: 'softmax' }))).toEqual(['input', 'linear']);
    expect(await folded(L.dense({ inputShape: [4], units: 2 }), L.softmax())).toEqual(['input', 'linear']);
    const middle = await folded(L.dense({ inputShape: [4], units: 2, activation: 'softmax' }), L.dense({ units: 2 }));
    expect(middle).not.toContain('softmax');
    expect(middle.filter((op) => op === 'product')).toHaveLength(1);
  });
});

describe('average pools', () => {
  const pool = (poolSize: number, padding: 'same' | 'valid' = 'valid') =>
    L.averagePooling2d({ ...IMAGE, poolSize, padding, strides: 2 });
  const dense = () => [L.flatten(), L.dense({ units: 2 })];

  test('a power of two joins the scale', async () => {
    const { model } = await quantize(await importSaved(await save(sequential(pool(2)))), { activationFractionBits: 8 });
    expect(model.graph.nodes.map(({ op, fractionBits }) => [op, fractionBits])).toEqual([
      ['input', 8],
      ['sumPool', 10],
    ]);
  });

  test('an odd divisor joins the next weights, or is a multiplier where there are none', async () => {
    expect(await fixed(pool(3), ...dense())).toEqual(['input', 'sumPool', 'move', 'linear']);
    expect(await fixed(pool(3), L.reLU(), ...dense())).toEqual(['input', 'sumPool', 'nonlinear', 'move', 'linear']);
    expect(await fixed(pool(3), L.reLU({ maxValue: 6 }), ...dense())).toEqual([
      'input',
      'sumPool',
      'scale',
      'nonlinear',
      'move',
      'linear',
    ]);
    expect(await fixed(pool(3))).toEqual(['input', 'sumPool', 'scale']);
  });

  test("'same' padding has a multiplier for each position", async () => {
    const { model } = await quantize(await importSaved(await save(sequential(pool(3, 'same')))));
    const scale = model.graph.nodes.find((node) => node.op === 'scale')!;
    expect(scale.factors).toHaveLength(16);
    // Windows of 9, 6 and 4 elements inside the image, for TensorFlow pads after the image first.
    expect(new Set(scale.factors).size).toBe(3);
  });
});

describe('public factors', () => {
  const times = (...factors: number[]) => {
    const builder = new GraphBuilder();
    const scaled = factors.reduce(
      (x, factor) => builder.add({ op: 'scale', name: 'times', inputs: [x], factors: [factor] }),
      builder.input('x', [4]),
    );
    return { builder, scaled };
  };

  test('join the scale by their power of two, the next weights by the rest', () => {
    const { builder, scaled } = times(1 / 6);
    const layer = (inputs: number[]) =>
      builder.add({ op: 'linear', name: 'fc', inputs, map: dense(4, 4), weights: new Float32Array(16).fill(3) });
    const relu = builder.add({ op: 'nonlinear', name: 'relu', inputs: [scaled], activation: 'relu' });
    const sum = builder.add({ op: 'add', name: 'sum', inputs: [layer([scaled]), layer([relu])] });
    const { nodes } = fold(builder.finish('net', sum));
    expect(nodes.find((node) => node.op === 'scale')).toMatchObject({ factors: [1 / 8] });
    const weights = nodes.flatMap((node) => (node.op === 'linear' ? [...node.weights] : []));
    expect(weights).toEqual(new Array(32).fill(4));
  });

  test('are theirs to 2^-12 where no weights follow, and take no bits where they are whole', async () => {
    const { builder, scaled } = times(1 / 6, -1);
    const [input, sixth, negative] = (await quantize(builder.finish('net', scaled))).model.graph.nodes;
    const unit = 2 ** (sixth!.fractionBits - input!.fractionBits);
    const factor = sixth!.op === 'scale' ? sixth!.factors[0]! / unit : Number.NaN;
    expect(Math.abs(6 * factor - 1)).toBeLessThanOrEqual(2 ** -12);
    expect(unit).toBeLessThanOrEqual(2 ** 14);
    expect(negative).toMatchObject({ op: 'scale', factors: [-1], fractionBits: sixth!.fractionBits });
  });
});

describe('scales', () => {
  test('branches of different scales meet by shifts left', async () => {
    const input = tf.input({ shape: IMAGE.inputShape });
    const conv = L.conv2d({ filters: 3, kernelSize: 1 }).apply(input) as tf.SymbolicTensor;
    const sum = L.add().apply([conv, input]) as tf.SymbolicTensor;
    const graph = await importSaved(
      await save(tf.model({ inputs: input, outputs: L.reLU().apply(sum) as tf.SymbolicTensor })),
    );
    const { model } = await quantize(graph, { activationFractionBits: 8, weightFractionBits: 9 });
    expect(model.graph.nodes.map(({ op, fractionBits }) => [op, fractionBits])).toEqual([
      ['input', 8],
      ['linear', 17],
      ['shiftLeft', 17],
      ['add', 17],
      ['nonlinear', 8],
    ]);
  });

  test('linear layers in a row are rescaled where there is no room', async () => {
    const layers = () => [0, 1, 2].map((i) => L.dense({ ...(i === 0 ? { inputShape: [8] } : {}), units: 8 }));
    const graph = await importSaved(await save(sequential(...layers())));
    const { model, report } = await quantize(graph, { activationFractionBits: 10, weightFractionBits: 10 });
    expect(report.ringBits).toBe(32);
    const [rescale] = model.graph.nodes.filter((node) => node.op === 'nonlinear');
    expect(rescale).toMatchObject({ activation: 'none', fractionBits: 10, name: expect.stringMatching(/rescale$/) });
  });

  test('what a movement repeats is rescaled before it', async () => {
    const builder = new GraphBuilder();
    const weights = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1));
    const layer = (name: string, inputs: number[], map: Conv2d): number =>
      builder.add({ op: 'linear', name, inputs, map, weights: weights(map.inChannels * map.outChannels) });
    const narrow = layer('one', [builder.input('x', [200])], dense(200, 6));
    const wide = builder.expand('wide', narrow, [50, 6]);
    const output = layer('two', [wide], { ...dense(6, 400), inHeight: 50 });
    const { model } = await quantize(builder.finish('net', output), { activationFractionBits: 12 });
    expect(model.graph.nodes.map(({ op, shape }) => [op, ...shape])).toEqual([
      ['input', 200],
      ['linear', 6],
      ['nonlinear', 6],
      ['move', 50, 6],
      ['linear', 50, 400],
    ]);
  });

  test('an input from 0 to 255 needs fewer fraction bits', async () => {
    const graph = await importSaved(await save(sequential(L.dense({ inputShape: [8], units: 8 }))));
    const bits = async (high: number) =>
      (await quantize(graph, { inputRange: { low: 0, high } })).model.graph.nodes[0]!.fractionBits;
    expect(await Promise.all([1, 2, 255].map(bits))).toEqual([8, 7, 0]);
  });
});
