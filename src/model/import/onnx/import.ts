/** Import of an ONNX model: its nodes in their order, each a constant, a movement or an operation of the graph. https://onnx.ai/onnx/repo-docs/IR.html @module */
import { type GraphProto, type ModelProto, ModelProtoSchema, type NodeProto } from 'onnx-buf';
import { TacitError } from '../../../core/errors.js';
import { sizeOf } from '../../../core/ring.js';
import { printable } from '../../../core/text.js';
import { type Finished, type Graph, GraphBuilder } from '../../graph.js';
import type { ImportOptions } from '../importer.js';
import { Attributes } from './attributes.js';
import { cardOf } from './card.js';
import type { Value } from './constant.js';
import { constantInput, type NodeContext, shapeOf } from './context.js';
import { decodeMessage } from './decode.js';
import { type ReadExternal, readExternalData } from './external.js';
import { inputsOf } from './inputs.js';
import { importNode } from './operators.js';
import { neededNodes, Scope } from './scope.js';
import { constantFrom } from './tensors.js';

const OLDEST_OPSET = 1;
const NEWEST_OPSET = 26;
const MAX_NODES = 2 ** 18;
/** Elements of all constants and movements that an import makes. */
const MAX_WORK = 2 ** 30;
const MAX_ELEMENTS = 2 ** 25;
const MAX_RANK = 16;
const MAX_NAME = 100;

/**
 * The graph of a model.
 *
 * @param readExternal gives bytes of the files beside it
 * @throws BAD_MODEL on a broken file, UNSUPPORTED_LAYER on an operator that is not supported
 */
export async function importOnnx(
  bytes: Uint8Array,
  readExternal: ReadExternal,
  options: ImportOptions = {},
): Promise<Graph> {
  const model = decodeMessage(ModelProtoSchema, bytes, 'an ONNX model');
  await readExternalData(model, readExternal);
  const card = cardOf(model);
  return { ...importModel(model, options), ...(card ? { card } : {}) };
}

/** The graph of a model whose weights are all in it. */
export function importModel(model: ModelProto, { inputShapes = [] }: ImportOptions): Graph {
  const { graph } = model;
  if (graph === undefined || graph.node.length > MAX_NODES)
    throw bad(`a graph of at most ${MAX_NODES} nodes`, graph === undefined ? 'none' : 'more');
  return new Import(opsetOf(model)).run(graph, inputShapes);
}

function opsetOf({ opsetImport, functions }: ModelProto): number {
  if (functions.length > 0)
    throw unsupported('a model without functions of its own', `${functions.length}`, 'Inline them');
  const [other] = opsetImport.filter(({ domain }) => !isStandard(domain));
  const versions = opsetImport.filter(({ domain }) => isStandard(domain)).map(({ version }) => Number(version));
  const [version] = versions;
  if (versions.length === 0 && other !== undefined) {
    throw unsupported('operators of ONNX', `of ${printable(other.domain, MAX_NAME)} alone`, 'Export without them');
  }
  if (versions.length !== 1 || version === undefined) throw bad('one version of the operators', `${versions.length}`);
  if (version < OLDEST_OPSET || version > NEWEST_OPSET) {
    throw unsupported(
      `operators of opset ${OLDEST_OPSET} to ${NEWEST_OPSET}`,
      `opset ${version}`,
      'Convert the model with onnx.version_converter',
    );
  }
  return version;
}

function isStandard(domain: string): boolean {
  return domain === '' || domain === 'ai.onnx';
}

class Import {
  readonly #builder = new GraphBuilder();
  readonly #opset: number;
  #work = 0;

  constructor(opset: number) {
    this.#opset = opset;
  }

  run(graph: GraphProto, inputShapes: NonNullable<ImportOptions['inputShapes']>): Graph {
    const scope = new Scope();
    this.#addInitialisers(scope, graph);
    const { nodes, reads } = this.#neededNodes(graph);
    const declared = graph.input.filter(({ name }) => !scope.has(name) && reads.has(name));
    if (declared.length === 0) throw bad('an input that the outputs depend on', 'none');
    const inputs = inputsOf(declared, inputShapes);
    const ids = this.#builder.inputs(inputs);
    for (const [i, { type }] of inputs.entries()) {
      const name = declared[i]!.name;
      if (scope.has(name)) throw bad('inputs of distinct names', printable(name));
      scope.set(name, () => ({ kind: 'variable', type, id: ids[i]! }));
    }
    const outputs = this.#addNodes(scope, graph, nodes, reads);
    const ports = outputs.flatMap((value, i): Finished[] => {
      const name = printable(graph.output[i]!.name, MAX_NAME);
      if (value.kind === 'constant')
        throw unsupported(`output ${name} to depend on the input`, 'a constant', 'Remove the output');
      const { id, ending } = value;
      if (ending === undefined) return [{ name, id }];
      // the greatest values and their indices are of one tensor, which is given once
      const isFirst =
        outputs.findIndex((other) => other.kind === 'variable' && other.id === id && other.ending === ending) === i;
      return isFirst ? [{ name, id, ending }] : [];
    });
    return this.#builder.finishAll(printable(graph.name, MAX_NAME) || 'network', ports);
  }

  /** The graph of an `If` whose condition is known, with the names around it. */
  #chosen(context: NodeContext, scope: Scope): readonly Value[] {
    const { attributes } = context;
    const [condition, ...others] = constantInput(context, 0, 'conditions').data;
    if (condition === undefined || others.length > 0) throw context.bad('one condition', String(others.length));
    const branches = [attributes.graph('else_branch'), attributes.graph('then_branch')];
    const graph = branches[Number(condition !== 0)]!;
    const inner = new Scope(scope);
    this.#addInitialisers(inner, graph);
    const { nodes, reads } = this.#neededNodes(graph);
    return this.#addNodes(inner, graph, nodes, reads);
  }

  #neededNodes(graph: GraphProto): ReturnType<typeof neededNodes> {
    if (graph.output.length === 0) throw bad('a graph with an output', 'none');
    return neededNodes(
      graph,
      graph.output.map(({ name }) => name),
    );
  }

  #addInitialisers(scope: Scope, { initializer, sparseInitializer }: GraphProto): void {
    if (sparseInitializer.length > 0) throw unsupported('dense weights', 'sparse ones', 'Convert the model');
    for (const tensor of initializer) {
      const { name } = tensor;
      if (name === '' || scope.has(name)) throw bad('weights of distinct names', `${printable(name, MAX_NAME)} twice`);
      scope.set(name, () => constantFrom(tensor, name));
    }
  }

  /** Adds the nodes, and gives the graph's outputs. */
  #addNodes(
    scope: Scope,
    graph: GraphProto,
    nodes: readonly NodeProto[],
    reads: ReadonlyMap<string, number>,
  ): readonly Value[] {
    for (const node of nodes) {
      const count = node.output.findLastIndex((name) => reads.has(name)) + 1;
      const values = this.#addNode(scope, node, count);
      for (const [i, name] of node.output.entries()) {
        if (name === '') continue;
        if (scope.has(name)) throw bad('values of distinct names', `${printable(name, MAX_NAME)} twice`);
        const value = values[i];
        if (value !== undefined) scope.set(name, () => value);
      }
    }
    return graph.output.map(({ name }) => valueNamed(scope, name));
  }

  #addNode(scope: Scope, node: NodeProto, outputs: number): readonly Value[] {
    const name = printable(node.name || node.output[0] || node.opType, MAX_NAME);
    const operator = printable(node.opType, MAX_NAME);
    if (!isStandard(node.domain)) {
      throw unsupported(
        `node ${name} to be an operator of ONNX`,
        `${operator} of ${printable(node.domain, MAX_NAME)}`,
        'Export without it',
      );
    }
    const inputs = node.input.map((input) => (input === '' ? undefined : valueNamed(scope, input)));
    const what = (): string => `node ${name} (${operator}, opset ${this.#opset}, ${this.#shown(inputs)})`;
    const bad = (expected: string, came: string): TacitError =>
      new TacitError('BAD_MODEL', `${what()}: expected ${expected}, got ${came}. Export the model again`);
    const refuse = (expected: string, came: string): TacitError =>
      new TacitError('UNSUPPORTED_LAYER', `${what()}: expected ${expected}, got ${came}`, { facts: { operator } });
    const context: NodeContext = {
      builder: this.#builder,
      name,
      operator,
      opset: this.#opset,
      inputs,
      attributes: new Attributes(node, bad, refuse),
      outputs,
      room: (shape) => this.#room(shape, bad),
      bad,
      unsupported: refuse,
    };
    const values = operator === 'If' ? this.#chosen(context, scope) : importNode(context);
    context.attributes.finish();
    if (values.length < outputs) throw context.unsupported(`at most ${values.length} outputs`, String(outputs));
    return values;
  }

  #room(shape: readonly number[], bad: NodeContext['bad']): readonly number[] {
    const size = sizeOf(shape);
    const fits = shape.length <= MAX_RANK && shape.every(Number.isSafeInteger) && size <= MAX_ELEMENTS;
    if (!fits)
      throw bad(
        `a shape of at most ${MAX_RANK} axes and ${MAX_ELEMENTS} elements`,
        `[${shape.join(',').slice(0, MAX_NAME)}]`,
      );
    this.#work += size;
    if (this.#work > MAX_WORK) throw bad(`at most ${MAX_WORK} elements in all`, 'more');
    return shape;
  }

  #shown(inputs: readonly (Value | undefined)[]): string {
    const shown = inputs
      .slice(0, 4)
      .map((value) => (value === undefined ? '-' : `[${shapeOf({ builder: this.#builder }, value).join(',')}]`));
    return inputs.length > shown.length ? `${shown.join(' ')} ...` : shown.join(' ');
  }
}

function valueNamed(scope: Scope, name: string): Value {
  const value = scope.get(name);
  if (value === undefined)
    throw bad('nodes in the order of their values', `${printable(name, MAX_NAME)} before it is made`);
  return value;
}

function bad(expected: string, came: string): TacitError {
  return new TacitError('BAD_MODEL', `expected ${expected}, got ${came}. Export the model again`);
}

function unsupported(expected: string, came: string, advice: string): TacitError {
  return new TacitError('UNSUPPORTED_LAYER', `expected ${expected}, got ${came}. ${advice}`);
}
