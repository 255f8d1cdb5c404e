import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sizeOf } from '../../../src/core/ring.js';
import { evaluateFloat } from '../../../src/model/float.js';
import { loadModel } from '../../../src/model/load.js';
import { ended } from '../../../src/model/ops/ending.js';
import { fold } from '../../../src/model/passes/fold.js';
import { maxDifference, randomInput, tf } from '../support.js';

interface Node {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, unknown>>;
}

const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
const list = (...values: number[]) => ({ list: { i: values.map(String) } });
const FLOAT = { type: 'DT_FLOAT' };

/** A graph from x, and the constants that it names. */
class Maker {
  readonly nodes: Node[] = [];
  readonly specs: { name: string; shape: number[]; dtype: 'float32' | 'int32' }[] = [];
  readonly values: number[][] = [];
  readonly shape: readonly number[];

  constructor(shape: readonly number[]) {
    this.shape = shape;
    const dim = [-1, ...shape].map((size) => ({ size: String(size) }));
    this.nodes.push({ name: 'x', op: 'Placeholder', attr: { shape: { shape: { dim } }, dtype: FLOAT } });
  }

  weights(name: string, shape: number[]): string {
    const values = randomInput(name.length + shape.length, sizeOf(shape), -0.5, 0.5);
    return this.#constant(name, shape, 'float32', name.includes('variance') ? values.map((v) => v + 1) : values);
  }

  integers(name: string, values: readonly number[], shape = [values.length]): string {
    return this.#constant(name, shape, 'int32', values);
  }

  #constant(name: string, shape: number[], dtype: 'float32' | 'int32', values: ArrayLike<number>): string {
    this.specs.push({ name, shape, dtype });
    this.values.push(Array.from(values));
    this.nodes.push({ name, op: 'Const', attr: { dtype: { type: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' } } });
    return name;
  }

  add(op: string, input: readonly string[], attr: Readonly<Record<string, unknown>> = {}): string {
    const name = `${op}${this.nodes.length}`;
    this.nodes.push({ name, op, input, attr: { T: FLOAT, ...attr } });
    return name;
  }

  get bytes(): Uint8Array {
    const arrays = this.values.map((values, i) => {
      const array = this.specs[i]!.dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
      return new Uint8Array(array.buffer);
    });
    return Buffer.concat(arrays);
  }

  /** What tfjs predicts, and what the imported graph computes. */
  async check(output: string, kinds?: readonly string[]): Promise<void> {
    const outputs = { y: { name: `${output}:0` } };
    const modelTopology = { node: this.nodes, versions: { producer: 1 } };
    const weightsManifest = [{ paths: ['weights.bin'], weights: this.specs }];
    const json = {
      format: 'graph-model',
      modelTopology,
      weightsManifest,
      userDefinedMetadata: { signature: { outputs } },
    };
    const folder = await mkdtemp(join(tmpdir(), 'tacit-graph-'));
    await writeFile(join(folder, 'model.json'), JSON.stringify(json));
    await writeFile(join(folder, 'weights.bin'), this.bytes);
    const graph = await loadModel(join(folder, 'model.json'));
    const input = randomInput(9, sizeOf(this.shape), -1, 1);
    const weightData = Uint8Array.from(this.bytes).buffer;
    await tf.setBackend('cpu');
    const artifacts = { modelTopology, weightSpecs: this.specs, weightData, signature: { outputs } };
    const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts as tf.io.ModelArtifacts));
    const expected = tf.tidy(() => {
      const result = model.execute({ x: tf.tensor(input, [1, ...this.shape]) }, output) as tf.Tensor;
      return { shape: result.shape, values: result.dataSync() as Float32Array };
    });
    expect(graph.outputs[0]!.shape).toEqual(expected.shape);
    const { logits } = await evaluateFloat(fold(graph), 1, input);
    expect(maxDifference(ended(graph.outputs, logits), expected.values)).toBeLessThan(1e-4);
    if (kinds !== undefined) expect(fold(graph).nodes.map(({ op }) => op)).toEqual(kinds);
  }
}

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

  test('what it does not know is refused by name', async () => {
    const maker = new Maker([4]);
    await expect(maker.check(maker.add('Cumsum', ['x']))).rejects.toMatchObject({
      code: 'UNSUPPORTED_LAYER',
      message: 'node Cumsum1: expected a supported operator, got Cumsum',
    });
  });
});
