/** A tfjs model.json on disk, and the weight shards beside it. @module */
import { existsSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { z } from 'zod';
import { TacitError } from '../../../core/errors.js';
import { readFile, readFiles } from '../files.js';
import type { Importer } from '../importer.js';
import { cardOfExport } from './card.js';
import { importTfjs, SUPPORTED_LAYERS } from './layers-model.js';
import { manifest, type WeightGroup } from './schema.js';
import { readWeights } from './weights.js';

/** A model.json holds the topology alone; one above this size is something else. */
const MAX_TOPOLOGY_BYTES = 2 ** 26;
const MAX_METADATA_BYTES = 2 ** 20;

export const tfjs: Importer = {
  reads: 'a tfjs model.json',
  accepts: (path) => extname(path) === '.json',
  operators: async () => [
    { of: 'Keras and tfjs layers', names: SUPPORTED_LAYERS },
    { of: 'tfjs graph operators', names: (await graphModels()).SUPPORTED_NODES },
  ],
  load: async (path, options) => {
    const json = parse(path, await readFile(path, MAX_TOPOLOGY_BYTES));
    const shards = (names: readonly string[], bytes: number): Promise<Uint8Array[]> =>
      readFiles(dirname(path), names, bytes);
    try {
      const graph = isGraphModel(json)
        ? (await graphModels()).importGraphModel(json, await readWeights(manifestOf(path, json), shards), options)
        : await importTfjs(json, shards, options);
      const card = cardOfExport(await metadataBeside(path));
      return { ...graph, ...(card ? { card } : {}) };
    } catch (cause) {
      // the stack overflows on lists in lists in lists
      if (cause instanceof RangeError) throw bad(`a topology of moderate depth in ${path}`, 'another', cause);
      throw cause;
    }
  },
};

/** With what reads protocol buffers, which a LayersModel does not need. */
function graphModels(): Promise<typeof import('../graph-model/graph-model.js')> {
  return import('../graph-model/graph-model.js');
}

function isGraphModel(json: unknown): boolean {
  return z.object({ modelTopology: z.object({ node: z.array(z.unknown()) }) }).safeParse(json).success;
}

function manifestOf(path: string, json: unknown): readonly WeightGroup[] {
  const parsed = manifest.safeParse(json);
  if (!parsed.success) throw bad(`a weights manifest in ${path}`, 'none that fits', parsed.error);
  return parsed.data.weightsManifest;
}

/** What a metadata.json of an export says. One that cannot be read is refused: it may say what pixels become. */
async function metadataBeside(path: string): Promise<unknown> {
  const beside = join(dirname(path), 'metadata.json');
  return existsSync(beside) ? parse(beside, await readFile(beside, MAX_METADATA_BYTES)) : undefined;
}

function parse(path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw bad(`JSON in ${path}`, 'text that does not parse', cause);
  }
}

function bad(expected: string, came: string, cause: unknown): TacitError {
  return new TacitError('BAD_MODEL', `expected ${expected}, got ${came}. Export the model again`, { cause });
}
