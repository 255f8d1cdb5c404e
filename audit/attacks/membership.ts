/**
 * Membership inference: whether an input was among those that the network has learnt. By the loss of its answer, by how steady its label is
 * when the input is moved, and by how much surer the network is than others that have not learnt it (LiRA, offline).
 * @module
 */
import {
  type Attack,
  chosenOf,
  type Finding,
  firstOf,
  halvesOf,
  type Image,
  type Labelled,
  type Target,
} from '../attack.js';
import { Network } from '../network.js';
import type { Random } from '../random.js';
import { oneHot, softmax } from '../rows.js';
import type { Answers, Service } from '../service.js';
import { train } from '../training/train.js';

/** Networks that have not learnt the inputs. */
const SHADOWS = 4;
/** Pixels to each side. */
const SHIFTS: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
  [2, 0],
  [-2, 0],
  [0, 2],
  [0, -2],
];

export const loss: Attack = {
  name: 'membership/loss',
  paper: 'Yeom, Giacomelli, Fredrikson, Jha, CSF 2018, arXiv 1709.01604',
  needs: 'train',
  run: async function* (target, effort) {
    const parts = membersAndOthers(target, effort.members);
    if (parts === undefined) return;
    for (const service of target.services) {
      const scores = parts.map((part) => confidences(service.ask(part.inputs), part, target.classes));
      yield* judged(service, 1, scores[0]!, scores[1]!);
    }
  },
};

export const moved: Attack = {
  name: 'membership/label-only',
  paper: 'Choquette-Choo, Tramer, Carlini, Papernot, ICML 2021, arXiv 2007.14321',
  needs: 'train',
  run: async function* (target, effort) {
    const parts = membersAndOthers(target, effort.members);
    const { image } = target;
    if (parts === undefined || image === undefined) return;
    const service = target.services.at(-1)!;
    const scores = parts.map((part) => steadiness(service, part, image));
    yield* judged(service, SHIFTS.length, scores[0]!, scores[1]!);
  },
};

export const lira: Attack = {
  name: 'membership/lira',
  paper: 'Carlini, Chien, Nasr, Song, Terzis, Tramer, IEEE S&P 2022, arXiv 2112.03570 (offline)',
  needs: 'train',
  run: async function* (target, effort, random) {
    if (target.train === undefined) return;
    const [known, held] = halvesOf(target.data, target.inputSize);
    const parts = [
      firstOf(target.train, Math.min(effort.members, held.labels.length), target.inputSize),
      firstOf(held, effort.members, target.inputSize),
    ];
    const shadows = await shadowsOf(target, known, effort.steps, random);
    try {
      const usual = parts.map((part) =>
        shadows.map((shadow) => sureness(softmax(shadow.evaluate(part.inputs), target.classes), part, target.classes)),
      );
      for (const service of target.services.filter(({ hasLogits }) => hasLogits)) {
        const scores = parts.map((part, i) => {
          const sure = sureness(softmax(service.ask(part.inputs).logits!, target.classes), part, target.classes);
          return sure.map((value, n) =>
            againstUsual(
              value,
              usual[i]!.map((shadow) => shadow[n]!),
            ),
          );
        });
        yield* judged(service, 1, scores[0]!, scores[1]!);
      }
    } finally {
      for (const shadow of shadows) shadow.dispose();
    }
  },
};

/** As many of either. */
function membersAndOthers(
  { train: learnt, data, inputSize }: Target,
  most: number,
): readonly [Labelled, Labelled] | undefined {
  if (learnt === undefined) return undefined;
  const count = Math.min(most, learnt.labels.length, data.labels.length);
  return [firstOf(learnt, count, inputSize), firstOf(data, count, inputSize)];
}

/** log p of the true class, or whether the label is right where there is nothing more. */
function confidences({ logits, labels, k }: Answers, { labels: wanted }: Labelled, classes: number): Float64Array {
  if (logits === undefined)
    return Float64Array.from(wanted, (label, i) => rankOf(labels.subarray(i * k, (i + 1) * k), label));
  const parts = softmax(logits, classes);
  return Float64Array.from(wanted, (label, i) => Math.log(parts[i * classes + label]! + 1e-12));
}

/** 0 for the best label, less for the next, least where it is not told. */
function rankOf(labels: Uint32Array, label: number): number {
  const at = labels.indexOf(label);
  return at < 0 ? -labels.length : -at;
}

/** How many of the moved inputs keep their label. */
function steadiness(service: Service, { inputs, labels }: Labelled, image: Image): Float64Array {
  const counts = new Float64Array(labels.length);
  for (const [down, right] of SHIFTS) {
    const answers = service.ask(shifted(inputs, image, down, right, service.low));
    for (let i = 0; i < labels.length; i++) if (answers.labels[i * answers.k] === labels[i]) counts[i]!++;
  }
  return counts;
}

function shifted(
  inputs: Float32Array,
  { height, width, channels }: Image,
  down: number,
  right: number,
  empty: number,
): Float32Array {
  const out = new Float32Array(inputs.length).fill(empty);
  const size = height * width * channels;
  for (let start = 0; start < inputs.length; start += size) {
    for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
      const x = Math.max(0, right);
      const count = width - Math.abs(right);
      const from = start + ((y - down) * width + x - right) * channels;
      out.set(inputs.subarray(from, from + count * channels), start + (y * width + x) * channels);
    }
  }
  return out;
}

/** Networks of the same architecture, each of a half of what the attacker has. */
async function shadowsOf(target: Target, known: Labelled, steps: number, random: Random): Promise<readonly Network[]> {
  const shadows: Network[] = [];
  for (let i = 0; i < SHADOWS; i++) {
    const stream = random.fork(`shadow/${i}`);
    const own = chosenOf(
      known,
      stream.order(known.labels.length).subarray(0, known.labels.length >> 1),
      target.inputSize,
    );
    const shadow = Network.fresh(target.tf, target.graph, stream.fork('weights'));
    const examples = { inputs: own.inputs, targets: oneHot(own.labels, target.classes) };
    await train(shadow, examples, steps, stream.fork('order'));
    shadows.push(shadow);
  }
  return shadows;
}

/** log(p / (1 - p)) of the true class. */
function sureness(parts: Float32Array, { labels }: Labelled, classes: number): Float64Array {
  return Float64Array.from(labels, (label, i) => {
    const p = Math.min(1 - 1e-7, Math.max(1e-7, parts[i * classes + label]!));
    return Math.log(p / (1 - p));
  });
}

/** In deviations of what networks have that did not learn the input; few of them, so that the deviation has a floor. */
function againstUsual(value: number, usual: readonly number[]): number {
  const mean = usual.reduce((sum, each) => sum + each, 0) / usual.length;
  const variance = usual.reduce((sum, each) => sum + (each - mean) ** 2, 0) / usual.length;
  return (value - mean) / Math.sqrt(variance + 1);
}

function* judged(service: Service, budget: number, members: Float64Array, others: Float64Array): Generator<Finding> {
  const common = {
    policy: service.policy,
    setting: `${members.length} members, ${others.length} others`,
    budget,
    queries: service.queries,
  };
  service.forget();
  yield { ...common, metric: 'AUC', value: areaUnder(members, others) };
  for (const rate of [0.001, 0.01]) {
    yield { ...common, metric: `TPR at ${100 * rate} % FPR`, value: truePositives(members, others, rate) };
  }
}

/** The part of pairs in which the member has the greater score; equals count half. */
export function areaUnder(members: Float64Array, others: Float64Array): number {
  const sorted = Float64Array.from(others).sort();
  let sum = 0;
  for (const score of members) sum += (below(sorted, score, false) + below(sorted, score, true)) / 2;
  return sum / (members.length * others.length);
}

/** How many are below a score, or at most there. */
function below(sorted: Float64Array, score: number, orAt: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < score || (orAt && sorted[middle] === score)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The part of the members above the score that at most a part `rate` of the others is above. */
export function truePositives(members: Float64Array, others: Float64Array, rate: number): number {
  const sorted = Float64Array.from(others).sort();
  const threshold = sorted[sorted.length - 1 - Math.floor(rate * sorted.length)]!;
  return members.filter((score) => score > threshold).length / members.length;
}
