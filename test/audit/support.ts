/** Small networks and images on which an attack has to succeed, and others on which it has to fail. */
import type { Attack, Effort, Finding, Labelled, Target } from '../../audit/attack.js';
import { Random } from '../../audit/random.js';
import { Service } from '../../audit/service.js';
import { loadTensorflow } from '../../audit/tensorflow.js';
import { dense } from '../../src/core/linear-map.js';
import type { Reveal } from '../../src/core/trust.js';
import { type Graph, GraphBuilder } from '../../src/model/graph.js';
import { quantize } from '../../src/model/quantize/quantize.js';

export const SIDE = 8;
export const SIZE: number = SIDE * SIDE;

/** Grey images of two classes that are a level each, with some noise. */
export function levels(count: number, dark: number, bright: number, noise = 0.05, label = 'levels'): Labelled {
  const random = new Random(1, label);
  const inputs = new Float32Array(count * SIZE);
  const labels = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = i % 2;
    const level = i % 2 === 0 ? dark : bright;
    for (let j = 0; j < SIZE; j++)
      inputs[i * SIZE + j] = Math.max(0, Math.min(1, level + noise * (2 * random.uniform() - 1)));
  }
  return { inputs, labels };
}

/** The image's mean against 1/2, by one dense layer: class 1 is bright. */
export function meanNetwork(): Graph {
  const builder = new GraphBuilder();
  const input = builder.input('image', [SIDE, SIDE, 1]);
  const flat = builder.reshape('flat', input, [SIZE]);
  const weights = Float32Array.from({ length: 2 * SIZE }, (_, i) => (i % 2 === 0 ? -4 / SIZE : 4 / SIZE));
  const map = dense(SIZE, 2);
  const bias = Float32Array.of(2, -2);
  return builder.finish('mean', builder.add({ op: 'linear', name: 'mean', inputs: [flat], map, weights, bias }));
}

/** SIZE -> hidden -> classes, of any weights: to be trained. What all images have in common counts for nothing. */
export function perceptron(hidden: number, classes: number, seed = 1): Graph {
  const random = new Random(seed, 'perceptron');
  const builder = new GraphBuilder();
  const input = builder.input('image', [SIDE, SIDE, 1]);
  const layer = (name: string, from: number, inputs: number, outputs: number): number => {
    const weights = Float32Array.from({ length: inputs * outputs }, () => Math.sqrt(2 / inputs) * random.normal());
    // grey is the middle
    const bias = new Float32Array(outputs);
    if (inputs === SIZE) for (let i = 0; i < weights.length; i++) bias[i % outputs]! -= weights[i]! / 2;
    return builder.add({ op: 'linear', name, inputs: [from], map: dense(inputs, outputs), weights, bias });
  };
  const first = layer('first', builder.reshape('flat', input, [SIZE]), SIZE, hidden);
  const active = builder.add({ op: 'nonlinear', name: 'relu', inputs: [first], activation: 'relu' });
  return builder.finish('perceptron', layer('last', active, hidden, classes));
}

export async function targetOf(
  graph: Graph,
  data: Labelled,
  classes: number,
  reveals: readonly Reveal[],
  train?: Labelled,
): Promise<Target> {
  const { model } = await quantize(graph);
  const range = { low: 0, high: 1 };
  return {
    tf: await loadTensorflow(),
    graph,
    services: reveals.map((reveal) => new Service(model, reveal, reveal, range)),
    data,
    train,
    classes,
    inputSize: SIZE,
    image: { height: SIDE, width: SIDE, channels: 1 },
    ...range,
  };
}

export const EFFORT: Effort = { inputs: 10, members: 100, queries: [400], steps: 150 };

export async function findingsOf(attack: Attack, target: Target, effort: Effort = EFFORT): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of attack.run(target, effort, new Random(1, attack.name))) findings.push(finding);
  return findings;
}
