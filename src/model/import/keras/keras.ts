/** Import of what Keras saves: a .keras archive, or a .h5 file. The layers are those of a LayersModel. @module */
import { z } from 'zod';
import { TacitError } from '../../../core/errors.js';
import type { Graph } from '../../graph.js';
import type { ImportOptions } from '../importer.js';
import { MOST_MODEL_BYTES } from '../limits.js';
import { importLayers } from '../tfjs/layers-model.js';
import { type NetworkSpec, networkSpec } from '../tfjs/schema.js';
import { WeightTable } from '../tfjs/weights.js';
import { isZip, type ZipEntry, zipEntries } from '../zip.js';
import { checkLayers } from './checks.js';
import { type Hdf5, readHdf5 } from './hdf5.js';
import { namedWeights, numberedWeights, type Weights } from './weights.js';

const MOST_CONFIG_BYTES = 2 ** 26;

/** @throws BAD_MODEL on a broken file, UNSUPPORTED_LAYER on a layer or topology that is not supported */
export async function importKeras(bytes: Uint8Array, options: ImportOptions = {}): Promise<Graph> {
  if (!isZip(bytes)) return readHdf5(bytes, (file) => importHdf5(file, options));
  const entries = zipEntries(bytes);
  const network = networkIn(jsonOf(entries, 'config.json'));
  const version = z.object({ keras_version: z.string() }).safeParse(jsonOf(entries, 'metadata.json'));
  if (!version.success) throw bad('the keras_version in metadata.json', 'none');
  const weights = entryOf(entries, 'model.weights.h5', MOST_MODEL_BYTES);
  return readHdf5(weights, (file) => graphOf(network, version.data.keras_version, file, numberedWeights, options));
}

function importHdf5(file: Hdf5, options: ImportOptions): Graph {
  const config = file.text('/', 'model_config');
  if (config === undefined) throw bad('the attribute model_config', 'a file of weights alone');
  return graphOf(networkIn(parsed(config)), file.text('/', 'keras_version'), file, namedWeights, options);
}

function graphOf(
  network: NetworkSpec,
  version: string | undefined,
  file: Hdf5,
  weightsOf: (file: Hdf5, network: NetworkSpec) => Weights,
  options: ImportOptions,
): Graph {
  checkLayers(network, version);
  return importLayers(network, new WeightTable(weightsOf(file, network), '', 'exact'), version, options);
}

function networkIn(json: unknown): NetworkSpec {
  const found = networkSpec.safeParse(json);
  if (!found.success) throw bad('a Sequential or Functional model', 'another');
  return found.data;
}

function jsonOf(entries: readonly ZipEntry[], name: string): unknown {
  return parsed(new TextDecoder().decode(entryOf(entries, name, MOST_CONFIG_BYTES)));
}

function entryOf(entries: readonly ZipEntry[], name: string, most: number): Uint8Array {
  const entry = entries.find((known) => known.name === name);
  if (entry === undefined) throw bad(`${name} in the archive`, 'none');
  if (entry.bytes > most) throw bad(`at most ${most} bytes in ${name}`, `${entry.bytes}`);
  return entry.read();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TacitError('BAD_MODEL', 'expected JSON, got text that does not parse. Export the model again', { cause });
  }
}

function bad(expected: string, came: string): TacitError {
  return new TacitError('BAD_MODEL', `expected ${expected}, got ${came}. Export the model again`);
}
