/** Models from disk: the importer is chosen by the file. @module */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { TacitError } from '../core/errors.js';
import type { Graph } from './graph.js';
import { importTfjs } from './import/tfjs/layers-model.js';

/** A model.json holds the topology alone; one above this size is something else. */
const MAX_TOPOLOGY_BYTES = 2 ** 26;

/**
 * The graph of the model at `path`, a tfjs model.json. It is named after the file, or after the folder where the file is
 * called model.json.
 *
 * @throws BAD_MODEL, UNSUPPORTED_LAYER
 */
export async function loadModel(path: string): Promise<Graph> {
  if (extname(path) !== '.json')
    throw bad('a tfjs model.json', basename(path), 'Convert the model to a tfjs LayersModel');
  const { size } = await reading(path, () => stat(path));
  if (size > MAX_TOPOLOGY_BYTES)
    throw bad(`at most ${MAX_TOPOLOGY_BYTES} bytes in ${basename(path)}`, `${size}`, AGAIN);
  const text = await reading(path, () => readFile(path, 'utf8'));
  const graph = await importTfjs(parse(path, text), (shard) => {
    const file = join(dirname(path), shard);
    return reading(file, () => readFile(file));
  }).catch((error: unknown) => {
    // the stack overflows on lists in lists in lists
    if (error instanceof RangeError) throw bad(`a topology of moderate depth in ${basename(path)}`, 'another', AGAIN);
    throw error;
  });
  const stem = basename(path, '.json');
  return { ...graph, name: stem === 'model' ? basename(dirname(resolve(path))) : stem };
}

const AGAIN = 'Export the model again';

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TacitError('BAD_MODEL', `expected JSON in ${basename(path)}, got text that does not parse. ${AGAIN}`, {
      cause,
    });
  }
}

async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new TacitError('BAD_MODEL', `expected to read ${path}, got ${code}. Check the path`, { cause });
  }
}

function bad(expected: string, came: string, advice: string): TacitError {
  return new TacitError('BAD_MODEL', `expected ${expected}, got ${came}. ${advice}`);
}
