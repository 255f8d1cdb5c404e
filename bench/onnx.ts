/**
 * A network as an ONNX model, for runtimes that read no other format: the layers that the zoo's networks are made of. Tensors stay
 * NHWC between operations, as in the graph; what ONNX knows for NCHW alone is transposed around, and runtimes cancel such pairs.
 * @module
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { TacitError } from '../src/core/errors.js';
import type { Conv2d } from '../src/core/linear-map.js';
import { sizeOf } from '../src/core/ring.js';
import type { Graph } from '../src/model/graph.js';
import { Emitter } from '../src/model/import/onnx/emitter.js';
import type { LinearOp } from '../src/model/ops/linear/nodes.js';
import { isReshape } from '../src/model/ops/move/move.js';
import { zerosAround } from '../src/model/ops/move/zeros-around.js';
import type { Floats, Shape } from '../src/model/ops/node.js';
import type { GraphOp } from '../src/model/ops/operators.js';
import { settleMovements } from '../src/model/passes/movement.js';

const IR_VERSION = 8n;
const OPSET = 17n;
const INPUT = 'input';

type Settings = Readonly<Record<string, number | readonly number[]>>;

/** The model, for batches of any size. @throws UNSUPPORTED_LAYER */
export function onnxOf(graph: Graph): Uint8Array {
  const { nodes, output } = settleMovements(graph);
  const writer = new Writer(nodes[0]!.shape);
  const names = [INPUT];
  for (const node of nodes.slice(1)) {
    const [source] = node.inputs as [number];
    names.push(writer.layer(node, names[source]!, nodes[source]!.shape));
  }
  const network = writer.emit.graph('network', [names[output]!]);
  const opsetImport = [{ domain: '', version: OPSET }];
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: IR_VERSION, graph: network, opsetImport }));
}

/** Collects a graph's nodes and constants; every method gives the name of a tensor. */
class Writer {
  readonly emit: Emitter = new Emitter();

  constructor(inputShape: Shape) {
    this.emit.input(INPUT, [-1, ...inputShape]);
  }

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
        return activation === 'relu' ? this.emit.node('Relu', [pooled]) : pooled;
      }
      case 'move': {
        const zeros = zerosAround(node, shape);
        if (zeros !== undefined) {
          const { top, left, bottom, right } = zeros;
          return this.emit.node('Pad', [x, this.emit.integers([0, top, left, 0, 0, bottom, right, 0])]);
        }
        if (!isReshape(node, sizeOf(node.shape))) break;
        return this.emit.node('Reshape', [x, this.emit.integers([0, ...node.shape])]);
      }
      case 'softmax':
        return this.emit.node('Softmax', [x], { axis: -1 });
    }
    throw new TacitError(
      'UNSUPPORTED_LAYER',
      `onnx: expected layers of the zoo, got ${node.name}. Use another backend`,
    );
  }

  #linear({ map, weights, bias, shape }: LinearOp, x: string): string {
    const { kernelHeight, kernelWidth, inChannels, outChannels, groups } = map;
    const offset = bias === undefined ? [] : [this.emit.reals([outChannels], Float32Array.from(bias))];
    if (shape.length === 1) {
      const matrix = this.emit.reals([inChannels, outChannels], Float32Array.from(weights));
      return this.emit.node('Gemm', [x, matrix, ...offset]);
    }
    const kernelShape = [outChannels, inChannels / groups, kernelHeight, kernelWidth];
    return this.#image('Conv', [x, this.emit.reals(kernelShape, oihw(map, weights)), ...offset], {
      strides: [map.strideHeight, map.strideWidth],
      dilations: [map.dilationHeight, map.dilationWidth],
      pads: [map.padTop, map.padLeft, map.padBottom, map.padRight],
      group: groups,
    });
  }

  /** An operation on images, which ONNX has NCHW. */
  #image(operation: string, [x, ...others]: readonly string[], attributes: Settings): string {
    const turned = this.emit.node('Transpose', [x!], { perm: [0, 3, 1, 2] });
    return this.emit.node('Transpose', [this.emit.node(operation, [turned, ...others], attributes)], {
      perm: [0, 2, 3, 1],
    });
  }
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
