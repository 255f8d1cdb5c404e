/** tfjs models built in tests, saved as tfjs saves them, and inputs from a seed. @module */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { decode, encode } from '../../src/core/fixed.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import type { FixedModel, InputNode } from '../../src/model/fixed-model.js';
import type { Graph } from '../../src/model/graph.js';
import { importTfjs } from '../../src/model/import/tfjs/layers-model.js';
import { evaluatePlain, type PlainOptions } from '../../src/model/plain.js';

tf.enableProdMode();
await tf.setBackend('cpu');

/** A generator of reals in [0, 1) (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomInput(seed: number, count: number, low = 0, high = 1): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length: count }, () => low + next() * (high - low));
}

/** What model.save writes: topology, manifest, weight bytes. */
export interface SavedModel {
  readonly json: {
    readonly format: string;
    readonly modelTopology: unknown;
    readonly weightsManifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[];
  };
  readonly bytes: Uint8Array;
}

/**
 * Gives every weight a value from the seed (variances stay positive) times what its layer's are to be of, then saves the model in
 * memory.
 */
export async function save(
  model: tf.LayersModel,
  seed = 1,
  magnitudeOf: (layer: string) => number = () => 1,
): Promise<SavedModel> {
  const next = random(seed);
  for (const weight of model.weights) {
    const size = weight.shape.reduce<number>((product, extent) => product * (extent ?? 1), 1);
    const fan = Math.max(1, size / (weight.shape.at(-1) ?? 1));
    const spread = weight.shape.length > 1 ? 1.5 / Math.sqrt(fan) : 0.5;
    const positive = weight.name.includes('variance') || weight.name.includes('gamma');
    const magnitude = weight.name.includes('variance') ? 1 : magnitudeOf(weight.name.split('/')[0]!);
    const values = Float32Array.from(
      { length: size },
      () => magnitude * (positive ? 0.5 + next() : (2 * next() - 1) * spread),
    );
    weight.write(tf.tensor(values, weight.shape as number[]));
  }
  let saved: SavedModel | undefined;
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const bytes = new Uint8Array(weightData as ArrayBuffer);
      const weights = (weightSpecs ?? []).map(({ name, shape, dtype }) => ({ name, shape, dtype }));
      const weightsManifest = [{ paths: ['weights.bin'], weights }];
      const json = { format: 'layers-model', modelTopology: modelTopology ?? {}, weightsManifest };
      saved = { json: JSON.parse(JSON.stringify(json)), bytes };
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return saved!;
}

/** Imports a saved model without a detour over the disk. */
export function importSaved({ json, bytes }: SavedModel): Promise<Graph> {
  return importTfjs(json, async () => [bytes]);
}

/** Writes a saved model to a fresh folder and gives the path of its model.json. */
export async function writeSaved({ json, bytes }: SavedModel): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tacit-model-'));
  await writeFile(join(folder, 'model.json'), JSON.stringify(json));
  await writeFile(join(folder, 'weights.bin'), bytes);
  return join(folder, 'model.json');
}

export function sequential(...layers: tf.layers.Layer[]): tf.Sequential {
  return tf.sequential({ layers });
}

/** What tfjs itself predicts. */
export function predict(model: tf.LayersModel, input: Float32Array, batch: number): Float32Array {
  const shape = model.inputs[0]!.shape.slice(1) as number[];
  return tf.tidy(() => (model.predict(tf.tensor(input, [batch, ...shape])) as tf.Tensor).dataSync() as Float32Array);
}

/** Encodes reals at the model's input scale. */
export function encodeInput(model: FixedModel, input: Float32Array): Uint32Array {
  const { ringBits, nodes } = model.graph;
  const [node] = nodes as [InputNode];
  return encode(ringBits, node.fractionBits, input, node);
}

/** The fixed-point logits as reals, on the reference kernels. */
export function evaluateFixed(
  model: FixedModel,
  batch: number,
  input: Float32Array,
  options: PlainOptions = {},
): Float64Array {
  const { ringBits, nodes, output } = model.graph;
  const result = evaluatePlain(model, referenceKernels(), batch, encodeInput(model, input), options);
  return decode(ringBits, nodes[output]!.fractionBits, result.output);
}

/** The greatest absolute difference. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`expected equal lengths, got ${a.length} and ${b.length}`);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

export { tf };
