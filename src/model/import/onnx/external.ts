/** Tensors whose data stand in files beside the model. @module */
import {
  type AttributeProto,
  type GraphProto,
  TensorProto_DataLocation as Location,
  type ModelProto,
  type TensorProto,
} from 'onnx-buf';
import { TacitError } from '../../../core/errors.js';
import { printable } from '../../../core/text.js';
import { MOST_MODEL_BYTES } from '../limits.js';
import { quote } from '../quote.js';
import { rawBytesOf } from './tensors.js';

/** Gives bytes of a file of the model's folder, by its path there; throws BAD_MODEL where it has not so many. */
export type ReadExternal = (path: string, offset: number, bytes: number) => Promise<Uint8Array<ArrayBuffer>>;

/** Puts external data into their tensors. @throws BAD_MODEL on a path outside the folder, and on data of another length */
export async function readExternalData(model: ModelProto, read: ReadExternal): Promise<void> {
  const found = [...tensorsOf(model.graph)]
    .filter(({ dataLocation }) => dataLocation === Location.EXTERNAL)
    .map((tensor) => ({ tensor, ...placeOf(tensor) }));
  const all = found.reduce((sum, { bytes }) => sum + bytes, 0);
  if (all > MOST_MODEL_BYTES) throw bad(`at most ${MOST_MODEL_BYTES} bytes of external data`, `${all}`);
  for (const { tensor, path, offset, bytes } of found) tensor.rawData = await read(path, offset, bytes);
}

function placeOf(tensor: TensorProto): { readonly path: string; readonly offset: number; readonly bytes: number } {
  const name = printable(tensor.name);
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const path = entries.get('location') ?? '';
  if (path === '' || path.startsWith('/') || /[\\\0:]/.test(path) || path.split('/').includes('..')) {
    throw bad(`data of ${name} in a file below the model's folder`, quote(path));
  }
  const expected = rawBytesOf(tensor, tensor.name);
  const offset = integerIn(name, entries.get('offset') ?? '0');
  const bytes = integerIn(name, entries.get('length') ?? String(expected));
  if (bytes !== expected) throw bad(`${expected} bytes of external data of ${name}`, String(bytes));
  return { path, offset, bytes };
}

function integerIn(name: string, text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw bad(`whole numbers as place of ${name}`, quote(text));
  return value;
}

/** All tensors of a graph, those of its subgraphs included. */
function* tensorsOf(graph: GraphProto | undefined): Generator<TensorProto> {
  if (graph === undefined) return;
  yield* graph.initializer;
  for (const { attribute } of graph.node) for (const each of attribute) yield* tensorsIn(each);
}

function* tensorsIn({ t, tensors, g, graphs }: AttributeProto): Generator<TensorProto> {
  if (t !== undefined) yield t;
  yield* tensors;
  for (const graph of g === undefined ? graphs : [g, ...graphs]) yield* tensorsOf(graph);
}

function bad(expected: string, came: string): TacitError {
  return new TacitError('BAD_MODEL', `expected ${expected}, got ${came}. Export the model again`);
}
