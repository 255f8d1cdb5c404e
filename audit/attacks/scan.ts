/**
 * A backdoor scan of a network: for each class the smallest change that turns all inputs into it, by gradients. A class that takes far less than the
 * others may have a trigger. What it finds is a hint: classes differ by nature, and triggers that are no small patch are not seen.
 * @module
 */
import type { Scalar } from '@tensorflow/tfjs-core';
import { turn } from '#platform';
import type { Tensor } from '../../src/model/ops/tensorflow.js';
import { type Attack, firstOf, type Target } from '../attack.js';
import { Network } from '../network.js';
import { oneHot } from '../rows.js';
import { crossEntropy } from '../training/train.js';

const INPUTS = 48;
const LEARNING_RATE = 0.1;
/** What a unit of the mask costs beside the loss. */
const MASK_COST = 0.01;
/** So that a deviation is one of a normal distribution. */
const NORMAL = 1.4826;

export const scan: Attack = {
  name: 'poisoning/scan',
  paper: 'Wang, Yao, Shan, Li, Viswanath, Zheng, Zhao, IEEE S&P 2019 (Neural Cleanse)',
  run: async function* (target, effort) {
    const sizes: number[] = [];
    const pictures: { title: string; values: Float32Array }[] = [];
    const network = Network.of(target.tf, target.graph);
    for (let label = 0; label < target.classes; label++) {
      const { size, pattern } = await invert(target, network, label, effort.steps);
      sizes.push(size);
      pictures.push({ title: `turns into ${label}`, values: pattern });
    }
    network.dispose();
    const { label, index, part } = anomalyOf(sizes);
    const common = {
      policy: 'none',
      setting: `class ${label}, of ${sizes[label]!.toFixed(1)} elements`,
      budget: 0,
      queries: 0,
    };
    yield { ...common, metric: 'anomaly index', value: index };
    yield { ...common, metric: 'part of the median', value: part, ...(target.image === undefined ? {} : { pictures }) };
  },
};

/** The class that takes least: by how many deviations less than the median, and what part of it. Above 2 and below a half are suspicious. */
export function anomalyOf(sizes: readonly number[]): {
  readonly label: number;
  readonly index: number;
  readonly part: number;
} {
  const label = sizes.indexOf(Math.min(...sizes));
  const middle = medianOf(sizes);
  const spread = NORMAL * medianOf(sizes.map((size) => Math.abs(size - middle)));
  const least = sizes[label]!;
  return { label, index: spread === 0 ? 0 : (middle - least) / spread, part: least / middle };
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A mask and a pattern, x (1 - mask) + pattern mask, that turn inputs into `label`; the sum of the mask. */
async function invert(
  target: Target,
  network: Network,
  label: number,
  steps: number,
): Promise<{ readonly size: number; readonly pattern: Float32Array }> {
  const { tf, inputSize, low, high } = target;
  const { inputs, labels } = firstOf(target.data, INPUTS, inputSize);
  const wanted = oneHot(
    Array.from(labels, () => label),
    target.classes,
  );
  const mask = tf.variable(tf.fill([1, inputSize], -2));
  const pattern = tf.variable(tf.zeros([1, inputSize]));
  const optimizer = tf.train.adam(LEARNING_RATE);
  const covered = (): Tensor => tf.sigmoid(mask);
  const painted = (): Tensor => tf.add(tf.mul(tf.sigmoid(pattern), high - low), low);
  for (let step = 0; step < steps; step++) {
    tf.tidy(() => {
      const x = tf.tensor2d(inputs, [labels.length, inputSize]);
      const y = tf.tensor2d(wanted, [labels.length, target.classes]);
      optimizer.minimize(
        () => {
          const changed = tf.add(tf.mul(x, tf.sub(1, covered())), tf.mul(painted(), covered()));
          const shaped = tf.reshape(changed, [labels.length, ...target.graph.nodes[0]!.shape]);
          return tf.add<Scalar>(crossEntropy(network, shaped, y), tf.mul(tf.sum(covered()), MASK_COST));
        },
        false,
        [mask, pattern],
      );
    });
    await turn();
  }
  const size = tf.tidy(() => tf.sum(covered()).dataSync()[0]!);
  const values = tf.tidy(() => Float32Array.from(tf.mul(painted(), covered()).dataSync()));
  tf.dispose([mask, pattern]);
  optimizer.dispose();
  return { size, pattern: values };
}
