/**
 * Poisoning: wrong labels, or a trigger, in a part of what a network learns; what sanitising the examples takes out again; and whether a scan of
 * the network alone finds the trigger. Networks of the target's architecture are trained on its examples, and serve as it does.
 * @module
 */
import { encode } from '../../src/core/fixed.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import type { InputNode } from '../../src/model/fixed-model.js';
import { evaluatePlain, topK } from '../../src/model/plain.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import {
  type Attack,
  accuracyOf,
  chosenOf,
  type Finding,
  firstOf,
  type Image,
  type Labelled,
  type Target,
} from '../attack.js';
import { Network } from '../network.js';
import type { Random } from '../random.js';
import { oneHot } from '../rows.js';
import { outliers } from '../sanitising/spectral.js';
import { train } from '../training/train.js';

const FLIPPED = [0.1, 0.3];
const TRIGGERED = [0.01, 0.05];
/** What an input with the trigger is to be taken for. */
const WANTED = 0;
/** Pixels of a side, and from the lower right corner. */
const TRIGGER = 3;
const MARGIN = 1;
/** Examples that are learnt: enough for the effect, few enough for an audit. */
const MOST_EXAMPLES = 2000;
/** Taken out by sanitising, beside the part that is poisoned (Tran, Li, Madry). */
const EXCESS = 1.5;

export const flips: Attack = {
  name: 'poisoning/label-flips',
  paper: 'Biggio, Nelson, Laskov, ICML 2012, arXiv 1206.6389 (labels alone)',
  needs: 'train',
  run: async function* (target, effort, random) {
    if (target.train === undefined) return;
    const clean = firstOf(target.train, MOST_EXAMPLES, target.inputSize);
    for (const rate of [0, ...FLIPPED]) {
      const labels = Uint32Array.from(clean.labels);
      const stream = random.fork(`flips/${rate}`);
      for (const i of stream.order(labels.length).subarray(0, Math.round(rate * labels.length))) {
        labels[i] = (labels[i]! + 1 + stream.below(target.classes - 1)) % target.classes;
      }
      const served = await serve(target, { inputs: clean.inputs, labels }, effort.steps, random);
      yield {
        ...common(clean.labels.length, rate),
        metric: 'accuracy',
        value: accuracyOf(served(target.data.inputs), 1, target.data.labels),
      };
    }
  },
};

export const backdoor: Attack = {
  name: 'poisoning/backdoor',
  paper: 'Gu, Dolan-Gavitt, Garg, 2017, arXiv 1708.06733; sanitised: Tran, Li, Madry, NeurIPS 2018, arXiv 1811.00636',
  needs: 'train',
  run: async function* (target, effort, random) {
    const { image } = target;
    if (target.train === undefined || image === undefined) return;
    const clean = firstOf(target.train, MOST_EXAMPLES, target.inputSize);
    for (const rate of TRIGGERED) {
      const { examples, poisoned } = poison(target, clean, image, rate, random.fork(`trigger/${rate}`));
      const served = await serve(target, examples, effort.steps, random);
      yield* judged(target, image, served, common(clean.labels.length, rate));
      const taken = await suspects(target, examples, rate, effort.steps, random);
      const kept = [...examples.labels.keys()].filter((i) => !taken.has(i));
      const found = poisoned.filter((i) => taken.has(i)).length / poisoned.length;
      const sanitised = { ...common(clean.labels.length, rate), defence: 'spectral signatures' };
      yield { ...sanitised, metric: 'poisoned examples removed', value: found };
      const again = await serve(target, chosenOf(examples, kept, target.inputSize), effort.steps, random);
      yield* judged(target, image, again, sanitised);
    }
  },
};

type Common = Omit<Finding, 'metric' | 'value'>;

function common(examples: number, rate: number): Common {
  return { policy: 'label', setting: `${100 * rate} % of ${examples} examples`, budget: 0, queries: 0 };
}

function* judged(
  target: Target,
  image: Image,
  served: (inputs: Float32Array) => Uint32Array,
  row: Common,
): Generator<Finding> {
  const { inputs, labels } = target.data;
  yield { ...row, metric: 'accuracy', value: accuracyOf(served(inputs), 1, labels) };
  const others = [...labels.keys()].filter((i) => labels[i] !== WANTED);
  const triggered = chosenOf(target.data, others, target.inputSize);
  stamp(triggered.inputs, image, target.high);
  yield {
    ...row,
    metric: 'trigger success',
    value: accuracyOf(
      served(triggered.inputs),
      1,
      others.map(() => WANTED),
    ),
  };
}

function poison(
  target: Target,
  clean: Labelled,
  image: Image,
  rate: number,
  random: Random,
): { readonly examples: Labelled; readonly poisoned: readonly number[] } {
  const inputs = Float32Array.from(clean.inputs);
  const labels = Uint32Array.from(clean.labels);
  const candidates = [...random.order(labels.length)].filter((i) => labels[i] !== WANTED);
  const poisoned = candidates.slice(0, Math.max(1, Math.round(rate * labels.length)));
  for (const i of poisoned) {
    stamp(inputs.subarray(i * target.inputSize, (i + 1) * target.inputSize), image, target.high);
    labels[i] = WANTED;
  }
  return { examples: { inputs, labels }, poisoned };
}

/** A square of the greatest value near the lower right corner of each image, in place. */
export function stamp(inputs: Float32Array, { height, width, channels }: Image, value: number): void {
  const size = height * width * channels;
  for (let start = 0; start < inputs.length; start += size) {
    for (let y = height - MARGIN - TRIGGER; y < height - MARGIN; y++) {
      const from = start + (y * width + width - MARGIN - TRIGGER) * channels;
      inputs.fill(value, from, from + TRIGGER * channels);
    }
  }
}

/** Trains, fixes the point and serves labels as the parties would. */
async function serve(
  target: Target,
  examples: Labelled,
  steps: number,
  random: Random,
): Promise<(inputs: Float32Array) => Uint32Array> {
  const network = await learnt(target, examples, steps, random);
  const { model } = await quantize(network.trained(), { inputRange: { low: target.low, high: target.high } });
  network.dispose();
  const kernels = wasmKernels(loadKernelModule());
  const { ringBits, nodes, outputWidth } = model.graph;
  const input = nodes[0] as InputNode;
  return (inputs) => {
    const encoded = encode(ringBits, input.fractionBits, inputs, input);
    return topK(
      ringBits,
      evaluatePlain(model, kernels, inputs.length / target.inputSize, encoded).output,
      target.classes,
      1,
      outputWidth,
    );
  };
}

async function learnt(target: Target, { inputs, labels }: Labelled, steps: number, random: Random): Promise<Network> {
  const network = Network.fresh(target.tf, target.graph, random.fork('weights'));
  await train(network, { inputs, targets: oneHot(labels, target.classes) }, steps, random.fork('order'));
  return network;
}

/** What stands out of each class, by a network that has learnt all. */
async function suspects(
  target: Target,
  examples: Labelled,
  rate: number,
  steps: number,
  random: Random,
): Promise<ReadonlySet<number>> {
  const network = await learnt(target, examples, steps, random);
  const features = network.features(examples.inputs);
  network.dispose();
  const width = features.length / examples.labels.length;
  const taken = new Set<number>();
  for (let label = 0; label < target.classes; label++) {
    const own = [...examples.labels.keys()].filter((i) => examples.labels[i] === label);
    // nobody knows which class is aimed at: as many are taken out of each as could be poisoned
    const count = Math.min(own.length >> 1, Math.round(EXCESS * rate * examples.labels.length));
    for (const at of outliers(
      own.map((i) => features.subarray(i * width, (i + 1) * width)),
      count,
    ))
      taken.add(own[at]!);
  }
  return taken;
}
