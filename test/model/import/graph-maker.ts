/** GraphModels built in tests, node by node, as tensorflowjs_converter writes them. @module */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
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

export function text(value: string): { readonly s: string } {
  return { s: Buffer.from(value).toString('base64') };
}

export function list(...values: number[]): { readonly list: { readonly i: readonly string[] } } {
  return { list: { i: values.map(String) } };
}

const FLOAT = { type: 'DT_FLOAT' };

interface GraphJson {
  readonly format: string;
  readonly modelTopology: { readonly node: readonly Node[]; readonly versions: { readonly producer: number } };
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: Maker['specs'] }[];
  readonly userDefinedMetadata: { readonly signature: { readonly outputs: { readonly y: { readonly name: string } } } };
}

/** A graph from x, and the constants that it names. */
export class Maker {
  readonly nodes: Node[] = [];
  readonly specs: { name: string; shape: number[]; dtype: 'float32' | 'int32' }[] = [];
  readonly values: number[][] = [];
  readonly shape: readonly number[];

  constructor(shape: readonly number[], type = 'DT_FLOAT') {
    this.shape = shape;
    const dim = [-1, ...shape].map((size) => ({ size: String(size) }));
    this.nodes.push({ name: 'x', op: 'Placeholder', attr: { shape: { shape: { dim } }, dtype: { type } } });
  }

  weights(name: string, shape: number[]): string {
    const values = randomInput(name.length + shape.length, sizeOf(shape), -0.5, 0.5);
    return this.#constant(name, shape, 'float32', name.includes('variance') ? values.map((v) => v + 1) : values);
  }

  integers(name: string, values: readonly number[], shape: number[] = [values.length]): string {
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

  get bytes(): Uint8Array<ArrayBuffer> {
    const arrays = this.values.map((values, i) => {
      const array = this.specs[i]!.dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
      return new Uint8Array(array.buffer);
    });
    return Buffer.concat(arrays);
  }

  /** What model.json holds. */
  json(output: string): GraphJson {
    return {
      format: 'graph-model',
      modelTopology: { node: this.nodes, versions: { producer: 1 } },
      weightsManifest: [{ paths: ['weights.bin'], weights: this.specs }],
      userDefinedMetadata: { signature: { outputs: { y: { name: `${output}:0` } } } },
    };
  }

  /** What tfjs predicts, and what the imported graph computes. */
  async check(output: string, kinds?: readonly string[]): Promise<void> {
    const json = this.json(output);
    const { modelTopology } = json;
    const { signature } = json.userDefinedMetadata;
    const folder = await mkdtemp(join(tmpdir(), 'tacit-graph-'));
    await writeFile(join(folder, 'model.json'), JSON.stringify(json));
    await writeFile(join(folder, 'weights.bin'), this.bytes);
    const graph = await loadModel(join(folder, 'model.json'));
    const input = randomInput(9, sizeOf(this.shape), -1, 1);
    const weightData = Uint8Array.from(this.bytes).buffer;
    await tf.setBackend('cpu');
    const artifacts = { modelTopology, weightSpecs: this.specs, weightData, signature };
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

/** One of many operators, and one that computes with shapes. */
export function graphModels(): readonly { readonly json: unknown; readonly bytes: Uint8Array }[] {
  const image = new Maker([6, 5, 3]);
  const window = {
    ksize: list(1, 2, 2, 1),
    strides: list(1, 2, 2, 1),
    padding: text('SAME'),
    data_format: text('NHWC'),
    dilations: list(1, 1, 1, 1),
  };
  const conv = image.add('_FusedConv2D', ['x', image.weights('k', [3, 3, 3, 4]), image.weights('b', [4])], {
    ...window,
    fused_ops: { list: { s: ['BiasAdd', 'Relu6'].map((op) => text(op).s) } },
    num_args: { i: '1' },
  });
  const statistics = ['gamma', 'beta', 'mean', 'variance'].map((name) => image.weights(name, [4]));
  const normal = image.add('FusedBatchNormV3', [conv, ...statistics], { epsilon: { f: 0.001 } });
  const depthwise = image.add('DepthwiseConv2dNative', [normal, image.weights('dk', [2, 2, 4, 2])], {
    ...window,
    strides: list(1, 1, 1, 1),
  });
  const large = image.add('ResizeBilinear', [depthwise, image.integers('size', [6, 6])], {
    half_pixel_centers: { b: true },
  });
  const pooled = image.add('MaxPool', [image.add('Relu', [large])], window);
  const padded = image.add('Pad', [pooled, image.integers('p', [0, 0, 1, 0, 0, 2, 0, 0], [4, 2])]);
  const turned = image.add('Transpose', [padded, image.integers('perm', [0, 2, 1, 3])]);
  const mean = image.add('Mean', [turned, image.integers('axes', [1, 2])], { keep_dims: { b: false } });
  const product = image.add('MatMul', [mean, image.weights('w', [8, 3])]);
  const output = image.add('BiasAdd', [product, image.weights('bias', [3])]);

  const shaped = new Maker([4, 4, 4]);
  const masks = { begin_mask: { i: '0' }, end_mask: { i: '0' }, shrink_axis_mask: { i: '1' } };
  const ends = [shaped.integers('zero', [0]), shaped.integers('one', [1]), shaped.integers('step', [1])];
  const batch = shaped.add('StridedSlice', [shaped.add('Shape', ['x']), ...ends], masks);
  const target = shaped.add('Pack', [batch, shaped.integers('rest', [-1], [])], { axis: { i: '0' }, N: { i: '2' } });
  const flat = shaped.add('Reshape', ['x', target]);
  const halves = shaped.add('Split', [shaped.integers('ax', [1], []), flat], { num_split: { i: '2' } });
  const joined = shaped.add('ConcatV2', [halves, `${halves}:1`, shaped.integers('axis', [1], [])], { N: { i: '2' } });
  const tiled = shaped.add('Tile', [joined, shaped.integers('times', [1, 2])]);

  return [
    { json: image.json(output), bytes: image.bytes },
    { json: shaped.json(tiled), bytes: shaped.bytes },
  ];
}
