/** What an attack is given, and what it says. @module */
import type { Graph } from '../src/model/graph.js';
import type { Tf } from '../src/model/ops/tensorflow.js';
import type { Random } from './random.js';
import { pick } from './rows.js';
import type { Answers, Service } from './service.js';

/** Inputs with their classes. */
export interface Labelled {
  /** [count, ...input shape] */
  readonly inputs: Float32Array;
  readonly labels: Uint32Array;
}

export interface Image {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface Target {
  readonly tf: Tf;
  /** The float network, for attackers who have it; its architecture is public. */
  readonly graph: Graph;
  /** Under each policy. */
  readonly services: readonly Service[];
  /** That the network has not learnt. */
  readonly data: Labelled;
  /** That it has learnt, where they are known. */
  readonly train: Labelled | undefined;
  readonly classes: number;
  readonly inputSize: number;
  /** Where inputs are images, channels last. */
  readonly image: Image | undefined;
  /** What inputs may hold. */
  readonly low: number;
  readonly high: number;
}

/** How much an attack may spend. */
export interface Effort {
  /** That are turned, one by one. */
  readonly inputs: number;
  /** Of each kind that membership is told apart for. */
  readonly members: number;
  /** Budgets at which an attack is looked at. */
  readonly queries: readonly number[];
  /** Of training, of each network. */
  readonly steps: number;
}

/** What one attack measured under one policy, at one budget. */
export interface Finding {
  /** logits, logits:B, top:K, label, or none where the service is not asked. */
  readonly policy: string;
  /** What limits the attack besides queries: eps of an evasion, examples that are poisoned. */
  readonly setting: string;
  /** Queries that it might have asked, an input of the attack; 0 of a white box. */
  readonly budget: number;
  /** What stood against it; absent where nothing did. */
  readonly defence?: string;
  readonly metric: string;
  readonly value: number;
  /** That it asked in all. */
  readonly queries: number;
  readonly pictures?: readonly Picture[];
}

/** An image that an attack made, for a person to judge. */
export interface Picture {
  readonly title: string;
  /** [height, width, channels], as the network takes them. */
  readonly values: Float32Array;
}

export interface Attack {
  readonly name: string;
  /** Authors, year, and where to find it. */
  readonly paper: string;
  /** What the network has learnt, of an attack that is nothing without. */
  readonly needs?: 'train';
  readonly run: (target: Target, effort: Effort, random: Random) => AsyncIterable<Finding>;
}

/** The part of the rows whose best label is the one given. */
export function accuracyOf(labels: Uint32Array, k: number, wanted: ArrayLike<number>): number {
  let right = 0;
  for (let i = 0; i < wanted.length; i++) if (labels[i * k] === wanted[i]) right++;
  return right / wanted.length;
}

export function firstOf({ inputs, labels }: Labelled, count: number, inputSize: number): Labelled {
  const taken = Math.min(count, labels.length);
  return { inputs: inputs.subarray(0, taken * inputSize), labels: labels.subarray(0, taken) };
}

/** The inputs that a service gets right: an attack on others would have nothing to do. */
export function rightOf({ inputs, labels }: Labelled, service: Service, count: number): Labelled {
  const { labels: answers, k } = service.ask(inputs);
  service.forget();
  const right: number[] = [];
  for (let i = 0; i < labels.length && right.length < count; i++) if (answers[i * k] === labels[i]) right.push(i);
  return chosenOf({ inputs, labels }, right, service.inputSize);
}

export function chosenOf({ inputs, labels }: Labelled, chosen: ArrayLike<number>, inputSize: number): Labelled {
  return { inputs: pick(inputs, chosen, inputSize), labels: Uint32Array.from(chosen, (from) => labels[from]!) };
}

/** What the attacker has, and what is kept to judge the attack on. */
export function halvesOf({ inputs, labels }: Labelled, size: number): readonly [known: Labelled, held: Labelled] {
  const middle = labels.length >> 1;
  return [
    { inputs: inputs.subarray(0, middle * size), labels: labels.subarray(0, middle) },
    { inputs: inputs.subarray(middle * size), labels: labels.subarray(middle) },
  ];
}

/** The best label of each answer. */
export function bestLabels({ labels, k }: Pick<Answers, 'labels' | 'k'>): Uint32Array {
  return labels.filter((_, i) => i % k === 0);
}
