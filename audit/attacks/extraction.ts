/**
 * Extraction by training: a network of the same (public) architecture learns what the service answers. Queries are inputs that the attacker
 * has; with active queries, steps from those along the copy's gradient, where its answers change.
 * @module
 */
import { type Attack, accuracyOf, bestLabels, type Finding, halvesOf, type Labelled, type Target } from '../attack.js';
import { Network } from '../network.js';
import type { Random } from '../random.js';
import { bestOf, joined, oneHot, pick, softmax } from '../rows.js';
import type { Answers, Service } from '../service.js';
import { train } from '../training/train.js';

/** A step along the gradient's sign, as a part of the range. */
const STEP = 0.1;

export const copying: Attack = {
  name: 'extraction/copy',
  paper: 'Tramer, Zhang, Juels, Reiter, Ristenpart, USENIX Security 2016, arXiv 1609.02943',
  run: (target, effort, random) => extract(target, effort.queries, effort.steps, random, 'passive'),
};

export const active: Attack = {
  name: 'extraction/jacobian',
  paper: 'Papernot, McDaniel, Goodfellow, Jha, Celik, Swami, ASIA CCS 2017, arXiv 1602.02697',
  run: (target, effort, random) => extract(target, effort.queries, effort.steps, random, 'active'),
};

async function* extract(
  target: Target,
  budgets: readonly number[],
  steps: number,
  random: Random,
  way: 'passive' | 'active',
): AsyncGenerator<Finding> {
  const [known, held] = halvesOf(target.data, target.inputSize);
  for (const service of target.services) {
    const truth = service.ask(held.inputs);
    service.forget();
    for (const budget of budgets) {
      const copy = await copyOf(target, service, known, budget, steps, random.fork(`${way}/${budget}`), way);
      const logits = copy.evaluate(held.inputs);
      copy.dispose();
      const guesses = bestOf(logits, target.classes);
      const common = {
        policy: service.policy,
        setting: `${known.labels.length} inputs known`,
        budget,
        queries: service.queries,
      };
      yield { ...common, metric: 'agreement', value: accuracyOf(guesses, 1, bestLabels(truth)) };
      yield { ...common, metric: 'accuracy', value: accuracyOf(guesses, 1, held.labels) };
      service.forget();
    }
  }
}

async function copyOf(
  target: Target,
  service: Service,
  known: Labelled,
  budget: number,
  steps: number,
  random: Random,
  way: 'passive' | 'active',
): Promise<Network> {
  const { tf, graph } = target;
  let queries = queriesOf(target, known, Math.min(budget, way === 'active' ? known.labels.length : budget), random);
  let answers = targetsOf(service.ask(queries), service.classes);
  const copy = Network.fresh(tf, graph, random.fork('weights'));
  await train(copy, { inputs: queries, targets: answers }, steps, random.fork('order'));
  // the set doubles with each round
  for (
    let count = queries.length / service.inputSize;
    way === 'active' && count < budget;
    count = queries.length / service.inputSize
  ) {
    const more = along(copy, queries.subarray(0, Math.min(count, budget - count) * service.inputSize), answers, target);
    answers = joined(answers, targetsOf(service.ask(more), service.classes));
    queries = joined(queries, more);
    await train(copy, { inputs: queries, targets: answers }, steps, random.fork(`order/${count}`));
  }
  return copy;
}

/** Known inputs; where there are too few of them, mixtures of two. */
function queriesOf({ inputSize }: Target, known: Labelled, count: number, random: Random): Float32Array {
  const order = random.order(known.labels.length);
  const first = pick(known.inputs, order.subarray(0, count), inputSize);
  const mixed = new Float32Array(Math.max(0, count - order.length) * inputSize);
  for (let start = 0; start < mixed.length; start += inputSize) {
    const [one, other, part] = [random.below(order.length), random.below(order.length), random.uniform()];
    for (let i = 0; i < inputSize; i++) {
      mixed[start + i] = part * known.inputs[one * inputSize + i]! + (1 - part) * known.inputs[other * inputSize + i]!;
    }
  }
  return joined(first, mixed);
}

/** The inputs, each a step along the gradient of the copy's output for the class that the service gave it. */
function along(copy: Network, inputs: Float32Array, answers: Float32Array, { low, high }: Target): Float32Array {
  const { tf, classes, inputSize } = copy;
  const count = inputs.length / inputSize;
  const labels = bestOf(answers.subarray(0, count * classes), classes);
  const slopes = tf.tidy(() => {
    const chosen = tf.tensor2d(oneHot(labels, classes), [count, classes]);
    return tf
      .grad((x) => tf.sum(tf.mul(copy.logits(x), chosen)))(copy.tensor(inputs))
      .dataSync();
  });
  return inputs.map((value, i) => Math.max(low, Math.min(high, value + STEP * (high - low) * Math.sign(slopes[i]!))));
}

/** What the copy learns: the distribution that logits stand for, or the label. */
function targetsOf({ logits, labels, k }: Answers, classes: number): Float32Array {
  return logits ? softmax(logits, classes) : oneHot(bestLabels({ labels, k }), classes);
}
