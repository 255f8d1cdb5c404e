/** The cases of ONNX itself, as Debian's libonnx-testdata has them: a model, inputs and outputs. @module */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { TacitError } from '../../../../src/core/errors.js';
import { sizeOf } from '../../../../src/core/ring.js';
import { evaluateFloat } from '../../../../src/model/float.js';
import { isFloat } from '../../../../src/model/import/onnx/constant.js';
import { importOnnx } from '../../../../src/model/import/onnx/import.js';
import { constantFrom } from '../../../../src/model/import/onnx/tensors.js';
import { ended } from '../../../../src/model/ops/ending.js';

const DATA = process.env.ONNX_TESTDATA ?? '/usr/share/libonnx-testdata/data';

export const hasCases: boolean = existsSync(DATA);

export interface Outcome {
  readonly name: string;
  /** The operator of the node that decides. */
  readonly operator: string;
  readonly result: 'passed' | 'unsupported' | 'failed';
  readonly why: string;
}

/** Cases that are refused for their data, and one whose expected output was rounded in double precision. */
export const REFUSED: ReadonlyMap<string, string> = new Map([
  ...['BFLOAT16_to_FLOAT', 'FLOAT_to_BFLOAT16'].map((name) => [`node/test_cast_${name}`, 'NaN'] as const),
  ...['BFLOAT16_to_FLOAT', 'FLOAT_to_BFLOAT16'].map((name) => [`node/test_castlike_${name}`, 'NaN'] as const),
  ...['BFLOAT16_to_FLOAT', 'FLOAT_to_BFLOAT16'].map((name) => [`node/test_castlike_${name}_expanded`, 'NaN'] as const),
  ...['isinf', 'isinf_negative', 'isinf_positive', 'isnan'].map((name) => [`node/test_${name}`, 'NaN'] as const),
  ...['add_broadcast', 'add_size1_right_broadcast', 'add_size1_singleton_broadcast', 'addconstant'].map(
    (name) => [`pytorch-operator/test_operator_${name}`, 'numbers that no float32 holds'] as const,
  ),
  ['pytorch-operator/test_operator_pow', 'NaN'],
  ['pytorch-operator/test_operator_sqrt', 'NaN'],
  ['node/test_castlike_STRING_to_FLOAT_expanded', 'texts'],
  ['node/test_constantofshape_int_shape_zero', 'no elements'],
  ['node/test_reshape_allowzero_reordered', 'no elements'],
  ['node/test_tril_zero', 'no elements'],
  ['node/test_triu_zero', 'no elements'],
  ['node/test_slice_start_out_of_bounds', 'no elements'],
  ['node/test_split_zero_size_splits', 'no elements'],
  ['node/test_dynamicquantizelinear_expanded', 'a half, rounded from double precision'],
]);

/** Folders of cases, such as node/test_relu. */
export async function caseNames(set: string): Promise<readonly string[]> {
  return (await readdir(join(DATA, set))).sort().map((name) => join(set, name));
}

/** Imports and evaluates a case with as many secret inputs as it takes: all, then the first, then none, where its constants are computed at import. */
export async function runCase(name: string): Promise<Outcome> {
  const model = fromBinary(ModelProtoSchema, await readFile(join(DATA, name, 'model.onnx')));
  const operator = model.graph?.node.at(-1)?.opType ?? 'none';
  let outcome: Outcome = { name, operator, result: 'unsupported', why: 'no data' };
  const refused = REFUSED.get(name);
  if (refused !== undefined) return { ...outcome, why: refused };
  const isTensor = [...(model.graph?.input ?? []), ...(model.graph?.output ?? [])].every(
    ({ type }) => type?.value.case === 'tensorType',
  );
  if (!isTensor) return { ...outcome, why: 'sequences, maps and optional values' };
  const tensors = await tensorsOf(name);
  for (const secrets of ['all', 'first', 'none'] as const) {
    const { result, why } = await tried(model, tensors, secrets);
    outcome = {
      name,
      operator,
      result,
      why: outcome.why === 'no data' || result !== 'unsupported' ? why : outcome.why,
    };
    if (result !== 'unsupported') return outcome;
  }
  return outcome;
}

interface Data {
  readonly inputs: readonly TensorProto[];
  readonly outputs: readonly TensorProto[];
}

async function tensorsOf(name: string): Promise<Data> {
  const folder = join(DATA, name, 'test_data_set_0');
  const files = await readdir(folder);
  const read = async (kind: string): Promise<TensorProto[]> => {
    const count = files.filter((file) => file.startsWith(`${kind}_`)).length;
    const indices = Array.from({ length: count }, (_, i) => i);
    return Promise.all(
      indices.map(async (i) => fromBinary(TensorProtoSchema, await readFile(join(folder, `${kind}_${i}.pb`)))),
    );
  };
  return { inputs: await read('input'), outputs: await read('output') };
}

async function tried(
  model: ModelProto,
  { inputs, outputs }: Data,
  secrets: 'all' | 'first' | 'none',
): Promise<Pick<Outcome, 'result' | 'why'>> {
  const copy = fromBinary(ModelProtoSchema, toBinary(ModelProtoSchema, model));
  const graph = copy.graph!;
  const known = new Set(graph.initializer.map(({ name }) => name));
  const open = graph.input.filter(({ name }) => !known.has(name));
  let seen = 0;
  const values: number[] = [];
  try {
    for (const [i, { name }] of open.entries()) {
      const tensor = inputs[i]!;
      const isSecret = isFloat(tensor.dataType) && (secrets === 'all' || (secrets === 'first' && seen === 0));
      if (isSecret) {
        seen++;
        const reader = graph.node.some(({ input }) => input.includes(name));
        if (reader) for (const value of constantFrom(tensor, name).data) values.push(value);
      } else {
        graph.initializer.push(create(TensorProtoSchema, { ...tensor, name }));
      }
    }
    if (seen === 0) {
      withSum(graph, outputs.length);
      values.push(0);
    }
    const imported = await importOnnx(toBinary(ModelProtoSchema, copy), async () => new Uint8Array());
    const { logits } = await evaluateFloat(imported, 1, Float32Array.from(values));
    const last = model.graph!.node.at(-1)!;
    const expected = outputs.flatMap((tensor, i) => Array.from(constantFrom(tensor, `output ${i}`).data));
    const found = afterwards(
      last.opType,
      Number(last.attribute.find(({ name }) => name === 'axis')?.i ?? -1n),
      imported.outputs[0]!.shape,
      ended(imported.outputs, logits),
      versionOf(model),
    );
    const shapes = imported.outputs.map(({ shape }) => shape.join(',')).join(' ');
    const asked = outputs.map(({ dims }) => dims.join(',')).join(' ');
    if (seen > 0 && shapes !== asked)
      return { result: 'failed', why: `${secrets}: shape ${shapes}, expected ${asked}` };
    const worst = difference(found, expected);
    return worst < 1e-3 ? { result: 'passed', why: secrets } : { result: 'failed', why: `${secrets}: off by ${worst}` };
  } catch (error) {
    // what changes nothing is no network: its values are tried as constants
    if (error instanceof TacitError && /at least one layer|'s input, got a constant/.test(error.message))
      return { result: 'unsupported', why: error.message };
    if (error instanceof TacitError && error.code === 'UNSUPPORTED_LAYER')
      return { result: 'unsupported', why: error.message };
    return {
      result: 'failed',
      why: `${secrets}: ${error instanceof TacitError ? error.message : String((error as Error).stack)}`,
    };
  }
}

function versionOf({ opsetImport }: ModelProto): number {
  return Number(opsetImport.find(({ domain }) => domain === '')?.version ?? 0n);
}

/** Makes an output that depends on nothing one that has zero added. */
function withSum(graph: NonNullable<ModelProto['graph']>, count: number): void {
  graph.input.push(
    create(ValueInfoProtoSchema, {
      name: 'tacit/zero',
      type: { value: { case: 'tensorType', value: { elemType: TensorProto_DataType.FLOAT, shape: { dim: [] } } } },
    }),
  );
  const { INT } = AttributeProto_AttributeType;
  for (let i = 0; i < count; i++) {
    const [name, real, sum] = [graph.output[i]!.name, `tacit/real${i}`, `tacit/sum${i}`];
    const to = create(AttributeProtoSchema, { name: 'to', type: INT, i: BigInt(TensorProto_DataType.FLOAT) });
    graph.node.push(
      create(NodeProtoSchema, { opType: 'Cast', input: [name], output: [real], attribute: [to] }),
      create(NodeProtoSchema, { opType: 'Add', input: [real, 'tacit/zero'], output: [sum] }),
    );
    graph.output[i]!.name = sum;
  }
}

/** What is left to the client. */
function afterwards(
  operator: string,
  axis: number,
  shape: readonly number[],
  logits: Float32Array,
  version: number,
): Float32Array {
  if (operator !== 'Softmax' && operator !== 'LogSoftmax') return logits;
  const from = axis < 0 ? axis + shape.length : axis;
  const old = version < 13;
  const start = old && axis < 0 ? 1 : from;
  const extent = old ? sizeOf(shape.slice(start)) : shape[from]!;
  const inner = old ? 1 : sizeOf(shape.slice(from + 1));
  const found = new Float32Array(logits.length);
  for (let i = 0; i < logits.length; i++) {
    const first = Math.floor(i / (extent * inner)) * extent * inner + (i % inner);
    const row = Array.from({ length: extent }, (_, k) => logits[first + k * inner]!);
    const most = Math.max(...row);
    const log = logits[i]! - most - Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0));
    found[i] = operator === 'Softmax' ? Math.exp(log) : log;
  }
  return found;
}

/** The greatest difference, relative where values are above 1. */
function difference(found: Float32Array, expected: readonly number[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  return expected.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(found[i]! - value) / Math.max(1, Math.abs(value))),
    0,
  );
}
