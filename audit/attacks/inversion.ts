/**
 * Inversion: what a class looks like, by the weights; and what an input looked like, by the answer to it alone.
 * @module
 */

import type { Scalar } from '@tensorflow/tfjs-core';
import { turn } from '#platform';
import type { Tensor } from '../../src/model/ops/tensorflow.js';
import {
  type Attack,
  bestLabels,
  type Finding,
  halvesOf,
  type Labelled,
  type Picture,
  type Target,
} from '../attack.js';
import { Network } from '../network.js';
import { product } from '../product.js';
import type { Random } from '../random.js';
import { joined, oneHot, pick } from '../rows.js';
import type { Answers, Service } from '../service.js';

const STEPS = 200;
/** Of the range, at first. */
const STEP = 0.02;
/** Against noise: how much a difference of neighbours costs beside a unit of the class's log probability. */
const SMOOTHNESS = 0.02;

export const classes: Attack = {
  name: 'inversion/class',
  paper: 'Fredrikson, Jha, Ristenpart, CCS 2015, doi 10.1145/2810103.2813677',
  run: async function* (target, _effort, random) {
    const network = Network.of(target.tf, target.graph);
    try {
      const made = climbToClasses(target, network, random);
      const means = classMeans(target.data, target.classes, target.inputSize);
      const alike = Array.from({ length: target.classes }, (_, c) =>
        correlation(
          made.subarray(c * target.inputSize, (c + 1) * target.inputSize),
          means.subarray(c * target.inputSize, (c + 1) * target.inputSize),
        ),
      );
      const common = { policy: 'none', setting: 'weights at hand', budget: 0, queries: 0 };
      const value = alike.reduce((sum, each) => sum + each, 0) / alike.length;
      yield {
        ...common,
        metric: 'correlation with the mean of the class',
        value,
        pictures: picturesOf(made, target, (c) => `class ${c}`),
      };
    } finally {
      network.dispose();
    }
  },
};

/** log p of each class, climbed from noise. */
function climbToClasses(target: Target, network: Network, random: Random): Float32Array {
  const { tf, low, high, inputSize, image } = target;
  const count = target.classes;
  const wanted = oneHot([...Array(count).keys()], count);
  const x = Float32Array.from(
    { length: count * inputSize },
    () => low + (high - low) * (0.1 + 0.05 * random.uniform()),
  );
  for (let step = 0; step < STEPS; step++) {
    const slopes = tf.tidy(() => {
      const y = tf.tensor2d(wanted, [count, count]);
      const objective = tf.grad((input) => {
        const likely = tf.sum(tf.mul(y, tf.logSoftmax(network.logits(input))));
        if (image === undefined) return likely;
        const { height, width, channels } = image;
        const pixels = tf.reshape(input, [count, height, width, channels]);
        const down = tf.sub(
          tf.slice(pixels, [0, 1, 0, 0], [count, height - 1, width, channels]),
          tf.slice(pixels, [0, 0, 0, 0], [count, height - 1, width, channels]),
        );
        const right = tf.sub(
          tf.slice(pixels, [0, 0, 1, 0], [count, height, width - 1, channels]),
          tf.slice(pixels, [0, 0, 0, 0], [count, height, width - 1, channels]),
        );
        return tf.sub(likely, tf.mul(tf.add(tf.sum(tf.square(down)), tf.sum(tf.square(right))), SMOOTHNESS));
      });
      return objective(network.tensor(x)).dataSync();
    });
    const size = STEP * (high - low) * (1 - step / STEPS);
    for (let i = 0; i < x.length; i++) x[i] = Math.max(low, Math.min(high, x[i]! + size * Math.sign(slopes[i]!)));
  }
  return x;
}

function classMeans({ inputs, labels }: Labelled, count: number, size: number): Float32Array {
  const sums = new Float32Array(count * size);
  const seen = new Uint32Array(count);
  for (const [i, label] of labels.entries()) {
    seen[label]!++;
    for (let j = 0; j < size; j++) sums[label * size + j]! += inputs[i * size + j]!;
  }
  return sums.map((sum, at) => sum / Math.max(1, seen[Math.floor(at / size)]!));
}

function correlation(one: Float32Array, other: Float32Array): number {
  const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [a, b] = [mean(one), mean(other)];
  let [both, left, right] = [0, 0, 0];
  for (let i = 0; i < one.length; i++) {
    both += (one[i]! - a) * (other[i]! - b);
    left += (one[i]! - a) ** 2;
    right += (other[i]! - b) ** 2;
  }
  return both / Math.sqrt(left * right || 1);
}

export const decoding: Attack = {
  name: 'inversion/decoder',
  paper: 'Yang, Zhang, Chang, Liang, CCS 2019, arXiv 1902.08552',
  run: async function* (target, effort, random) {
    const [known, held] = halvesOf(target.data, target.inputSize);
    for (const service of target.services) {
      const decoded = await decode(target, service, known, held, effort.steps, random.fork(service.policy));
      const value =
        1 - squares(decoded, held.inputs) / squares(meanRows(known, held.labels.length, target.inputSize), held.inputs);
      const common: Omit<Finding, 'metric' | 'value'> = {
        policy: service.policy,
        setting: `${known.labels.length} inputs known`,
        budget: 1,
        queries: service.queries,
      };
      service.forget();
      const shown = 5;
      const pictures = [
        ...picturesOf(held.inputs.subarray(0, shown * target.inputSize), target, (i) => `input ${i}`),
        ...picturesOf(decoded.subarray(0, shown * target.inputSize), target, (i) => `from the answer to ${i}`),
      ];
      yield { ...common, metric: 'variance of inputs explained', value, pictures };
    }
  },
};

const HIDDEN = 256;
const BATCH = 64;
const LEARNING_RATE = 2e-3;

/** answer -> 256 -> input, learnt on the attacker's inputs and the answers to them. */
async function decode(
  target: Target,
  service: Service,
  known: Labelled,
  held: Labelled,
  steps: number,
  random: Random,
): Promise<Float32Array> {
  const { tf, inputSize } = target;
  const features = featuresOf(service.ask(known.inputs), target.classes);
  const questions = featuresOf(service.ask(held.inputs), target.classes);
  const width = features.length / known.labels.length;
  const draw = (rows: number, columns: number): Float32Array =>
    Float32Array.from({ length: rows * columns }, () => Math.sqrt(2 / rows) * random.normal());
  const weights = [
    tf.variable(tf.tensor2d(draw(width, HIDDEN), [width, HIDDEN])),
    tf.variable(tf.zeros([HIDDEN])),
    tf.variable(tf.tensor2d(draw(HIDDEN, inputSize), [HIDDEN, inputSize])),
    tf.variable(tf.tensor1d(meanRows(known, 1, inputSize))),
  ] as const;
  const forward = (rows: Float32Array): Tensor => {
    const answers = tf.tensor2d(rows, [rows.length / width, width]);
    const hidden = tf.relu(tf.add(product(tf, answers, weights[0]), weights[1]));
    return tf.add(product(tf, hidden, weights[2]), weights[3]);
  };
  const optimizer = tf.train.adam(LEARNING_RATE);
  const count = known.labels.length;
  for (let step = 0; step < 4 * steps; step++) {
    const chosen = Uint32Array.from({ length: Math.min(BATCH, count) }, () => random.below(count));
    tf.tidy(() => {
      const wanted = tf.tensor2d(pick(known.inputs, chosen, inputSize), [chosen.length, inputSize]);
      const answers = pick(features, chosen, width);
      optimizer.minimize(() => tf.mean<Scalar>(tf.square(tf.sub(forward(answers), wanted))), false, [...weights]);
    });
    await turn();
  }
  const decoded = tf.tidy(() => Float32Array.from(forward(questions).dataSync()));
  for (const weight of weights) weight.dispose();
  optimizer.dispose();
  return decoded.map((value) => Math.max(target.low, Math.min(target.high, value)));
}

/** What there is to decode: logits in deviations, or the labels, best first. */
function featuresOf(answers: Answers, count: number): Float32Array {
  const { logits, labels, k } = answers;
  if (logits !== undefined) return Float32Array.from(logits, (value) => value / 8);
  if (k === 1) return oneHot(bestLabels(answers), count);
  const rows = new Float32Array((labels.length / k) * count);
  for (const [at, label] of labels.entries()) rows[Math.floor(at / k) * count + label] = 1 / (1 + (at % k));
  return rows;
}

function meanRows({ inputs, labels }: Labelled, rows: number, size: number): Float32Array {
  const mean = new Float32Array(size);
  for (let i = 0; i < inputs.length; i++) mean[i % size]! += inputs[i]! / labels.length;
  return joined(...Array.from({ length: rows }, () => mean));
}

function squares(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, i) => sum + (value - other[i]!) ** 2, 0);
}

function picturesOf(
  values: Float32Array,
  { image, inputSize }: Target,
  title: (i: number) => string,
): readonly Picture[] {
  if (image === undefined) return [];
  return Array.from({ length: values.length / inputSize }, (_, i) => ({
    title: title(i),
    values: values.slice(i * inputSize, (i + 1) * inputSize),
  }));
}
