/** Collects the nodes and constants of an ONNX graph. @module */
import { create } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { TacitError } from '../../../core/errors.js';
import { printable } from '../../../core/text.js';

type Setting = number | readonly number[] | string;
/** Attributes that are real numbers, also where they are whole. */
const REALS = new Set(['alpha', 'beta', 'gamma', 'epsilon']);
const Kind = AttributeProto_AttributeType;

export class Emitter {
  readonly #nodes: NodeProto[] = [];
  readonly #tensors: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  #made = 0;
  /** Of the nodes that are added, for errors. */
  current = '';

  /** Adds a node; gives the name of its output, which is `output` or a new one. */
  node(
    opType: string,
    input: readonly string[],
    settings: Readonly<Record<string, Setting>> = {},
    output?: string,
  ): string {
    const name = output ?? this.#fresh();
    this.nodes(opType, input, [name], settings);
    return name;
  }

  /** @throws BAD_MODEL where an input, which operators ask for by its place, is not there */
  nodes(
    opType: string,
    input: readonly (string | undefined)[],
    output: readonly string[],
    settings: Readonly<Record<string, Setting>> = {},
  ): void {
    const known = input.map((tensor) => {
      if (tensor !== undefined) return tensor;
      const where = `node ${printable(this.current, 100)}`;
      throw new TacitError('BAD_MODEL', `${where}: expected more inputs, got too few. Convert the model again`);
    });
    const attribute = Object.entries(settings).map(([name, value]) => attributeOf(name, value));
    this.#nodes.push(
      create(NodeProtoSchema, { name: this.current, opType, input: known, output: [...output], attribute }),
    );
  }

  integers(values: readonly number[]): string {
    const name = this.#fresh();
    this.constant(name, [values.length], true, values);
    return name;
  }

  real(value: number): string {
    return this.reals([], [value]);
  }

  reals(shape: readonly number[], values: ArrayLike<number>): string {
    const name = this.#fresh();
    this.constant(name, shape, false, values);
    return name;
  }

  constant(name: string, shape: readonly number[], isInteger: boolean, values: ArrayLike<number>): void {
    const { INT64, FLOAT } = TensorProto_DataType;
    const array = isInteger
      ? BigInt64Array.from(values, (value) => BigInt(Math.trunc(value)))
      : Float32Array.from(values);
    this.#tensors.push(
      create(TensorProtoSchema, {
        name,
        dims: shape.map(BigInt),
        dataType: isInteger ? INT64 : FLOAT,
        rawData: new Uint8Array(array.buffer),
      }),
    );
  }

  /** An input; extents below 0 are open. */
  input(name: string, shape: readonly number[]): void {
    const dim = shape.map((extent, axis) => ({
      value:
        extent < 0
          ? { case: 'dimParam' as const, value: axis === 0 ? 'batch' : `d${axis}` }
          : { case: 'dimValue' as const, value: BigInt(extent) },
    }));
    const elemType = TensorProto_DataType.FLOAT;
    const type = { value: { case: 'tensorType' as const, value: { elemType, shape: { dim } } } };
    this.#inputs.push(create(ValueInfoProtoSchema, { name, type }));
  }

  graph(name: string, outputs: readonly string[]): GraphProto {
    return create(GraphProtoSchema, {
      name,
      node: this.#nodes,
      initializer: this.#tensors,
      input: this.#inputs,
      output: outputs.map((output) => create(ValueInfoProtoSchema, { name: output })),
    });
  }

  #fresh(): string {
    this.#made++;
    return `${this.current}//${this.#made}`;
  }
}

function attributeOf(name: string, value: Setting): AttributeProto {
  if (typeof value === 'string') {
    return create(AttributeProtoSchema, { name, type: Kind.STRING, s: new TextEncoder().encode(value) });
  }
  if (typeof value !== 'number') {
    return create(AttributeProtoSchema, { name, type: Kind.INTS, ints: value.map(BigInt) });
  }
  return REALS.has(name)
    ? create(AttributeProtoSchema, { name, type: Kind.FLOAT, f: value })
    : create(AttributeProtoSchema, { name, type: Kind.INT, i: BigInt(value) });
}
