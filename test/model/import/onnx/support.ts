/** ONNX models built in tests. @module */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { evaluateFloat } from '../../../../src/model/float.js';
import type { Graph } from '../../../../src/model/graph.js';
import type { ImportOptions } from '../../../../src/model/import/importer.js';
import type { ReadExternal } from '../../../../src/model/import/onnx/external.js';
import { importOnnx } from '../../../../src/model/import/onnx/import.js';

const { FLOAT, INT64 } = TensorProto_DataType;
const Type = AttributeProto_AttributeType;

type Setting = number | readonly number[] | string | TensorProto | GraphProto;

/** A whole number is an INT, another a FLOAT. */
export function attribute(name: string, value: Setting): AttributeProto {
  if (typeof value === 'string') {
    return create(AttributeProtoSchema, { name, type: Type.STRING, s: new TextEncoder().encode(value) });
  }
  if (typeof value === 'number') {
    return Number.isInteger(value)
      ? create(AttributeProtoSchema, { name, type: Type.INT, i: BigInt(value) })
      : create(AttributeProtoSchema, { name, type: Type.FLOAT, f: value });
  }
  if ('$typeName' in value) {
    return value.$typeName === 'onnx.TensorProto'
      ? create(AttributeProtoSchema, { name, type: Type.TENSOR, t: value })
      : create(AttributeProtoSchema, { name, type: Type.GRAPH, g: value });
  }
  return create(AttributeProtoSchema, { name, type: Type.INTS, ints: value.map(BigInt) });
}

export function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  settings: Readonly<Record<string, Setting>> = {},
): NodeProto {
  const attributes = Object.entries(settings).map(([name, value]) => attribute(name, value));
  return create(NodeProtoSchema, { opType, input: [...input], output: [...output], attribute: attributes });
}

export function floats(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: FLOAT, floatData: [...values] });
}

export function integers(name: string, values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: [BigInt(values.length)],
    dataType: INT64,
    int64Data: values.map(BigInt),
  });
}

export function valueInfo(
  name: string,
  shape: readonly (number | string)[],
  elemType: TensorProto_DataType = FLOAT,
): ValueInfoProto {
  const dim = shape.map((extent) => ({
    value:
      typeof extent === 'number'
        ? { case: 'dimValue' as const, value: BigInt(extent) }
        : { case: 'dimParam' as const, value: extent },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } },
  });
}

/** A graph inside a node. */
export function graphOf(nodes: readonly NodeProto[], outputs: readonly string[]): GraphProto {
  const output = outputs.map((name) => create(ValueInfoProtoSchema, { name }));
  return create(GraphProtoSchema, { name: 'inner', node: [...nodes], output });
}

export interface Parts {
  readonly nodes: readonly NodeProto[];
  readonly weights?: readonly TensorProto[];
  readonly inputs?: readonly ValueInfoProto[];
  readonly outputs?: readonly string[];
  readonly opset?: number;
  readonly domain?: string;
}

/** A model from x to y, unless it says otherwise. */
export function modelOf(shape: readonly (number | string)[], parts: Parts): ModelProto {
  const { nodes, weights = [], inputs = [valueInfo('x', shape)], outputs = ['y'], opset = 17, domain = '' } = parts;
  const graph = create(GraphProtoSchema, {
    name: 'test',
    node: [...nodes],
    initializer: [...weights],
    input: [...inputs],
    output: outputs.map((name) => create(ValueInfoProtoSchema, { name })),
  });
  return create(ModelProtoSchema, { irVersion: 8n, graph, opsetImport: [{ domain, version: BigInt(opset) }] });
}

export function bytesOf(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

const NO_FILES: ReadExternal = async (path) => {
  throw new Error(`no file ${path}`);
};

export function imported(
  model: ModelProto,
  options: ImportOptions = {},
  read: ReadExternal = NO_FILES,
): Promise<Graph> {
  return importOnnx(bytesOf(model), read, options);
}

/** The model's output in floating point. */
export async function outputOf(
  model: ModelProto,
  input: readonly number[],
  options: ImportOptions = {},
): Promise<readonly number[]> {
  const { logits } = await evaluateFloat(await imported(model, options), 1, Float32Array.from(input));
  return Array.from(logits);
}
