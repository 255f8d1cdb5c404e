/** Import of a tfjs LayersModel: model.json and its weight shards, parsed here, so that it also works without tfjs. @module */
import { TacitError } from '../../../core/errors.js';
import { type Graph, GraphBuilder } from '../../graph.js';
import type { ImportOptions } from '../importer.js';
import { cardOf } from './card.js';
import { inputShapes } from './inputs.js';
import { importLayer } from './layers.js';
import { modelFile, type NetworkSpec } from './schema.js';
import { type Network, readTopology, tensorOf } from './topology.js';
import { type ReadShards, readWeights, WeightTable } from './weights.js';

export { SUPPORTED_LAYERS } from './layers.js';

/**
 * The graph of a model.
 *
 * @param json what model.json holds, parsed
 * @param readShards gives the bytes of its weight shards
 * @throws BAD_MODEL on a broken file, UNSUPPORTED_LAYER on a layer or topology that is not supported
 */
export async function importTfjs(json: unknown, readShards: ReadShards, options: ImportOptions = {}): Promise<Graph> {
  const parsed = modelFile.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new TacitError(
      'BAD_MODEL',
      `expected a tfjs LayersModel, got one whose ${issue.path.join('.') || 'content'} does not fit. Export with model.save or tensorflowjs_converter`,
    );
  }
  const { format, modelTopology, weightsManifest } = parsed.data;
  if (format !== undefined && format !== 'layers-model') {
    throw new TacitError('BAD_MODEL', `expected the format layers-model, got ${format}. Export a LayersModel`);
  }
  const isKeras = 'model_config' in modelTopology;
  const network = isKeras ? modelTopology.model_config : modelTopology;
  const weights = new WeightTable(await readWeights(weightsManifest, readShards));
  return importLayers(network, weights, modelTopology.keras_version, options);
}

/** The graph of a network of layers, whatever file it comes from. */
export function importLayers(
  spec: NetworkSpec,
  weights: WeightTable,
  kerasVersion: string | undefined,
  options: ImportOptions,
): Graph {
  const network = readTopology(spec);
  const builder = new GraphBuilder();
  const inputs = builder.inputs(inputShapes(network.inputs, options));
  const outputs = new Runner(builder, kerasVersion).run(weights, network, inputs);
  const names = network.outputs.map((tensor) => tensor.replace(/:\d+:\d+$/, ''));
  const graph = builder.finishAll(
    network.name,
    outputs.map((id, i) => ({ name: names[i]!, id })),
  );
  const card = cardOf(network);
  return { ...graph, ...(card ? { card } : {}) };
}

/** Uses of layers that a model may have, those of models inside counted as often as these are used. */
const MOST_CALLS = 2 ** 16;

/** Applies networks to tensors of the graph. */
class Runner {
  #calls = 0;

  constructor(
    readonly builder: GraphBuilder,
    readonly kerasVersion: string | undefined,
  ) {}

  /** Adds the layers of a network, applied to `inputs`; gives its outputs. */
  run(weights: WeightTable, network: Network, inputs: readonly number[]): number[] {
    if (inputs.length !== network.inputs.length) {
      throw bad(`layer ${network.name}: expected ${network.inputs.length} inputs, got ${inputs.length}`);
    }
    const tensors = new Map(network.inputs.map(({ tensor }, i) => [tensor, inputs[i]!]));
    const idOf = (tensor: string): number => {
      const id = tensors.get(tensor);
      if (id === undefined) throw bad(`expected a tensor ${tensor}, got none`);
      return id;
    };
    for (const { layer, network: inner, inputs: read, output } of network.calls) {
      this.#calls++;
      if (this.#calls > MOST_CALLS) throw bad(`expected at most ${MOST_CALLS} uses of layers, got more`);
      const ids = read.map(idOf);
      const { builder, kerasVersion } = this;
      const outputs =
        inner === undefined
          ? [importLayer({ builder, weights, layer, inputs: ids, kerasVersion })]
          : this.run(weights.within(layer.name), inner, ids);
      for (const [i, id] of outputs.entries()) tensors.set(tensorOf(output, i), id);
    }
    return network.outputs.map(idOf);
  }
}

function bad(fault: string): TacitError {
  return new TacitError('BAD_MODEL', `${fault}. Export the model again`);
}
