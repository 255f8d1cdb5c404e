/** What files say of the images that their networks take, and that what they do not say stays open. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, StringStringEntryProtoSchema, TensorProto_DataType } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import type { ModelCard } from '../../src/model/card.js';
import { importOnnx } from '../../src/model/import/onnx/import.js';
import { loadModel } from '../../src/model/load.js';
import { modelOf, node } from './import/onnx/support.js';
import { importSaved, save, sequential, tf, writeSaved } from './support.js';

const L = tf.layers;
const inputShape = [4, 4, 3];

describe('a LayersModel', () => {
  const dense = () => [L.flatten(), L.dense({ units: 2 })];
  const rescaled = (scale: number, offset = 0) => sequential(L.rescaling({ inputShape, scale, offset }), ...dense());

  it.each<readonly [string, () => tf.LayersModel, ModelCard | undefined]>([
    ['brings bytes to [0, 1] itself', () => rescaled(1 / 255), { scale: 1 }],
    ['brings bytes to [-1, 1] itself', () => rescaled(1 / 127.5, -1), { scale: 1 }],
    ['does so in a model inside', () => sequential(rescaled(1 / 255), L.dense({ units: 2 })), { scale: 1 }],
    [
      'augments in training what it then brings to [0, 1]',
      () =>
        sequential(
          sequential(L.dropout({ inputShape, rate: 0.1 }), L.gaussianNoise({ stddev: 0.1 }) as tf.layers.Layer),
          L.dropout({ rate: 0.1 }),
          L.rescaling({ scale: 1 / 255 }),
          ...dense(),
        ),
      { scale: 1 },
    ],
    ['brings [0, 1] to [-1, 1]', () => rescaled(2, -1), undefined],
    [
      'rescales what is no input',
      () => sequential(L.flatten({ inputShape }), L.rescaling({ scale: 1 / 255 }), L.dense({ units: 2 })),
      undefined,
    ],
    ['says nothing', () => sequential(L.flatten({ inputShape }), L.dense({ units: 2 })), undefined],
  ])('that %s', async (_, model, card) => expect((await importSaved(await save(model()))).card).toEqual(card));

  it.each<readonly [string, string, ModelCard | undefined]>([
    [
      "Teachable Machine's",
      '{"packageName":"@teachablemachine/image","labels":["cat","sea\\u0007bass"],"imageSize":4}',
      { scale: 1 / 127, mean: [1], labels: ['cat', 'sea bass'] },
    ],
    ["another program's", '{"packageName":"other","labels":["cat","dog"]}', undefined],
    ['of other things', '{"packageName":"@teachablemachine/image","labels":[1]}', undefined],
  ])('with a metadata.json beside it, %s', async (_, metadata, card) => {
    const path = await writeSaved(await save(sequential(L.flatten({ inputShape }), L.dense({ units: 2 }))));
    await writeFile(join(dirname(path), 'metadata.json'), metadata);
    expect((await loadModel(path)).card).toEqual(card);
  });

  it('with a metadata.json beside it that is broken is refused: it may say what pixels become', async () => {
    const path = await writeSaved(await save(sequential(L.flatten({ inputShape }), L.dense({ units: 2 }))));
    await writeFile(join(dirname(path), 'metadata.json'), '{"packageName":');
    await expect(loadModel(path)).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringMatching(/^expected JSON in [^ ]*metadata\.json, got text that does not parse/),
    });
  });
});

describe('an ONNX file', () => {
  async function cardOf(
    facts: Readonly<Record<string, string>>,
    denotations: readonly string[] = [],
  ): Promise<ModelCard | undefined> {
    const model = modelOf([1, 3, 4, 4], { nodes: [node('Relu', ['x'], ['y'])] });
    model.metadataProps = Object.entries(facts).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    );
    const type = model.graph!.input[0]!.type!.value;
    if (type.case === 'tensorType') {
      for (const [axis, denotation] of denotations.entries()) type.value.shape!.dim[axis]!.denotation = denotation;
    }
    const { card } = await importOnnx(toBinary(ModelProtoSchema, model), () =>
      Promise.reject(new Error('nothing beside')),
    );
    return card;
  }

  it.each<readonly [Readonly<Record<string, string>>, ModelCard | undefined]>([
    [{}, undefined],
    [{ author: 'someone' }, undefined],
    [
      { 'Image.NominalPixelRange': 'NominalRange_0_255', 'Image.BitmapPixelFormat': 'Bgr8' },
      { scale: 1, blueFirst: true },
    ],
    [{ 'Image.NominalPixelRange': 'Normalized_0_1', 'Image.BitmapPixelFormat': 'Rgb8' }, { scale: 1 / 255 }],
    [{ 'Image.NominalPixelRange': 'Normalized_1_1' }, { mean: [0.5], std: [0.5] }],
    [{ 'Image.NominalPixelRange': 'NominalRange_16_235' }, { scale: 219 / 255, mean: [-16] }],
    [{ 'Image.NominalPixelRange': 'another' }, undefined],
  ])('with the metadata %j', async (facts, card) => expect(await cardOf(facts)).toEqual(card));

  it('may take bytes, which then are not divided', async () => {
    const model = modelOf([1, 3, 4, 4], {
      nodes: [node('Cast', ['x'], ['f'], { to: TensorProto_DataType.FLOAT }), node('Relu', ['f'], ['y'])],
    });
    const type = model.graph!.input[0]!.type!.value;
    if (type.case === 'tensorType') type.value.elemType = TensorProto_DataType.UINT8;
    const nothing = () => Promise.reject(new Error('nothing beside'));
    expect((await importOnnx(toBinary(ModelProtoSchema, model), nothing)).card).toEqual({ scale: 1 });
  });

  it('may name its axes', async () => {
    const feature = ['DATA_FEATURE', 'DATA_FEATURE'];
    expect(await cardOf({}, ['DATA_BATCH', 'DATA_CHANNEL', ...feature])).toEqual({ layout: 'nchw' });
    expect(await cardOf({}, ['DATA_BATCH', ...feature, 'DATA_CHANNEL'])).toEqual({ layout: 'nhwc' });
    expect(await cardOf({}, ['DATA_BATCH', ...feature])).toBeUndefined();
  });
});
