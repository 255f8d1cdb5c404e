/** Import of a tfjs LayersModel: model.json and its weight shards, parsed here, so that it also works without tfjs. @module */
import { TacitError } from '../../../core/errors.js';
import { type Graph, GraphBuilder } from '../../graph.js';
import { importLayer } from './layers.js';
import { modelFile } from './schema.js';
import { readTopology } from './topology.js';
import { type ReadShards, readWeights } from './weights.js';

export { SUPPORTED_LAYERS } from './layers.js';

/**
 * The graph of a model.
 *
 * @param json what model.json holds, parsed
 * @param readShards gives the bytes of its weight shards
 * @throws BAD_MODEL on a broken file, UNSUPPORTED_LAYER on a layer or topology that is not supported
 */
export async function importTfjs(json: unknown, readShards: ReadShards): Promise<Graph> {
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
  const topology = readTopology('model_config' in modelTopology ? modelTopology.model_config : modelTopology);
  const weights = await readWeights(weightsManifest, readShards);
  const builder = new GraphBuilder();
  const [source, ...layers] = topology.layers;
  const tensors = new Map([[source!.name, builder.input(source!.name, topology.inputShape)]]);
  for (const layer of layers) {
    const inputs = layer.inputs.map((name) => tensors.get(name)!);
    tensors.set(layer.name, importLayer({ builder, weights, layer, inputs }));
  }
  return builder.finish(topology.name, tensors.get(topology.output)!);
}
