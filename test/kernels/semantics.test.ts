/** The reference against an independent implementation: small integers, which a float convolution computes exactly. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Conv2d, dense, inputSize, type Pool2d, weightSize } from '../../src/core/linear-map.js';
import { fromBigInts, toBigInts } from '../../src/core/ring.js';
import { referenceKernels } from '../../src/kernels/reference.js';

const reference = referenceKernels();

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Integers in [-4, 4]. */
function small(count: number): number[] {
  return Array.from({ length: count }, (_, i) => ((i * 7919 + (i >> 3)) % 9) - 4);
}

function words(values: number[]): Uint32Array {
  return fromBigInts(32, values.map(BigInt));
}

type Padding = [[number, number], [number, number], [number, number], [number, number]];

function paddingOf(map: Conv2d | Pool2d): Padding {
  return [
    [0, 0],
    [map.padTop, map.padBottom],
    [map.padLeft, map.padRight],
    [0, 0],
  ];
}

const image: Conv2d = { ...dense(3, 5), inHeight: 9, inWidth: 8, kernelHeight: 3, kernelWidth: 2 };
const padded = { padTop: 2, padBottom: 1, padLeft: 0, padRight: 3 };

describe('conv2d means what tf.conv2d means', () => {
  test.each<[string, Conv2d]>([
    ['plain', image],
    ['stride', { ...image, strideHeight: 2, strideWidth: 3 }],
    ['padding', { ...image, ...padded }],
    ['stride and padding', { ...image, ...padded, strideHeight: 3, strideWidth: 2 }],
    ['dilation', { ...image, dilationHeight: 2, dilationWidth: 3 }],
    ['dilation and padding', { ...image, ...padded, dilationHeight: 3, dilationWidth: 2 }],
  ])('%s', (_, map) => {
    const batch = 2;
    const x = small(batch * inputSize(map));
    const w = small(weightSize(map));
    const expected = tf.conv2d(
      tf.tensor4d(x, [batch, map.inHeight, map.inWidth, map.inChannels]),
      tf.tensor4d(w, [map.kernelHeight, map.kernelWidth, map.inChannels, map.outChannels]),
      [map.strideHeight, map.strideWidth],
      paddingOf(map),
      'NHWC',
      [map.dilationHeight, map.dilationWidth],
    );
    const got = toBigInts(32, reference.conv2d(32, map, batch, words(x), words(w))).map(Number);
    expect(got).toEqual([...expected.dataSync()]);
  });

  const depthwise: Conv2d = { ...image, inChannels: 3, outChannels: 6, groups: 3 };
  test.each<[string, Conv2d]>([
    ['stride and padding', { ...depthwise, ...padded, strideHeight: 2, strideWidth: 2 }],
    ['dilation', { ...depthwise, dilationHeight: 3, dilationWidth: 2 }],
  ])('depthwise with a multiplier of 2, %s', (_, map) => {
    const x = small(inputSize(map));
    // tf has [height, width, in, multiplier] where HWIO of one input a group is [height, width, 1, in * multiplier]
    const w = small(weightSize(map));
    const expected = tf.depthwiseConv2d(
      tf.tensor4d(x, [1, map.inHeight, map.inWidth, map.inChannels]),
      tf.tensor4d(w, [map.kernelHeight, map.kernelWidth, map.inChannels, 2]),
      [map.strideHeight, map.strideWidth],
      paddingOf(map),
      'NHWC',
      [map.dilationHeight, map.dilationWidth],
    );
    const got = toBigInts(32, reference.conv2d(32, map, 1, words(x), words(w))).map(Number);
    expect(got).toEqual([...expected.dataSync()]);
  });
});

test('sumPool is the average pool times the window', () => {
  const pool: Pool2d = {
    inHeight: 8,
    inWidth: 9,
    channels: 3,
    windowHeight: 2,
    windowWidth: 4,
    strideHeight: 2,
    strideWidth: 3,
    padTop: 0,
    padBottom: 0,
    padLeft: 0,
    padRight: 0,
  };
  const x = small(pool.inHeight * pool.inWidth * pool.channels);
  const image4d = tf.tensor4d(x, [1, pool.inHeight, pool.inWidth, pool.channels]);
  const expected = tf.mul(tf.avgPool(image4d, [2, 4], [2, 3], 'valid'), 8);
  const got = toBigInts(32, reference.sumPool(32, pool, 1, words(x))).map(Number);
  expect(got).toEqual([...expected.dataSync()]);
});
