/**
 * Evasion with the logits alone: squares of an image are set to the ends of what eps allows, and kept where they lower the margin of the true class.
 * @module
 */
import { type Attack, type Finding, type Image, type Labelled, rightOf, type Target } from '../attack.js';
import type { Random } from '../random.js';
import type { Service } from '../service.js';

/** A part of the range of inputs. */
const EPS = 0.3;
/** The part of an image that the first squares cover, and after how many of 10,000 steps it is halved. */
const FIRST_PART = 0.8;
const HALVED_AFTER = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

export const square: Attack = {
  name: 'evasion/square',
  paper: 'Andriushchenko, Croce, Flammarion, Hein, ECCV 2020, arXiv 1912.00049',
  run: async function* (target, effort, random) {
    for (const service of target.services.filter(({ hasLogits }) => hasLogits)) {
      yield* attackService(target, service, effort.inputs, effort.queries, random);
    }
  },
};

async function* attackService(
  target: Target,
  service: Service,
  inputs: number,
  budgets: readonly number[],
  random: Random,
): AsyncGenerator<Finding> {
  const search = new Search(
    target,
    service,
    rightOf(target.data, service, inputs),
    Math.max(...budgets),
    random.fork('squares'),
  );
  for (const budget of budgets) {
    await search.until(budget);
    const value = search.standing;
    yield {
      policy: service.policy,
      setting: `linf eps ${EPS}`,
      budget,
      metric: 'robust accuracy',
      value,
      queries: service.queries,
    };
  }
  service.forget();
}

/** The same search for every image, each until it is taken for another class. */
class Search {
  readonly #service: Service;
  readonly #examples: Labelled;
  readonly #image: Image;
  readonly #eps: number;
  readonly #steps: number;
  readonly #random: Random;
  /** The best so far, and its margin. */
  readonly #best: Float32Array;
  readonly #margins: Float64Array;
  #step = 0;

  constructor(target: Target, service: Service, examples: Labelled, steps: number, random: Random) {
    this.#service = service;
    this.#examples = examples;
    // of inputs that are no images squares are runs
    this.#image = target.image ?? { height: 1, width: target.inputSize, channels: 1 };
    this.#eps = EPS * (target.high - target.low);
    this.#steps = steps;
    this.#random = random;
    this.#best = Float32Array.from(examples.inputs);
    this.#margins = new Float64Array(examples.labels.length).fill(Number.POSITIVE_INFINITY);
  }

  /** The part of the images that no square has turned. */
  get standing(): number {
    return this.#margins.filter((margin) => margin > 0).length / this.#margins.length;
  }

  async until(step: number): Promise<void> {
    for (; this.#step < step; this.#step++) {
      const open = [...this.#margins.keys()].filter((i) => this.#margins[i]! > 0);
      if (open.length === 0) return;
      const size = this.#service.inputSize;
      const tried = new Float32Array(open.length * size);
      for (const [row, i] of open.entries()) {
        tried.set(this.#best.subarray(i * size, (i + 1) * size), row * size);
        this.#change(
          tried.subarray(row * size, (row + 1) * size),
          this.#examples.inputs.subarray(i * size, (i + 1) * size),
        );
      }
      const { logits } = this.#service.ask(tried);
      for (const [row, i] of open.entries()) {
        const margin = marginOf(logits!, row, this.#service.classes, this.#examples.labels[i]!);
        if (margin >= this.#margins[i]!) continue;
        this.#margins[i] = margin;
        this.#best.set(tried.subarray(row * size, (row + 1) * size), i * size);
      }
    }
  }

  /** Stripes at first, then a square. */
  #change(x: Float32Array, origin: Float32Array): void {
    const { height, width, channels } = this.#image;
    const side = this.#step === 0 ? undefined : sideOf(this.#step / this.#steps, height * width);
    const rows = Math.min(height, side ?? height);
    const columns = Math.min(width, side ?? 1);
    const top = this.#random.below(height - rows + 1);
    const starts =
      side === undefined ? Array.from({ length: width }, (_, i) => i) : [this.#random.below(width - columns + 1)];
    for (const left of starts) {
      for (let channel = 0; channel < channels; channel++) {
        const step = this.#eps * this.#random.sign();
        for (let row = top; row < top + rows; row++) {
          for (let column = left; column < left + columns; column++) {
            const at = (row * width + column) * channels + channel;
            x[at] = Math.max(this.#service.low, Math.min(this.#service.high, origin[at]! + step));
          }
        }
      }
    }
  }
}

/** At a part of all steps. */
function sideOf(part: number, pixels: number): number {
  const halvings = HALVED_AFTER.filter((step) => 10_000 * part > step).length;
  return Math.max(1, Math.round(Math.sqrt((FIRST_PART / 2 ** halvings) * pixels)));
}

/** By how much the true class is ahead; of equals it is not. */
function marginOf(logits: Float64Array, row: number, classes: number, label: number): number {
  let other = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < classes; c++) if (c !== label) other = Math.max(other, logits[row * classes + c]!);
  return logits[row * classes + label]! - other;
}
