import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TacitError } from '../../../src/core/errors.js';
import { importTfjs } from '../../../src/model/import/tfjs/layers-model.js';
import { loadModel } from '../../../src/model/load.js';
import { type SavedModel, save, sequential, tf, writeSaved } from '../support.js';

const L = tf.layers;

/** Every kind of layer that has settings of its own. */
function functional(): tf.LayersModel {
  const input = tf.input({ shape: [6, 6, 2], name: 'image' });
  const apply = (layer: tf.layers.Layer, ...inputs: tf.SymbolicTensor[]) =>
    layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.SymbolicTensor;
  const padded = apply(L.zeroPadding2d({ padding: 1 }), input);
  const conv = apply(L.conv2d({ filters: 2, kernelSize: 3, activation: 'relu' }), padded);
  const normal = apply(L.batchNormalization(), conv);
  const depthwise = apply(L.depthwiseConv2d({ kernelSize: 1 }), normal);
  const separable = apply(L.separableConv2d({ filters: 2, kernelSize: 1 }), depthwise);
  const sum = apply(L.add(), separable, input);
  const product = apply(L.multiply(), sum, conv);
  const joined = apply(L.concatenate(), product, conv);
  const pooled = apply(L.maxPooling2d({ poolSize: 2 }), apply(L.reLU({ maxValue: 6 }), joined));
  const average = apply(L.averagePooling2d({ poolSize: 2, strides: 1 }), pooled);
  const shaped = apply(L.reshape({ targetShape: [2, 2, 4] }), average);
  const outputs = apply(
    L.softmax(),
    apply(L.dense({ units: 3 }), apply(L.flatten(), apply(L.dropout({ rate: 0.5 }), shaped))),
  );
  return tf.model({ inputs: input, outputs });
}

const VALUES: readonly unknown[] = [
  { toString: 1 },
  { __proto__: null, length: -1 },
  null,
  '__proto__',
  '\u0000',
  -1,
  0.5,
  2 ** 31,
  1e308,
  [],
  [null, { toString: 1 }],
];

type Path = readonly (string | number)[];

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key]))];
}

function changed(json: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const copy = Array.isArray(json) ? [...json] : { ...(json as Record<string, unknown>) };
  Object.assign(copy, { [key]: changed((json as Record<string | number, unknown>)[key], rest, value) });
  return copy;
}

describe.each<[string, () => tf.LayersModel]>([
  ['Sequential', () => sequential(L.dense({ inputShape: [6], units: 5, activation: 'relu' }), L.dense({ units: 3 }))],
  ['Functional', functional],
])('a %s model with one value changed', (_, build) => {
  test('is a graph or is refused in one line, with a code', async () => {
    const { json, bytes } = await save(build());
    const kinds = new Set<string>();
    for (const [i, path] of pathsIn(json).entries()) {
      // each place takes the first value, and in turn two of the others
      const others = [VALUES[1 + (i % 10)], VALUES[1 + ((i + 5) % 10)]];
      for (const value of [VALUES[0], ...others]) {
        const outcome = await importTfjs(changed(json, path, value), async () => [bytes]).then(
          () => 'accepted',
          (error: unknown) => error,
        );
        const what = `${path.join('.')} = ${JSON.stringify(value)}: ${outcome}`;
        if (outcome === 'accepted') {
          kinds.add('accepted');
          continue;
        }
        expect(outcome, what).toBeInstanceOf(TacitError);
        const { code, message } = outcome as TacitError;
        expect(['BAD_MODEL', 'UNSUPPORTED_LAYER'], what).toContain(code);
        expect(message, what).toMatch(/^[^\n]{1,600}$/);
        kinds.add(code);
      }
    }
    expect([...kinds].sort()).toEqual(['BAD_MODEL', 'UNSUPPORTED_LAYER', 'accepted']);
  });
});

describe('a weight file', () => {
  async function loaded(harm: (shard: string) => void | Promise<void>): Promise<unknown> {
    const path = await writeSaved(await save(sequential(L.dense({ inputShape: [6], units: 3 }))));
    const shard = join(dirname(path), 'weights.bin');
    await rm(shard);
    await harm(shard);
    return loadModel(path).then(
      () => 'accepted',
      (error: unknown) => error,
    );
  }

  test.each<[string, (shard: string) => void | Promise<void>, string]>([
    ['that is a device without an end', (shard) => symlink('/dev/zero', shard), 'a regular file'],
    ['that is a pipe without a writer', (shard) => void execFileSync('mkfifo', [shard]), 'a regular file'],
    ['that is a folder', (shard) => void execFileSync('mkdir', [shard]), 'a regular file'],
    [
      'of 8 TiB, sparse',
      async (shard) => {
        execFileSync('touch', [shard]);
        await truncate(shard, 2 ** 43);
      },
      'weights.bin, got 8796093022208. Export the model again',
    ],
    [
      'that is a link to a file of another folder',
      async (shard) => {
        const elsewhere = join(await mkdtemp(join(tmpdir(), 'tacit-elsewhere-')), 'weights.bin');
        await writeFile(elsewhere, new Uint8Array(4 * 21));
        await symlink(elsewhere, shard);
      },
      'a link to another',
    ],
  ])('%s is refused before it is read', async (_, harm, message) => {
    expect(await loaded(harm)).toMatchObject({ code: 'BAD_MODEL', message: expect.stringContaining(message) });
  });

  test('of another size than the manifest says, though the manifest asks for more than there is memory', async () => {
    const saved: SavedModel = await save(sequential(L.dense({ inputShape: [6], units: 3 })));
    saved.json.weightsManifest[0]!.weights[0]!.shape = [2 ** 31, 2 ** 31];
    await expect(loadModel(await writeSaved(saved))).rejects.toMatchObject({ code: 'BAD_MODEL' });
  });
});

test('weights of 2 GiB are refused before they are read, sparse files as the manifest says included', async () => {
  const saved = await save(sequential(L.dense({ inputShape: [6], units: 3 })));
  saved.json.weightsManifest[0]!.weights.push({ name: 'unused', shape: [2 ** 29 - 21], dtype: 'float32' });
  const path = await writeSaved(saved);
  await truncate(join(dirname(path), 'weights.bin'), 2 ** 31);
  await expect(loadModel(path)).rejects.toMatchObject({
    code: 'BAD_MODEL',
    message: 'expected at most 1073741824 bytes of weights, got 2147483648. Export the model again',
  });
});

test('an image of 2^23 columns is refused before anything moves', async () => {
  const saved = await save(sequential(L.averagePooling2d({ inputShape: [9, 8, 3], poolSize: 2, padding: 'same' })));
  const text = JSON.stringify(saved.json).replace('[null,9,8,3]', '[null,9,8388608,3]');
  await expect(importTfjs(JSON.parse(text), async () => [saved.bytes])).rejects.toMatchObject({
    code: 'BAD_MODEL',
    message: expect.stringContaining('a shape of 1 to 67108864 elements'),
  });
});

test('a name with control characters is part of a refusal of one line', async () => {
  const { json, bytes } = await save(functional());
  const text = JSON.stringify(json).replace(/"flatten_Flatten\d+",0,0/, '"a\\u0000\\n\\u001b[31mb\\u2028c",0,0');
  const error = await importTfjs(JSON.parse(text), async () => [bytes]).then(
    () => undefined,
    (cause: unknown) => cause as TacitError,
  );
  expect(error).toMatchObject({ code: 'BAD_MODEL' });
  expect(error!.message).toContain('a [31mb c');
});

test.each(['model.onnx', 'model.json', 'model.keras', 'model.h5'])('an empty %s is called empty', async (name) => {
  const path = join(await mkdtemp(join(tmpdir(), 'tacit-empty-')), name);
  await writeFile(path, '');
  await expect(loadModel(path)).rejects.toThrow(`expected a model in ${path}, got an empty file`);
});

test('a model.json that is a pipe or a device is refused', async () => {
  const path = await writeSaved(await save(sequential(L.dense({ inputShape: [6], units: 3 }))));
  for (const make of [() => execFileSync('mkfifo', [path]), () => symlink('/dev/zero', path)]) {
    await rm(path);
    await make();
    await expect(loadModel(path)).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining('expected a regular file'),
    });
  }
});
