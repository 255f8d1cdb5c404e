/** The files that inputs name: patterns, folders, standard input; regular files alone, whose size is looked at before they are read. @module */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TacitError } from '../../src/core/errors.js';

/** Standard input. */
export const STDIN = '-';

const MOST_FILES = 4096;
const WILD = /[*?]/;

/** The bytes of a regular file of at most `most`. @throws USAGE where there is none, BAD_INPUT where it is larger */
export async function readBytes(path: string, most: number): Promise<Uint8Array> {
  const found = await attempt(path, () => stat(path));
  // a pipe may never end, and a device has no size
  if (!found.isFile()) {
    throw new TacitError('USAGE', `expected a file at ${path}, got a folder, a pipe or a device. Check the path`);
  }
  if (found.size > most) throw tooLarge(path, most);
  return attempt(path, () => readFile(path));
}

/** All of standard input. @throws USAGE where nothing comes, BAD_INPUT where more than `most` bytes do */
export async function readStdin(most: number): Promise<Uint8Array> {
  if (process.stdin.isTTY) {
    throw new TacitError(
      'USAGE',
      `expected an input piped to ${STDIN}, got a terminal. Give a file, or cat FILE | tacit ...`,
    );
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of process.stdin as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > most) throw tooLarge('standard input', most);
    parts.push(part);
  }
  if (size > 0) return Buffer.concat(parts, size);
  throw new TacitError(
    'USAGE',
    `expected an input piped to ${STDIN}, got nothing. It can be read once: give one ${STDIN}`,
  );
}

/** The files of a path: itself, those of a folder that `isWanted` takes in the order of their names, or those that a pattern with * or ? names. */
export async function filesOf(path: string, isWanted: (name: string) => boolean): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return filesIn(path, isWanted);
  if (found || !WILD.test(path)) return [path];
  const paths = await matching(path);
  if (paths.length === 0) throw new TacitError('USAGE', `expected files that match ${path}, got none. Check the path`);
  return limited(paths, path);
}

async function filesIn(folder: string, isWanted: (name: string) => boolean): Promise<readonly string[]> {
  const names = await attempt(folder, () => readdir(folder));
  const wanted = names.filter((name) => !name.startsWith('.') && isWanted(name)).sort();
  if (wanted.length === 0) {
    throw new TacitError('USAGE', `expected arrays or images in the folder ${folder}, got none. Check the path`);
  }
  return limited(
    wanted.map((name) => join(folder, name)),
    folder,
  );
}

function limited(paths: readonly string[], what: string): readonly string[] {
  if (paths.length <= MOST_FILES) return paths;
  throw new TacitError(
    'BAD_INPUT',
    `expected at most ${MOST_FILES} files at ${what}, got ${paths.length}. Give fewer at once`,
  );
}

/** Paths that a pattern names, in the order of their names; * and ? stand for characters of one name, not hidden. */
async function matching(pattern: string): Promise<string[]> {
  const [first, ...names] = pattern.split('/') as [string, ...string[]];
  let paths = pattern.startsWith('/') ? ['/'] : await step([''], first);
  for (const name of names) paths = await step(paths, name);
  return paths;
}

async function step(folders: readonly string[], name: string): Promise<string[]> {
  if (!WILD.test(name)) return folders.map((folder) => join(folder, name));
  const escaped = name.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const expression = new RegExp(`^${escaped.replace(/\*+/g, '[^/]*').replace(/\?/g, '[^/]')}$`, 'u');
  const found: string[] = [];
  for (const folder of folders) {
    const names = await readdir(folder || '.').catch(() => []);
    const visible = names.filter((each) => (name.startsWith('.') || !each.startsWith('.')) && expression.test(each));
    found.push(...visible.sort().map((each) => join(folder, each)));
  }
  return found;
}

async function attempt<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new TacitError('USAGE', `expected to read ${path}, got ${code}. Check the path`, { cause });
  }
}

function tooLarge(path: string, most: number): TacitError {
  return new TacitError('BAD_INPUT', `expected at most ${most} bytes in ${path}, got more. Split the input`);
}
