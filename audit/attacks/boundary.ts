/**
 * Evasion with labels alone: a walk along the boundary between classes, whose direction is estimated from the labels of points around.
 * HopSkipJump in l2.
 * @module
 */
import { type Attack, type Labelled, rightOf } from '../attack.js';
import type { Random } from '../random.js';
import type { Service } from '../service.js';
import { norm } from './ball.js';

/** Distances at which an image counts as turned: of a range of 1, about what a person does not mind. */
const EPS = 2;
const FIRST_POINTS = 100;
const START_TRIES = 25;

export const boundary: Attack = {
  name: 'evasion/hopskipjump',
  paper: 'Chen, Jordan, Wainwright, IEEE S&P 2020, arXiv 1904.02144',
  run: async function* (target, effort, random) {
    // labels are what every policy opens
    const service = target.services.at(-1)!;
    const eps = EPS * (target.high - target.low);
    const examples = rightOf(target.data, service, effort.inputs);
    const walks = examples.labels.length;
    const found = effort.queries.map(() => new Float64Array(walks));
    const asked = effort.queries.map(() => 0);
    for (let i = 0; i < walks; i++) {
      const walk = new Walk(service, examples, i, random.fork(`walk/${i}`));
      for (const [at, budget] of effort.queries.entries()) {
        found[at]![i] = walk.until(budget);
        asked[at]! += walk.asked;
      }
    }
    service.forget();
    for (const [at, budget] of effort.queries.entries()) {
      const common = { policy: service.policy, budget, queries: asked[at]! };
      const value = found[at]!.filter((distance) => distance > eps).length / walks;
      yield { ...common, setting: `l2 eps ${EPS}`, metric: 'robust accuracy', value };
      yield { ...common, setting: 'l2', metric: 'median distance', value: medianOf(found[at]!) };
    }
  },
};

function medianOf(values: Float64Array): number {
  return Float64Array.from(values).sort()[values.length >> 1]!;
}

/** One image's. */
class Walk {
  readonly #service: Service;
  readonly #origin: Float32Array;
  readonly #label: number;
  readonly #random: Random;
  /** Spent on this image. */
  #asked = 0;
  #point: Float32Array | undefined;
  #round = 0;

  constructor(service: Service, { inputs, labels }: Labelled, index: number, random: Random) {
    this.#service = service;
    this.#origin = inputs.subarray(index * service.inputSize, (index + 1) * service.inputSize);
    this.#label = labels[index]!;
    this.#random = random;
  }

  get asked(): number {
    return this.#asked;
  }

  /** The distance of the nearest point of another class that so many queries find; infinite where they find none. */
  until(budget: number): number {
    this.#point ??= this.#start(budget);
    while (this.#point !== undefined && this.#asked < budget) this.#step(this.#point, budget);
    return this.#point === undefined ? Number.POSITIVE_INFINITY : distance(this.#point, this.#origin);
  }

  /** Which of the points, in rows, are of another class. */
  #areTurned(points: Float32Array): boolean[] {
    const { labels, k } = this.#service.ask(points);
    const count = points.length / this.#service.inputSize;
    this.#asked += count;
    return Array.from({ length: count }, (_, i) => labels[i * k] !== this.#label);
  }

  /** Noise that is of another class, brought to the boundary. */
  #start(budget: number): Float32Array | undefined {
    const { low, high, inputSize } = this.#service;
    for (let tries = 0; tries < START_TRIES && this.#asked < budget; tries++) {
      const noise = Float32Array.from({ length: inputSize }, () => low + (high - low) * this.#random.uniform());
      if (this.#areTurned(noise)[0]) return this.#toBoundary(noise);
    }
    return undefined;
  }

  /** The nearest turned point between the origin and a turned one, by halving. */
  #toBoundary(turned: Float32Array): Float32Array {
    const dimensions = this.#service.inputSize;
    let [near, far] = [0, 1];
    let found = turned;
    while (far - near > 1 / dimensions ** 1.5 && far - near > 2 ** -12) {
      const middle = (near + far) / 2;
      const point = this.#origin.map((value, i) => value + middle * (turned[i]! - value));
      if (this.#areTurned(point)[0]) [far, found] = [middle, point];
      else near = middle;
    }
    return found;
  }

  #step(point: Float32Array, budget: number): void {
    this.#round++;
    const { inputSize } = this.#service;
    const away = distance(point, this.#origin);
    // the paper's sizes: points at sqrt(d) theta |x - x*| with theta = 1 / (d sqrt(d)), 100 sqrt(t) of them
    const reach = Math.max(away / inputSize, 2 ** -10);
    const points = Math.min(Math.round(FIRST_POINTS * Math.sqrt(this.#round)), Math.max(1, budget - this.#asked));
    const direction = this.#directionAt(point, reach, points);
    let length = away / Math.sqrt(this.#round);
    for (let halvings = 0; halvings < 12 && this.#asked < budget; halvings++, length /= 2) {
      const next = this.#clipped(point.map((value, i) => value + length * direction[i]!));
      if (!this.#areTurned(next)[0]) continue;
      const nearer = this.#toBoundary(next);
      if (distance(nearer, this.#origin) < away) this.#point = nearer;
      return;
    }
  }

  /** Sum of the directions that are turned less those that are not, their mean taken out. */
  #directionAt(point: Float32Array, reach: number, points: number): Float64Array {
    const { inputSize } = this.#service;
    const around = new Float32Array(points * inputSize);
    for (let i = 0; i < points; i++) {
      const step = Float64Array.from({ length: inputSize }, () => this.#random.normal());
      const length = norm(step, 0, inputSize);
      around.set(this.#clipped(point.map((value, j) => value + (reach * step[j]!) / length)), i * inputSize);
    }
    const signs = this.#areTurned(around).map((turned) => (turned ? 1 : -1));
    const mean = signs.reduce<number>((sum, sign) => sum + sign, 0) / points;
    const isOneSided = Math.abs(mean) === 1;
    const sum = new Float64Array(inputSize);
    for (let i = 0; i < points; i++) {
      const weight = signs[i]! - (isOneSided ? 0 : mean);
      for (let j = 0; j < inputSize; j++) sum[j]! += weight * (around[i * inputSize + j]! - point[j]!);
    }
    const length = norm(sum, 0, inputSize) || 1;
    return sum.map((value) => value / length);
  }

  #clipped(point: Float32Array): Float32Array {
    const { low, high } = this.#service;
    return point.map((value) => Math.max(low, Math.min(high, value)));
  }
}

function distance(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += (one[i]! - other[i]!) ** 2;
  return Math.sqrt(sum);
}
