/** Small fixed-point models made by hand, with random weights. */
import { type Conv2d, convOutput, dense, type Pool2d, poolOutput, weightSize } from '../../src/core/linear-map.js';
import { sizeOf } from '../../src/core/ring.js';
import type { FixedModel, FixedNode, LinearWeights, NonlinearNode } from '../../src/model/fixed-model.js';
import { randomIntegers } from './session.js';

export class ModelMaker {
  readonly #bits: 32 | 64;
  readonly #nodes: FixedNode[] = [];
  readonly #parameters = new Map<number, LinearWeights>();

  constructor(bits: 32 | 64, inputShape: readonly number[]) {
    this.#bits = bits;
    this.#nodes.push({
      id: 0,
      name: 'input',
      op: 'input',
      inputs: [],
      shape: inputShape,
      fractionBits: 4,
      low: -8,
      high: 8,
    });
  }

  get last(): number {
    return this.#nodes.length - 1;
  }

  shapeOf(id: number): readonly number[] {
    return this.#nodes[id]!.shape;
  }

  conv(partial: Partial<Conv2d>, from: number = this.last): this {
    const [inHeight, inWidth, inChannels] = this.shapeOf(from) as [number, number, number];
    const map: Conv2d = {
      ...dense(inChannels, inChannels),
      inHeight,
      inWidth,
      kernelHeight: 3,
      kernelWidth: 3,
      ...partial,
    };
    return this.#linear(map, [...convOutput(map)], from);
  }

  dense(outputs: number, from: number = this.last): this {
    return this.#linear(dense(sizeOf(this.shapeOf(from)), outputs), [outputs], from);
  }

  /** The square of `from`, or its product with `other`. */
  product(from: number = this.last, other: number = from): this {
    return this.push({ op: 'product', inputs: [from, other], shape: [...this.shapeOf(from)] });
  }

  nonlinear(options: Partial<NonlinearNode> & { pool?: Pool2d } = {}, from: number = this.last): this {
    const shape = options.pool ? [...poolOutput(options.pool)] : [...this.shapeOf(from)];
    return this.push({ op: 'nonlinear', inputs: [from], shape, activation: 'relu', width: 20, shift: 6, ...options });
  }

  push(node: { op: FixedNode['op']; shape: readonly number[]; inputs: readonly number[] } & object): this {
    const id = this.#nodes.length;
    this.#nodes.push({ id, name: `${node.op}${id}`, fractionBits: 4, ...node } as FixedNode);
    return this;
  }

  done(outputWidth = 24): FixedModel {
    return {
      graph: {
        name: 'test',
        ringBits: this.#bits,
        nodes: this.#nodes,
        output: this.last,
        outputWidth,
        guaranteed: true,
      },
      parameters: this.#parameters,
    };
  }

  #linear(map: Conv2d, shape: number[], from: number): this {
    const id = this.#nodes.length;
    this.push({ op: 'linear', inputs: [from], shape, map, weightFractionBits: 5, hasBias: true } as never);
    this.#parameters.set(id, {
      weights: randomIntegers(weightSize(map), this.#bits, 7, `weights ${id}`),
      bias: randomIntegers(map.outChannels, this.#bits, 10, `bias ${id}`),
    });
    return this;
  }
}

/** Non-overlapping or overlapping square windows without padding. */
export function poolOf(shape: readonly number[], window: number, stride: number, pad = 0): Pool2d {
  const [inHeight, inWidth, channels] = shape as [number, number, number];
  return {
    inHeight,
    inWidth,
    channels,
    windowHeight: window,
    windowWidth: window,
    strideHeight: stride,
    strideWidth: stride,
    padTop: pad,
    padBottom: pad,
    padLeft: pad,
    padRight: pad,
  };
}

/** A square after a convolution, another one after a dense layer: no circuit but rescales. */
export function squares(): ModelMaker {
  const maker = new ModelMaker(32, [5, 5, 2]).conv({ outChannels: 3 }).product();
  maker.nonlinear({ activation: 'none', width: 32, shift: 12 });
  maker
    .push({ op: 'reshape', shape: [27], inputs: [maker.last] })
    .dense(6)
    .product();
  return maker.nonlinear({ activation: 'none', width: 30, shift: 10 }).dense(4);
}

/** Products of what party 0 knows ahead and does not: two outputs of circuits, one and a sum, the input and a circuit's, and at the end a square. */
export function products(bits: 32 | 64): ModelMaker {
  const maker = new ModelMaker(bits, [6]).dense(6);
  const sums = maker.last;
  const first = maker.nonlinear().last;
  const second = maker.nonlinear({ activation: 'none' }, sums).last;
  const known = maker.product(first, second).last;
  const mixed = maker.product(second, sums).last;
  const fresh = maker.product(0, mixed).last;
  maker.push({ op: 'add', shape: [6], inputs: [known, fresh] });
  return maker.nonlinear({ width: bits === 32 ? 31 : 40, shift: 9 }).product();
}
