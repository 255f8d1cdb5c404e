import { describe, expect, test } from 'vitest';
import { list, Maker, text } from './graph-maker.js';

const IMAGE = [6, 5, 3];
const STRIDES = { strides: list(1, 2, 2, 1), data_format: text('NHWC'), dilations: list(1, 1, 1, 1) };

describe('a GraphModel', () => {
  test('convolutions with what is fused into them', async () => {
    const maker = new Maker(IMAGE);
    const fusedOps = (...ops: string[]) => ({ list: { s: ops.map((op) => Buffer.from(op).toString('base64')) } });
    const conv = maker.add('_FusedConv2D', ['x', maker.weights('k', [3, 3, 3, 4]), maker.weights('b', [4])], {
      ...STRIDES,
      padding: text('SAME'),
      fused_ops: fusedOps('BiasAdd', 'Relu6'),
      num_args: { i: '1' },
    });
    const depthwise = maker.add(
      'FusedDepthwiseConv2dNative',
      [conv, maker.weights('dk', [2, 2, 4, 2]), maker.weights('db', [8])],
      {
        strides: list(1, 1, 1, 1),
        data_format: text('NHWC'),
        dilations: list(1, 1, 1, 1),
        padding: text('VALID'),
        fused_ops: fusedOps('BiasAdd', 'Relu'),
        num_args: { i: '1' },
      },
    );
    await maker.check(depthwise, ['input', 'move', 'linear', 'nonlinear', 'linear', 'nonlinear', 'move']);
  });

  test('normalisation, pools, and a classifier', async () => {
    const maker = new Maker(IMAGE);
    const window = {
      ksize: list(1, 2, 2, 1),
      strides: list(1, 2, 2, 1),
      padding: text('SAME'),
      data_format: text('NHWC'),
    };
    const conv = maker.add('Conv2D', ['x', maker.weights('k', [2, 2, 3, 4])], { ...STRIDES, padding: text('VALID') });
    const statistics = ['gamma', 'beta', 'mean', 'variance'].map((name) => maker.weights(name, [4]));
    const normal = maker.add('FusedBatchNormV3', [conv, ...statistics], {
      epsilon: { f: 0.001 },
      is_training: { b: false },
      data_format: text('NHWC'),
    });
    const most = maker.add('MaxPool', [maker.add('Relu', [normal])], window);
    const mean = maker.add('Mean', [maker.add('AvgPool', [most], window), maker.integers('axes', [1, 2])], {
      keep_dims: { b: false },
      Tidx: { type: 'DT_INT32' },
    });
    const product = maker.add('MatMul', [mean, maker.weights('w', [4, 3])], {
      transpose_a: { b: false },
      transpose_b: { b: false },
    });
    const softmax = maker.add('BiasAdd', [product, maker.weights('bias', [3])], { data_format: text('NHWC') });
    await maker.check(maker.add('Identity', [softmax]));
  });

  test('movements, with shapes computed in the graph', async () => {
    const maker = new Maker(IMAGE);
    const zeros = maker.add('Pad', ['x', maker.integers('p', [0, 0, 1, 0, 0, 2, 0, 0], [4, 2])], {
      Tpaddings: { type: 'DT_INT32' },
    });
    const turned = maker.add('Transpose', [zeros, maker.integers('perm', [0, 2, 1, 3])], {
      Tperm: { type: 'DT_INT32' },
    });
    const begin = maker.integers('begin', [0, 1, 0, 0]);
    const part = maker.add(
      'StridedSlice',
      [turned, begin, maker.integers('end', [0, -1, 0, 0]), maker.integers('by', [1, 2, 3, 1])],
      {
        begin_mask: { i: '0' },
        end_mask: { i: '13' },
        ellipsis_mask: { i: '0' },
        new_axis_mask: { i: '0' },
        shrink_axis_mask: { i: '0' },
      },
    );
    const shape = maker.add('Shape', [part], { out_type: { type: 'DT_INT32' } });
    const masks = {
      begin_mask: { i: '0' },
      end_mask: { i: '0' },
      ellipsis_mask: { i: '0' },
      new_axis_mask: { i: '0' },
    };
    const batch = maker.add(
      'StridedSlice',
      [shape, maker.integers('zero', [0]), maker.integers('one', [1]), maker.integers('step', [1])],
      { ...masks, shrink_axis_mask: { i: '1' }, T: { type: 'DT_INT32' } },
    );
    const target = maker.add('Pack', [batch, maker.integers('rest', [-1], [])], {
      axis: { i: '0' },
      N: { i: '2' },
      T: { type: 'DT_INT32' },
    });
    const flat = maker.add('Reshape', [part, target], { Tshape: { type: 'DT_INT32' } });
    const joined = maker.add('ConcatV2', [flat, flat, maker.integers('axis', [1], [])], { N: { i: '2' } });
    await maker.check(maker.add('ExpandDims', [maker.add('Relu', [joined]), maker.integers('at', [2], [])]));
  });

  test('sizes: transposed convolutions, resizing, blocks, parts', async () => {
    const maker = new Maker([4, 4, 4]);
    const size = maker.integers('size', [8, 8]);
    const near = maker.add('ResizeNearestNeighbor', ['x', size], {
      align_corners: { b: false },
      half_pixel_centers: { b: false },
    });
    const between = maker.add('ResizeBilinear', ['x', size], {
      align_corners: { b: false },
      half_pixel_centers: { b: true },
    });
    const up = maker.add(
      'Conv2DBackpropInput',
      [maker.integers('out', [1, 8, 8, 4]), maker.weights('k', [3, 3, 4, 4]), 'x'],
      { ...STRIDES, padding: text('SAME') },
    );
    const blocks = maker.add('DepthToSpace', [maker.add('AddN', [near, between, up], { N: { i: '3' } })], {
      block_size: { i: '2' },
      data_format: text('NHWC'),
    });
    const halves = maker.add('Split', [maker.integers('ax', [2], []), blocks], { num_split: { i: '2' } });
    await maker.check(maker.add('Sub', [halves, `${halves}:1`]));
  });

  test('a node of too few inputs is refused', async () => {
    const maker = new Maker([4]);
    await expect(maker.check(maker.add('BiasAdd', ['x']))).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: 'node BiasAdd1: expected more inputs, got too few. Convert the model again',
    });
  });

  test('a mean over no axes is the tensor itself', async () => {
    const maker = new Maker([3]);
    const mean = maker.add('Mean', ['x', maker.integers('axes', [], [0])], { keep_dims: { b: false } });
    await maker.check(maker.add('Relu', [mean]));
  });

  test('the nearest element where corners are aligned is the rounded one', async () => {
    const maker = new Maker([4, 5, 1]);
    await maker.check(
      maker.add('ResizeNearestNeighbor', ['x', maker.integers('size', [7, 8])], { align_corners: { b: true } }),
    );
  });

  test.each<[string, string, (maker: Maker) => string]>([
    ['a cast that wraps', 'a cast to integers or floats', (m) => m.add('Cast', ['x'], { DstT: { type: 'DT_UINT8' } })],
    [
      'a gather of batches',
      'batch_dims of 0',
      (m) => m.add('GatherV2', ['x', m.integers('i', [0]), m.integers('axis', [1], [])], { batch_dims: { i: '1' } }),
    ],
  ])('%s is refused', async (_, expected, output) => {
    const maker = new Maker([4]);
    await expect(maker.check(maker.add('Relu', [output(maker)]))).rejects.toMatchObject({
      code: 'UNSUPPORTED_LAYER',
      message: expect.stringContaining(`expected ${expected}, got`),
    });
  });

  test('inputs of bytes are refused', async () => {
    const maker = new Maker([4], 'DT_UINT8');
    await expect(maker.check(maker.add('Relu', ['x']))).rejects.toMatchObject({
      code: 'UNSUPPORTED_LAYER',
      message: 'node x (Placeholder): expected an input of floats, got DT_UINT8. Replace the node',
    });
  });

  test('what it does not know is refused by name', async () => {
    const maker = new Maker([4]);
    await expect(maker.check(maker.add('Cumsum', ['x']))).rejects.toMatchObject({
      code: 'UNSUPPORTED_LAYER',
      message: 'node Cumsum1: expected a supported operator, got Cumsum',
    });
  });
});
