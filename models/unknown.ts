/** A name or a path that stands for no model: what was meant, if something is near, and what there is. @module */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TacitError } from '../src/core/errors.js';
import { nearest } from '../src/core/nearest.js';
import { MODEL_NAMES } from './zoo.js';

const MOST_CHARACTERS = 80;

/** The error for `name`, which is no name of the zoo and no file. */
export function unknownModel(name: string): TacitError {
  const known = `expected a model file (model.json, .keras, .h5, .onnx) or one of ${MODEL_NAMES.join(', ')}`;
  const came = name.length > MOST_CHARACTERS ? `${name.slice(0, MOST_CHARACTERS)}...` : name;
  const inside = join(name, 'model.json');
  if (!isFolder(name)) {
    const near = nearest(name, MODEL_NAMES);
    const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
    return new TacitError('UNKNOWN_MODEL', `${known}, got ${came}${hint}. Check the name or the path`);
  }
  return isFile(inside)
    ? new TacitError('UNKNOWN_MODEL', `${known}, got the folder ${came}. Give ${inside}`)
    : new TacitError('UNKNOWN_MODEL', `${known}, got ${came}, a folder without a model.json. Check the path`);
}

/** Whether `path` is there and no folder. */
export function isFile(path: string): boolean {
  return existsSync(path) && !statSync(path).isDirectory();
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
