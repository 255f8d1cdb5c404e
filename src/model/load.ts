/** Models from disk, and the table of their importers: a new one is a folder in import/, and its line here. @module */
import { existsSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { TacitError } from '../core/errors.js';
import type { Graph } from './graph.js';
import type { Importer, ImportOptions, SupportedOperators } from './import/importer.js';
import { keras } from './import/keras/importer.js';
import { onnx } from './import/onnx/importer.js';
import { tfjs } from './import/tfjs/importer.js';

const IMPORTERS: readonly Importer[] = [tfjs, keras, onnx];

/** What models may be made of, by the kind of file. */
export async function supportedOperators(): Promise<readonly SupportedOperators[]> {
  return (await Promise.all(IMPORTERS.map((importer) => importer.operators()))).flat();
}

/**
 * The graph of the model at `path`. It is named after the file, or after the folder where the file is called model.
 *
 * @throws BAD_MODEL, UNSUPPORTED_LAYER
 */
export async function loadModel(path: string, options: ImportOptions = {}): Promise<Graph> {
  if (!existsSync(path))
    throw new TacitError('BAD_MODEL', `expected a model at ${path}, got no such file. Check the path`);
  const importer = IMPORTERS.find(({ accepts }) => accepts(path));
  if (importer === undefined) {
    const known = IMPORTERS.map(({ reads }) => reads).join(' or ');
    throw new TacitError('BAD_MODEL', `expected ${known}, got ${path}. ${adviceOn(extname(path))}`);
  }
  const graph = await importer.load(path, options);
  const stem = basename(path, extname(path));
  return { ...graph, name: stem === 'model' ? basename(dirname(resolve(path))) : stem };
}

function adviceOn(extension: string): string {
  switch (extension) {
    case '.tflite':
      return 'Convert it to ONNX, as by tf2onnx';
    case '.pt':
    case '.pth':
      return 'Export it to ONNX, as by torch.onnx.export';
    default:
      return 'Convert the model';
  }
}
