/** A name or a path that stands for no model: what was meant, if something is near, and what there is. @module */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TacitError } from '../src/core/errors.js';
import { MODEL_NAMES } from './zoo.js';

/** Edits of a letter that a misspelt name may be away. */
const MOST_EDITS = 3;
const MOST_CHARACTERS = 80;

/** The error for `name`, which is no name of the zoo and no file. */
export function unknownModel(name: string): TacitError {
  const known = `expected a model file (model.json, .keras, .h5, .onnx) or one of ${MODEL_NAMES.join(', ')}`;
  const came = name.length > MOST_CHARACTERS ? `${name.slice(0, MOST_CHARACTERS)}...` : name;
  const inside = join(name, 'model.json');
  if (!isFolder(name)) {
    const near = nearest(name);
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

/** The name of the zoo that the fewest edits make of `name`, where they are few. */
function nearest(name: string): string | undefined {
  if (name.length > MOST_CHARACTERS) return undefined;
  const scored = MODEL_NAMES.map((known) => ({ known, edits: editsBetween(name.toLowerCase(), known) }));
  const best = scored.reduce((least, one) => (one.edits < least.edits ? one : least));
  return best.edits <= Math.min(MOST_EDITS, best.known.length / 2) ? best.known : undefined;
}

/** Levenshtein's distance: letters to add, remove or replace. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
