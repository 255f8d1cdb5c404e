/**
 * A network as an ONNX model, for runtimes that read no other format: the layers that the zoo's networks are made of. Tensors stay
 * NHWC between operations, as in the graph; what ONNX knows for NCHW alone is transposed around, and runtimes cancel such pairs.
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, encoded as https://protobuf.dev/programming-guides/encoding says.
 * @module
 */
import { TacitError } from '../src/core/errors.js';
import type { Conv2d } from '../src/core/linear-map.js';
import { sizeOf } from '../src/core/ring.js';
import type { Graph } from '../src/model/graph.js';
import type { LinearOp } from '../src/model/ops/linear/nodes.js';
import { isReshape } from '../src/model/ops/move/move.js';
import { zerosAround } from '../src/model/ops/move/zeros-around.js';
import type { Floats, Shape } from '../src/model/ops/node.js';
import type { GraphOp } from '../src/model/ops/operators.js';
import { settleMovements } from '../src/model/passes/movement.js';

const IR_VERSION = 8;
const OPSET = 17;
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE = { int: 2, ints: 7 } as const;
const INPUT = 'input';

type Attributes = Readonly<Record<string, number | readonly number[]>>;
/** A number is a varint, anything else bytes after their length. */
type Field = readonly [number: number, value: number | string | Uint8Array];

function message(...fields: Field[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === 'number') return [varint(8 * number), varint(value)];
      const bytes = Buffer.from(value);
      return [varint(8 * number + 2), varint(bytes.length), bytes];
    }),
  );
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.of(...bytes, Number(rest));
}

/** The model, for batches of any size. @throws UNSUPPORTED_LAYER */
export function onnxOf(graph: Graph): Uint8Array {
  const { nodes, output } = settleMovements(graph);
  const writer = new Writer();
  const names = [INPUT];
  for (const node of nodes.slice(1)) {
    const [source] = node.inputs as [number];
    names.push(writer.layer(node, names[source]!, nodes[source]!.shape));
  }
  const described = [0, output].map((id) => valueInfo(names[id]!, nodes[id]!.shape));
  const network = message(...writer.fields, [2, 'network'], [11, described[0]!], [12, described[1]!]);
  return message([1, IR_VERSION], [7, network], [8, message([1, ''], [2, OPSET])]);
}

function valueInfo(name: string, shape: readonly number[]): Uint8Array {
  const extents = [message([2, 'batch']), ...shape.map((extent) => message([1, extent]))];
  const tensor = message([1, FLOAT], [2, message(...extents.map((extent): Field => [1, extent]))]);
  return message([1, name], [2, message([1, tensor])]);
}

/** Collects a graph's nodes and constants; every method gives the name of a tensor. */
class Writer {
  readonly fields: Field[] = [];
  #tensors = 0;

  /** @param shape of x */
  layer(node: GraphOp, x: string, shape: Shape): string {
    switch (node.op) {
      case 'linear':
        return this.#linear(node, x);
      case 'nonlinear': {
        const { pool, activation } = node;
        if (activation !== 'none' && activation !== 'relu') break;
        const attributes = pool && {
          kernel_shape: [pool.windowHeight, pool.windowWidth],
          strides: [pool.strideHeight, pool.strideWidth],
          pads: [pool.padTop, pool.padLeft, pool.padBottom, pool.padRight],
        };
        const pooled = attributes === undefined ? x : this.#image('MaxPool', [x], attributes);
        return activation === 'relu' ? this.#add('Relu', [pooled]) : pooled;
      }
      case 'move': {
        const zeros = zerosAround(node, shape);
        if (zeros !== undefined) {
          const { top, left, bottom, right } = zeros;
          return this.#add('Pad', [x, this.#integers([0, top, left, 0, 0, bottom, right, 0])]);
        }
        if (!isReshape(node, sizeOf(node.shape))) break;
        return this.#add('Reshape', [x, this.#integers([0, ...node.shape])]);
      }
      case 'softmax':
        return this.#add('Softmax', [x], { axis: -1 });
    }
    throw new TacitError(
      'UNSUPPORTED_LAYER',
      `onnx: expected layers of the zoo, got ${node.name}. Use another backend`,
    );
  }

  #linear({ map, weights, bias, shape }: LinearOp, x: string): string {
    const { kernelHeight, kernelWidth, inChannels, outChannels, groups } = map;
    const offset = bias === undefined ? [] : [this.#constant(FLOAT, [outChannels], Float32Array.from(bias))];
    if (shape.length === 1) {
      const matrix = this.#constant(FLOAT, [inChannels, outChannels], Float32Array.from(weights));
      return this.#add('Gemm', [x, matrix, ...offset]);
    }
    const kernelShape = [outChannels, inChannels / groups, kernelHeight, kernelWidth];
    return this.#image('Conv', [x, this.#constant(FLOAT, kernelShape, oihw(map, weights)), ...offset], {
      strides: [map.strideHeight, map.strideWidth],
      dilations: [map.dilationHeight, map.dilationWidth],
      pads: [map.padTop, map.padLeft, map.padBottom, map.padRight],
      group: groups,
    });
  }

  /** An operation on images, which ONNX has NCHW. */
  #image(operation: string, [x, ...others]: readonly string[], attributes: Attributes): string {
    const turned = this.#add('Transpose', [x!], { perm: [0, 3, 1, 2] });
    return this.#add('Transpose', [this.#add(operation, [turned, ...others], attributes)], { perm: [0, 2, 3, 1] });
  }

  #add(operation: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const name = `${++this.#tensors}`;
    const operands = inputs.map((input): Field => [1, input]);
    const settings = Object.entries(attributes).map(([key, value]): Field => [5, attribute(key, value)]);
    this.fields.push([1, message(...operands, [2, name], [4, operation], ...settings)]);
    return name;
  }

  #integers(values: readonly number[]): string {
    return this.#constant(INT64, [values.length], BigInt64Array.from(values, BigInt));
  }

  #constant(type: number, shape: readonly number[], values: Float32Array | BigInt64Array): string {
    const name = `${++this.#tensors}`;
    const extents = shape.map((extent): Field => [1, extent]);
    this.fields.push([5, message(...extents, [2, type], [8, name], [9, new Uint8Array(values.buffer)])]);
    return name;
  }
}

function attribute(name: string, value: number | readonly number[]): Uint8Array {
  if (typeof value === 'number') return message([1, name], [3, value], [20, ATTRIBUTE.int]);
  return message([1, name], ...value.map((each): Field => [8, each]), [20, ATTRIBUTE.ints]);
}

/** Weights [height, width, in, out] as [out, in, height, width]. */
function oihw({ kernelHeight, kernelWidth, inChannels, outChannels, groups }: Conv2d, weights: Floats): Float32Array {
  const taps = kernelHeight * kernelWidth;
  const inputs = inChannels / groups;
  return Float32Array.from({ length: weights.length }, (_, i) => {
    const [tap, input, output] = [i % taps, Math.floor(i / taps) % inputs, Math.floor(i / taps / inputs)];
    return weights[(tap * inputs + input) * outChannels + output]!;
  });
}
