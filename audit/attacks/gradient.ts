/** Evasion with the weights at hand: steps along the sign (or the direction) of the loss's gradient. FGSM is one step of it. @module */
import { type Attack, accuracyOf, type Finding, type Labelled, rightOf, type Target } from '../attack.js';
import { Network } from '../network.js';
import type { Random } from '../random.js';
import { bestOf, oneHot, pick } from '../rows.js';
import { crossEntropy } from '../training/train.js';
import { type Ball, intoBall, norm, startInBall, type Within } from './ball.js';

interface Steps {
  readonly count: number;
  readonly restarts: number;
  /** Of eps. */
  readonly size: number;
}

const ONE_STEP: Steps = { count: 1, restarts: 1, size: 1 };
const MANY_STEPS: Steps = { count: 40, restarts: 2, size: 2.5 / 40 };
const PART = 100;

/** Parts of the inputs' range. */
const EPS: Readonly<Record<Ball, readonly number[]>> = { linf: [0.05, 0.1, 0.2, 0.3], l2: [1, 2] };

export const fgsm: Attack = {
  name: 'evasion/fgsm',
  paper: 'Goodfellow, Shlens, Szegedy, ICLR 2015, arXiv 1412.6572',
  run: (target, { inputs }, random) => gradientAttack(target, inputs, random, 'linf', ONE_STEP),
};

export const pgd: Attack = {
  name: 'evasion/pgd-linf',
  paper: 'Madry, Makelov, Schmidt, Tsipras, Vladu, ICLR 2018, arXiv 1706.06083',
  run: (target, { inputs }, random) => gradientAttack(target, inputs, random, 'linf', MANY_STEPS),
};

export const pgdL2: Attack = {
  name: 'evasion/pgd-l2',
  paper: 'Madry, Makelov, Schmidt, Tsipras, Vladu, ICLR 2018, arXiv 1706.06083',
  run: (target, { inputs }, random) => gradientAttack(target, inputs, random, 'l2', MANY_STEPS),
};

async function* gradientAttack(
  target: Target,
  count: number,
  random: Random,
  ball: Ball,
  steps: Steps,
): AsyncGenerator<Finding> {
  const { tf, graph, services, low, high } = target;
  const [service] = services as [Target['services'][number]];
  const network = Network.of(tf, graph);
  const examples = rightOf(target.data, service, count);
  try {
    for (const part of EPS[ball]) {
      const eps = part * (high - low);
      const perturbed = perturb(network, examples, { ball, eps, low, high }, steps, random.fork(`${ball}/${part}`));
      // examples are made on the float network and serve against the private one
      const { labels, k } = service.ask(perturbed);
      service.forget();
      const value = accuracyOf(labels, k, examples.labels);
      yield { policy: 'none', setting: `${ball} eps ${part}`, budget: 0, metric: 'robust accuracy', value, queries: 0 };
    }
  } finally {
    network.dispose();
  }
}

/** Of each input one within eps that the network takes for another class, or the last that was tried. */
export function perturb(
  network: Network,
  { inputs, labels }: Labelled,
  within: Within,
  steps: Steps,
  random: Random,
): Float32Array {
  const { inputSize } = network;
  const best = Float32Array.from(inputs);
  let open = Array.from(labels, (_, i) => i);
  for (let restart = 0; restart < steps.restarts && open.length > 0; restart++) {
    for (let first = 0; first < open.length; first += PART) {
      const chosen = open.slice(first, first + PART);
      const origin = pick(inputs, chosen, inputSize);
      const targets = chosen.map((i) => labels[i]!);
      const x = steps.count === 1 ? Float32Array.from(origin) : startInBall(origin, within, inputSize, random);
      for (let step = 0; step < steps.count; step++) {
        const slopes = slopesOf(network, x, targets);
        climb(x, slopes, steps.size, within, inputSize);
        intoBall(x, origin, within, inputSize);
      }
      for (const [j, i] of chosen.entries()) best.set(x.subarray(j * inputSize, (j + 1) * inputSize), i * inputSize);
    }
    const guesses = bestOf(network.evaluate(best), network.classes);
    open = open.filter((i) => guesses[i] === labels[i]);
  }
  return best;
}

/** Of the loss, by each element of the inputs. */
function slopesOf(network: Network, inputs: Float32Array, labels: readonly number[]): Float32Array {
  const { tf, classes } = network;
  return tf.tidy(() => {
    const y = tf.tensor2d(oneHot(labels, classes), [labels.length, classes]);
    const slope = tf.grad((x) => tf.mul(crossEntropy(network, x, y), labels.length));
    return slope(network.tensor(inputs)).dataSync() as Float32Array;
  });
}

function climb(x: Float32Array, slopes: Float32Array, part: number, { ball, eps }: Within, size: number): void {
  for (let start = 0; start < x.length; start += size) {
    const length = ball === 'l2' ? norm(slopes, start, size) || 1 : 1;
    for (let i = start; i < start + size; i++)
      x[i]! += part * eps * (ball === 'l2' ? slopes[i]! / length : Math.sign(slopes[i]!));
  }
}
