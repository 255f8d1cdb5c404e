/** The layers of a Sequential or Functional model and how they are joined. @module */
import { z } from 'zod';
import { TacitError } from '../../../core/errors.js';
import { quote } from '../quote.js';
import type { LayerSpec, NetworkSpec } from './schema.js';

export interface Layer {
  readonly name: string;
  readonly kind: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the layers it reads. */
  readonly inputs: readonly string[];
}

export interface Topology {
  readonly name: string;
  /** In topological order; the first is the InputLayer. */
  readonly layers: readonly Layer[];
  readonly output: string;
  /** Shape of the input without the batch dimension. */
  readonly inputShape: readonly number[];
}

const NESTED = ['Sequential', 'Model', 'Functional'];
const INPUT_LAYER = 'InputLayer';

/** @throws UNSUPPORTED_LAYER on nested, shared, many-input and many-output models; BAD_MODEL on a broken file */
export function readTopology(network: NetworkSpec): Topology {
  switch (network.class_name) {
    case 'Sequential':
      return sequential(network);
    case 'Model':
    case 'Functional':
      return functional(network);
    default:
      throw unsupported('a Sequential or Functional model', network.class_name);
  }
}

function sequential(network: NetworkSpec): Topology {
  const specs = network.config.layers;
  if (specs.length === 0) throw bad('a model of at least one layer', 'none');
  const first = specs[0]!;
  const layers: Layer[] = [];
  if (first.class_name !== INPUT_LAYER) {
    layers.push({ name: `${layerName(first)}/input`, kind: INPUT_LAYER, config: first.config, inputs: [] });
  }
  for (const spec of specs) {
    const before = layers.at(-1);
    layers.push(layerOf(spec, before === undefined ? [] : [before.name]));
  }
  const inputShape = shapeOfInput(layers[0]!, network.config.build_input_shape ?? undefined);
  return { name: nameOf(network), layers, output: layers.at(-1)!.name, inputShape };
}

function functional(network: NetworkSpec): Topology {
  const { config } = network;
  const specs = new Map(config.layers.map((spec) => [layerName(spec), spec]));
  if (specs.size !== config.layers.length) throw bad('layers of distinct names', 'a name twice');
  const inputs = tensorNames(config.input_layers);
  const outputs = tensorNames(config.output_layers);
  if (inputs.length !== 1) throw unsupported('a model of one input', `${inputs.length}`);
  if (outputs.length !== 1) throw unsupported('a model of one output', `${outputs.length}`);
  const layers = inOrder(outputs[0]!, specs);
  const sources = layers.filter((layer) => layer.kind === INPUT_LAYER);
  if (sources.length !== 1) throw bad('one InputLayer before the output', `${sources.length}`);
  const [source] = sources;
  return {
    name: nameOf(network),
    layers: [source!, ...layers.filter((layer) => layer !== source)],
    output: outputs[0]!,
    inputShape: shapeOfInput(source!, undefined),
  };
}

/** Depth first from the output, so that each layer comes after those that it reads. */
function inOrder(output: string, specs: ReadonlyMap<string, LayerSpec>): Layer[] {
  const done: Layer[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const stack = [output];
  while (stack.length > 0) {
    const name = stack.at(-1)!;
    const spec = specs.get(name);
    if (spec === undefined) throw bad(`a layer named ${name}`, 'none');
    if (state.get(name) === 'done') {
      stack.pop();
      continue;
    }
    const layer = layerOf(spec, inboundNames(spec));
    const waiting = layer.inputs.filter((input) => state.get(input) !== 'done');
    if (waiting.length === 0) {
      state.set(name, 'done');
      done.push(layer);
      stack.pop();
      continue;
    }
    if (waiting.some((input) => state.get(input) === 'open'))
      throw bad('layers without a cycle', `one through ${name}`);
    state.set(name, 'open');
    stack.push(...waiting);
  }
  return done;
}

function layerOf(spec: LayerSpec, inputs: readonly string[]): Layer {
  if (NESTED.includes(spec.class_name)) {
    throw unsupported('layers without a model inside', `${spec.class_name} ${layerName(spec)}`);
  }
  return { name: layerName(spec), kind: spec.class_name, config: spec.config, inputs };
}

function layerName(spec: LayerSpec): string {
  const name = spec.name ?? spec.config.name;
  if (typeof name !== 'string' || name === '') throw bad('layers with a name', `${spec.class_name} without one`);
  return name;
}

function nameOf(network: NetworkSpec): string {
  return network.config.name ?? 'model';
}

/** Names of the layers that one call of a layer reads; both the lists of Keras 2 and the objects of Keras 3. */
function inboundNames(spec: LayerSpec): readonly string[] {
  const calls = spec.inbound_nodes ?? [];
  if (calls.length === 0) return [];
  if (calls.length > 1) throw unsupported('layers that are used once', `${layerName(spec)} used ${calls.length} times`);
  const [call] = calls;
  return tensorNames(isRecord(call) ? call.args : call);
}

/** Collects [name, node, tensor, ...] triples at any depth. */
function tensorNames(value: unknown): readonly string[] {
  if (isRecord(value)) {
    return isRecord(value.config) ? tensorNames(value.config.keras_history) : [];
  }
  if (!Array.isArray(value)) return [];
  const [name, node, tensor] = value;
  if (typeof name === 'string') {
    if (node !== 0 || tensor !== 0) {
      throw unsupported('layers that are used once', `output ${quote(node)}:${quote(tensor)} of ${name}`);
    }
    return [name];
  }
  return value.flatMap(tensorNames);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The batch, which may be open, and the rest. */
const inputShape = z.tuple([z.unknown()], z.number().int().positive());

function shapeOfInput({ config }: Layer, fallback: readonly (number | null)[] | undefined): readonly number[] {
  const shape = config.batch_input_shape ?? config.batch_shape ?? fallback;
  if (shape === undefined) throw bad('an input shape (batch_input_shape)', 'none');
  const parsed = inputShape.safeParse(shape);
  if (!parsed.success) throw bad('a fixed input shape', quote(shape));
  const [, ...rest] = parsed.data;
  return rest;
}

function bad(expected: string, came: string): TacitError {
  return new TacitError('BAD_MODEL', `expected ${expected}, got ${came}. Export the model again`);
}

function unsupported(expected: string, came: string): TacitError {
  return new TacitError('UNSUPPORTED_LAYER', `expected ${expected}, got ${came}. Export a flat model`);
}
