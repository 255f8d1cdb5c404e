import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadMnistTest } from '../../models/mnist.js';
import { ZOO, zooModelPath } from '../../models/zoo.js';

// The training scripts are plain JavaScript without declarations.
const script = (name: string) => import(new URL(`../../models/train/${name}.mjs`, import.meta.url).href);

const LEAST_RIGHT_OF_1000 = 970;

beforeAll(async () => {
  const { startBackend } = await script('backend');
  await startBackend();
});

afterAll(() => tf.removeBackend('wasm'));

describe('training kernels', () => {
  const gradients = (n: number, side: number, channels: number, taps: number, filters: number, stride: number) =>
    tf.tidy(() => {
      const x = tf.randomNormal<tf.Rank.R4>([n, side, side, channels], 0, 1, 'float32', 1);
      const w = tf.randomNormal<tf.Rank.R4>([taps, taps, channels, filters], 0, 1, 'float32', 2);
      const loss = (x: tf.Tensor, w: tf.Tensor) =>
        tf
          .conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'valid')
          .square()
          .sum()
          .div<tf.Scalar>(1000);
      return tf
        .grads(loss)([x, w])
        .map((gradient) => gradient.dataSync<'float32'>());
    });

  it.each([
    [1, 5, 1, 5, 1, 1],
    [2, 7, 3, 5, 4, 1],
    [3, 6, 2, 2, 5, 1],
    [2, 9, 2, 5, 3, 2],
    [1, 8, 1, 3, 2, 2],
  ])(
    'convolution gradients equal those of the cpu backend (%i images, side %i, %i channels, %i taps, %i filters, stride %i)',
    async (...sizes) => {
      const [dX, dW] = gradients(...sizes);
      await tf.setBackend('cpu');
      const [dXofCpu, dWofCpu] = gradients(...sizes);
      await tf.setBackend('wasm');
      dX!.forEach((v, i) => {
        expect(v).toBeCloseTo(dXofCpu![i]!, 3);
      });
      dW!.forEach((v, i) => {
        expect(v).toBeCloseTo(dWofCpu![i]!, 3);
      });
    },
  );

  it('refuses a padded convolution rather than compute another gradient', () => {
    const image = tf.ones<tf.Rank.R4>([1, 5, 5, 1]);
    const loss = (w: tf.Tensor) => tf.conv2d(image, w as tf.Tensor4D, 1, 'same').sum<tf.Scalar>();
    expect(() => tf.grad(loss)(tf.ones([3, 3, 1, 1]))).toThrow(/without padding/);
  });
});

describe('guaranteed ranges', () => {
  it('hold for corner inputs and are reached by them in the first layer', async () => {
    const { measureRanges } = await script('ranges');
    const { loadModel } = await script('save');
    const model: tf.LayersModel = await loadModel(zooModelPath('secureml')!);
    const ranges: { layer: string; low: number; high: number }[] = measureRanges(model);
    const reached = (layer: string, images: tf.Tensor) => {
      const head = tf.model({ inputs: model.inputs, outputs: model.getLayer(layer).output as tf.SymbolicTensor });
      return (head.predict(images) as tf.Tensor).dataSync();
    };
    // For each unit of the first layer, the image that is ink exactly where its weights are positive.
    const [weights] = model.getLayer('fc1').getWeights();
    const images = weights!.transpose().greater(0).cast('float32').reshape([-1, 28, 28, 1]);
    expect(Math.max(...reached('fc1', images))).toBeCloseTo(ranges[0]!.high, 3);
    for (const { layer, low, high } of ranges) {
      const values = reached(layer, images);
      expect(Math.max(...values)).toBeLessThanOrEqual(high * 1.0001);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(low * 1.0001);
    }
  });
});

describe('zoo', () => {
  it.each(ZOO)('%s loads and recognises the shipped images', async (name) => {
    const { loadModel } = await script('save');
    const { accuracy } = await script('training');
    const { count, images, labels } = loadMnistTest();
    const model = await loadModel(zooModelPath(name)!);
    expect(accuracy(model, { count, images, labels }) * count).toBeGreaterThanOrEqual(LEAST_RIGHT_OF_1000);
    model.dispose();
  });
});
