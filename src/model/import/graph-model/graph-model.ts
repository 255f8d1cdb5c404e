/** Import of a tfjs GraphModel: its TensorFlow graph becomes one of ONNX, in memory, whose importer does the rest. @module */
import { create } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { TacitError } from '../../../core/errors.js';
import { printable } from '../../../core/text.js';
import type { Graph } from '../../graph.js';
import type { ImportOptions } from '../importer.js';
import { Emitter } from '../onnx/emitter.js';
import { importModel } from '../onnx/import.js';
import type { Known } from './context.js';
import { OPERATORS } from './operators.js';
import { type GraphModel, type GraphNode, graphModel, refused, Settings, unknown } from './schema.js';

/** An input of bytes would say that pixels are not divided by 255. */
const FLOATS = ['', 'DT_FLOAT', '1'];
/** Of the nodes that the conversion makes. */
const OPSET = 18n;

/** A weight of the manifest. */
export interface StoredWeight extends Known {
  readonly isInteger: boolean;
}

/** The operators that a GraphModel may have, sorted. */
export const SUPPORTED_NODES: readonly string[] = ['Const', 'NoOp', 'Placeholder', ...OPERATORS.keys()].sort();

/**
 * The graph of a GraphModel.
 *
 * @param json what model.json holds, parsed
 * @throws BAD_MODEL on a broken file, UNSUPPORTED_LAYER on an operator that is not supported
 */
export function importGraphModel(
  json: unknown,
  weights: ReadonlyMap<string, StoredWeight>,
  options: ImportOptions,
): Graph {
  const parsed = graphModel.safeParse(json);
  if (!parsed.success) {
    const path = parsed.error.issues[0]!.path.join('.');
    throw bad('a tfjs GraphModel', `one whose ${path || 'content'} does not fit`);
  }
  const nodes = withoutIdentities(parsed.data.modelTopology.node);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  if (byName.size !== nodes.length) throw bad('nodes of distinct names', 'a name twice');
  const passedOn = (tensor: string): string => {
    const node = byName.get(tensor);
    return node !== undefined && IDENTITIES.includes(node.op) ? (node.input[0] ?? tensor) : tensor;
  };
  const outputs = [...new Set(outputsOf(parsed.data, nodes).map(passedOn))];
  const emit = new Emitter();
  for (const node of inOrder(outputs.map(nodeOf), byName)) emitNode(emit, node, byName, weights);
  const graph = emit.graph('network', outputs);
  return importModel(
    create(ModelProtoSchema, { irVersion: 8n, graph, opsetImport: [{ domain: '', version: OPSET }] }),
    options,
  );
}

function emitNode(
  emit: Emitter,
  node: GraphNode,
  byName: ReadonlyMap<string, GraphNode>,
  weights: ReadonlyMap<string, StoredWeight>,
): void {
  const settings = new Settings(node);
  emit.current = node.name;
  if (node.op === 'Const') {
    const { shape, values, isInteger } = weightOf(node, weights);
    emit.constant(node.name, shape, isInteger, values);
    return;
  }
  if (node.op === 'Placeholder') {
    const shape = settings.shape('shape');
    if (shape === undefined) throw refused(node, 'an input of a known number of axes', 'an open one');
    const type = settings.type('dtype');
    if (!FLOATS.includes(type)) throw refused(node, 'an input of floats', printable(type, 40));
    emit.input(node.name, shape);
    return;
  }
  const operator = OPERATORS.get(node.op);
  if (operator === undefined) {
    throw unknown(node);
  }
  const inputs = dataInputs(node).map(tensorOf);
  const known = (index: number): Known => {
    const source = byName.get(nodeOf(inputs[index] ?? ''));
    if (source?.op !== 'Const')
      throw refused(node, `input ${index} to be a constant of the file`, 'one that is computed');
    return weightOf(source, weights);
  };
  operator({ emit, node, settings, inputs, output: node.name, known });
}

function weightOf({ name }: GraphNode, weights: ReadonlyMap<string, StoredWeight>): StoredWeight {
  const weight = weights.get(name);
  if (weight === undefined) throw bad(`the weight ${printable(name, 100)} in the manifest`, 'none');
  return weight;
}

const IDENTITIES = ['Identity', 'StopGradient', 'Snapshot', 'PreventGradient', 'EnsureShape'];

/** Nodes that pass on what they read are what they read, but for the names of outputs. */
function withoutIdentities(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const passed = new Map(nodes.filter(({ op }) => IDENTITIES.includes(op)).map(({ name, input }) => [name, input[0]]));
  const behind = (tensor: string): string => {
    let found = tensorOf(tensor);
    for (let steps = 0; steps <= passed.size; steps++) {
      const next = passed.get(found);
      if (next === undefined) return found;
      found = tensorOf(next);
    }
    throw bad('nodes without a cycle', `one through ${printable(found, 100)}`);
  };
  return nodes.map((node) => ({
    ...node,
    input: node.input.map((name) => (name.startsWith('^') ? name : behind(name))),
  }));
}

/** The outputs that the signature names, or what no node reads. */
function outputsOf({ signature, userDefinedMetadata }: GraphModel, nodes: readonly GraphNode[]): string[] {
  const signed = (signature ?? userDefinedMetadata?.signature)?.outputs;
  if (signed !== undefined) return [...new Set(Object.values(signed).map(({ name }) => tensorOf(name)))];
  const read = new Set(nodes.flatMap(({ input }) => input.map((name) => nodeOf(name.replace(/^\^/, '')))));
  const last = nodes.filter(
    ({ name, op }) => !read.has(name) && op !== 'NoOp' && op !== 'Const' && op !== 'Placeholder',
  );
  if (last.length === 0) throw bad('a graph with an output', 'none');
  return last.map(({ name }) => name);
}

/** Inputs but for those that only say what comes first. */
function dataInputs({ input }: GraphNode): readonly string[] {
  return input.filter((name) => !name.startsWith('^'));
}

/** name:0 is name. */
function tensorOf(name: string): string {
  return name.replace(/:0$/, '');
}

function nodeOf(tensor: string): string {
  return tensor.replace(/:\d+$/, '');
}

/** The nodes that outputs need, each after those that it reads. */
function inOrder(outputs: readonly string[], byName: ReadonlyMap<string, GraphNode>): GraphNode[] {
  const done: GraphNode[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const stack = [...outputs].reverse();
  while (stack.length > 0) {
    const name = stack.at(-1)!;
    const node = byName.get(name);
    if (node === undefined) throw bad(`a node named ${printable(name, 100)}`, 'none');
    if (state.get(name) === 'done') {
      stack.pop();
      continue;
    }
    const waiting = dataInputs(node)
      .map(nodeOf)
      .filter((input) => state.get(input) !== 'done');
    if (waiting.length === 0) {
      state.set(name, 'done');
      done.push(node);
      stack.pop();
      continue;
    }
    if (waiting.some((input) => state.get(input) === 'open'))
      throw bad('nodes without a cycle', `one through ${printable(name, 100)}`);
    state.set(name, 'open');
    stack.push(...waiting.reverse());
  }
  return done;
}

function bad(expected: string, came: string): TacitError {
  return new TacitError('BAD_MODEL', `expected ${expected}, got ${came}. Convert the model again`);
}
