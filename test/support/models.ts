/** Small fixed-point models made by hand, with random weights. */
import { type Conv2d, convOutput, dense, type Pool2d, poolOutput, weightSize } from '../../src/core/linear-map.js';
import { concat, FILL, gather, indicesOf, type Nd, transpose } from '../../src/core/nd.js';
import { sizeOf } from '../../src/core/ring.js';
import type { FixedModel, FixedNode, LinearWeights, NonlinearNode } from '../../src/model/fixed-model.js';
import { piecesOf } from '../../src/model/ops/move/pieces.js';
import { tablesOf } from '../model/ops/activations.js';
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

  push<N extends { op: FixedNode['op']; shape: readonly number[]; inputs: readonly number[] }>(node: N): this {
    const id = this.#nodes.length;
    this.#nodes.push({ id, name: `${node.op}${id}`, fractionBits: 4, ...node } as FixedNode);
    return this;
  }

  reshape(shape: readonly number[]): this {
    return this.move([this.last], ([x]) => ({ shape, data: x!.data }));
  }

  offset(offset: number): this {
    return this.push({ op: 'offset', offset, shape: this.shapeOf(this.last), inputs: [this.last] });
  }

  /** A movement of any inputs. */
  move(inputs: readonly number[], change: (inputs: readonly Nd<Int32Array>[]) => Nd<Int32Array>, fill = 0): this {
    const shapes = inputs.map((id) => this.shapeOf(id));
    let first = 0;
    const indices = shapes.map((of) => {
      const x = indicesOf(of, first);
      first += sizeOf(of);
      return x;
    });
    const { shape, data } = change(indices);
    return this.push({ op: 'move', shape, inputs, pieces: piecesOf(data, shapes.map(sizeOf)), fill });
  }

  done(outputWidth = 24): FixedModel {
    return {
      graph: {
        name: 'test',
        ringBits: this.#bits,
        nodes: this.#nodes,
        inputs: [{ name: 'x', shape: this.#nodes[0]!.shape }],
        outputs: [{ name: 'y', shape: this.#nodes.at(-1)!.shape }],
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
  maker.reshape([27]).dense(6).product();
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

/** Movements that fill with public numbers, and public numbers added: to the input, sums, what party 0 knows ahead, and at the end. */
export function constants(bits: 32 | 64): ModelMaker {
  const maker = new ModelMaker(bits, [2, 3, 4]).offset(-3);
  maker.move([maker.last], ([x]) => transpose(gather(x!, 1, [2, FILL, 0], FILL), [2, 0, 1]), 7).dense(5);
  const known = maker.offset(9).nonlinear().last;
  const shifted = maker.offset(2).last;
  maker.move([known, shifted], ([x, y]) => concat([gather(x!, 0, [4, FILL, 0], FILL), y!], 0), -5);
  return maker
    .dense(6)
    .move([maker.last], ([x]) => gather(x!, 0, [FILL, 5, 4, 3, 3, 0], FILL), 100)
    .offset(-1);
}

/** Tables of segments as wide, of octaves and mirrored ones, with and without a line, and steps that saturate. */
export function smooth(bits: 32 | 64): ModelMaker {
  const maker = new ModelMaker(bits, [6, 6, 2]).conv({ outChannels: 3 });
  const pool = poolOf(maker.shapeOf(maker.last), 2, 2);
  maker.nonlinear({ ...tablesOf({ activation: 'smooth', function: 'gelu' }, 6, 6, -30, 30), pool });
  maker.reshape([12]).dense(9);
  maker.nonlinear({ activation: 'leakyRelu', slope: 51, slopeBits: 9, saturateBits: 9, width: 21 }).dense(8);
  maker.nonlinear(tablesOf({ activation: 'smooth', function: 'rsqrt', least: 1 / 16 }, 8, 6, -1, 20)).dense(7);
  maker.nonlinear({ ...tablesOf({ activation: 'smooth', function: 'softsign' }, 7, 6, -9, 9), saturateBits: 10 });
  return maker.dense(5).nonlinear({ activation: 'none', saturateBits: 11, shift: 2 });
}
