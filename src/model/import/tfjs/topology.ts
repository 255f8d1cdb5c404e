/** The layers of a Sequential or Functional model, models inside models included, and how they are joined. @module */
import { z } from 'zod';
import { TacitError } from '../../../core/errors.js';
import { quote } from '../quote.js';
import type { LayerSpec, NetworkSpec } from './schema.js';
import { networkSpec } from './schema.js';

export interface Layer {
  readonly name: string;
  readonly kind: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** One use of a layer; a layer that is shared has several. */
export interface Call {
  readonly layer: Layer;
  /** Of a layer that is a model. */
  readonly network: Network | undefined;
  /** Tensors that it reads, and the first part of the names of those that it gives. */
  readonly inputs: readonly string[];
  readonly output: string;
}

/** An extent that the file leaves open is null. */
export type OpenShape = readonly (number | null)[];

export interface NetworkInput {
  readonly name: string;
  readonly tensor: string;
  /** Without the batch; undefined where the file does not say it, as a model inside another need not. */
  readonly shape: OpenShape | undefined;
}

export interface Network {
  readonly name: string;
  readonly inputs: readonly NetworkInput[];
  /** Each after those that it reads. */
  readonly calls: readonly Call[];
  readonly outputs: readonly string[];
}

const NESTED = ['Sequential', 'Model', 'Functional'];
const INPUT_LAYER = 'InputLayer';
const MOST_DEPTH = 16;

/** Whether a layer is a model of its own. */
export function isNetwork(spec: LayerSpec): boolean {
  return NESTED.includes(spec.class_name);
}

/** The name of a tensor: of what a use of a layer gives, number `index`. */
export function tensorOf(output: string, index: number): string {
  return `${output}:${index}`;
}

/** @throws UNSUPPORTED_LAYER on another kind of model; BAD_MODEL on a broken file */
export function readTopology(network: NetworkSpec, depth = 0): Network {
  if (depth > MOST_DEPTH) throw bad(`models inside models, ${MOST_DEPTH} deep at most`, 'deeper ones');
  switch (network.class_name) {
    case 'Sequential':
      return sequential(network, depth);
    case 'Model':
    case 'Functional':
      return functional(network, depth);
    default:
      throw unsupported('a Sequential or Functional model', network.class_name);
  }
}

function sequential(network: NetworkSpec, depth: number): Network {
  const specs = network.config.layers;
  const [first] = specs;
  if (first === undefined) throw bad('a model of at least one layer', 'none');
  const isInput = first.class_name === INPUT_LAYER;
  const name = isInput ? layerName(first) : `${layerName(first)}/input`;
  const calls: Call[] = [];
  let tensor = tensorOf(useOf(name, 0), 0);
  for (const spec of isInput ? specs.slice(1) : specs) {
    const call = { ...callOf(spec, [tensor], depth), output: useOf(layerName(spec), calls.length) };
    calls.push(call);
    tensor = tensorOf(call.output, 0);
  }
  const inner = calls[0]?.network?.inputs[0]?.shape;
  const fallback = network.config.build_input_shape ?? undefined;
  const shape = declaredShape(first.config) ?? inner ?? (fallback && withoutBatch(fallback));
  return {
    name: nameOf(network),
    inputs: [{ name, tensor: tensorOf(useOf(name, 0), 0), shape }],
    calls,
    outputs: [tensor],
  };
}

function functional(network: NetworkSpec, depth: number): Network {
  const { config } = network;
  const specs = new Map(config.layers.map((spec) => [layerName(spec), spec]));
  if (specs.size !== config.layers.length) throw bad('layers of distinct names', 'a name twice');
  const inputs = references(config.input_layers).map(({ layer }) => {
    const spec = specs.get(layer);
    if (spec?.class_name !== INPUT_LAYER) throw bad(`an InputLayer named ${layer}`, spec?.class_name ?? 'none');
    return { name: layer, tensor: tensorOf(useOf(layer, 0), 0), shape: declaredShape(spec.config) };
  });
  const first = firstUses(config.layers, references(config.output_layers));
  const outputs = references(config.output_layers).map(first);
  if (inputs.length === 0 || outputs.length === 0) throw bad('a model with inputs and outputs', 'none');
  const given = new Set(inputs.map(({ tensor }) => tensor));
  return {
    name: nameOf(network),
    inputs,
    calls: inOrder(outputs, { specs, given, first, depth }),
    outputs: outputs.map(tensorNamed),
  };
}

/**
 * Uses of a layer counted from 0. Those of a model inside may be counted from 1, as its own definition is its use 0: where the greatest
 * number that anything names is that of the uses.
 */
function firstUses(layers: readonly LayerSpec[], outputs: readonly Reference[]): (reference: Reference) => Reference {
  const named = [...outputs, ...layers.flatMap((spec) => (spec.inbound_nodes ?? []).flatMap(inputsOfCall))];
  const greatest = new Map<string, number>();
  for (const { layer, use } of named) greatest.set(layer, Math.max(use, greatest.get(layer) ?? 0));
  const fromOne = layers.filter(
    (spec) => isNetwork(spec) && greatest.get(layerName(spec)) === (spec.inbound_nodes ?? []).length,
  );
  const shifted = new Set(fromOne.map(layerName));
  return (reference) => (shifted.has(reference.layer) ? { ...reference, use: reference.use - 1 } : reference);
}

interface Definitions {
  readonly specs: ReadonlyMap<string, LayerSpec>;
  /** The inputs' tensors. */
  readonly given: ReadonlySet<string>;
  readonly first: (reference: Reference) => Reference;
  readonly depth: number;
}

/** Depth first from the outputs, so that each use of a layer comes after those that it reads. */
function inOrder(outputs: readonly Reference[], { specs, given, first, depth }: Definitions): Call[] {
  const done: Call[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const stack = [...outputs].reverse();
  while (stack.length > 0) {
    const reference = stack.at(-1)!;
    const { layer, use } = reference;
    const key = useOf(layer, use);
    if (given.has(tensorNamed(reference)) || state.get(key) === 'done') {
      stack.pop();
      continue;
    }
    const spec = specs.get(layer);
    if (spec === undefined) throw bad(`a layer named ${layer}`, 'none');
    if (spec.class_name === INPUT_LAYER) throw bad('every InputLayer among the inputs', layer);
    const inputs = inputsOf(spec, use).map(first);
    const waiting = inputs.filter(
      (input) => !given.has(tensorNamed(input)) && state.get(useOf(input.layer, input.use)) !== 'done',
    );
    if (waiting.length === 0) {
      state.set(key, 'done');
      done.push({ ...callOf(spec, inputs.map(tensorNamed), depth), output: key });
      stack.pop();
      continue;
    }
    if (waiting.some((input) => state.get(useOf(input.layer, input.use)) === 'open')) {
      throw bad('layers without a cycle', `one through ${layer}`);
    }
    state.set(key, 'open');
    stack.push(...waiting.reverse());
  }
  return done;
}

function callOf(spec: LayerSpec, inputs: readonly string[], depth: number): Omit<Call, 'output'> {
  const layer = { name: layerName(spec), kind: spec.class_name, config: spec.config };
  if (!isNetwork(spec)) return { layer, network: undefined, inputs };
  const parsed = networkSpec.safeParse({ class_name: spec.class_name, config: spec.config });
  if (!parsed.success) throw bad(`layers in the model ${layer.name}`, quote(spec.config));
  return { layer, network: readTopology(parsed.data, depth + 1), inputs };
}

export function layerName(spec: LayerSpec): string {
  const name = spec.name ?? spec.config.name;
  if (typeof name !== 'string' || name === '') throw bad('layers with a name', `${spec.class_name} without one`);
  return name;
}

function nameOf(network: NetworkSpec): string {
  return network.config.name ?? 'model';
}

/** Output `tensor` of use number `use` of a layer. */
interface Reference {
  readonly layer: string;
  readonly use: number;
  readonly tensor: number;
}

function useOf(layer: string, use: number): string {
  return `${layer}:${use}`;
}

function tensorNamed({ layer, use, tensor }: Reference): string {
  return tensorOf(useOf(layer, use), tensor);
}

/** What one use of a layer reads; both the lists of Keras 2 and the objects of Keras 3. */
function inputsOf(spec: LayerSpec, use: number): readonly Reference[] {
  const calls = spec.inbound_nodes ?? [];
  if (use < 0 || use >= calls.length) throw bad(`a use ${use} of ${layerName(spec)}`, `${calls.length} uses`);
  return inputsOfCall(calls[use]);
}

function inputsOfCall(call: unknown): readonly Reference[] {
  return references(isRecord(call) ? call.args : call);
}

/** Collects [name, use, tensor, ...] at any depth. */
function references(value: unknown): readonly Reference[] {
  if (isRecord(value)) {
    return isRecord(value.config) ? references(value.config.keras_history) : [];
  }
  if (!Array.isArray(value)) return [];
  const [layer, use, tensor] = value;
  if (typeof layer === 'string') {
    const parsed = z.tuple([index, index]).safeParse([use, tensor]);
    if (!parsed.success) throw bad('layers that are named with the number of a use and of an output', quote(value));
    return [{ layer, use: parsed.data[0], tensor: parsed.data[1] }];
  }
  return value.flatMap(references);
}

const index = z.number().int().nonnegative();

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The batch, which may be open, and the rest. */
const batchedShape = z.tuple([z.unknown()], z.number().int().positive().nullable());

function declaredShape(config: Readonly<Record<string, unknown>>): OpenShape | undefined {
  const shape = config.batch_input_shape ?? config.batch_shape;
  return shape === undefined || shape === null ? undefined : withoutBatch(shape);
}

function withoutBatch(shape: unknown): OpenShape {
  const parsed = batchedShape.safeParse(shape);
  if (!parsed.success) throw bad('an input shape of positive extents', quote(shape));
  const [, ...rest] = parsed.data;
  return rest;
}

function bad(expected: string, came: string): TacitError {
  return new TacitError('BAD_MODEL', `expected ${expected}, got ${came}. Export the model again`);
}

function unsupported(expected: string, came: string): TacitError {
  return new TacitError('UNSUPPORTED_LAYER', `expected ${expected}, got ${came}. Export another kind of model`);
}
