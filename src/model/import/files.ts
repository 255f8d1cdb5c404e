/** Files of a model: regular ones alone, whose size is checked before a byte is read. @module */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { TacitError } from '../../core/errors.js';

/** A pipe is opened without waiting for its writer, so that it can be refused; systems without pipes have no such flag. */
const OPEN = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The bytes of a file of at most `most`; throws BAD_MODEL on a longer one, and on one that cannot be read or is no regular file. */
export async function readFile(path: string, most: number): Promise<Uint8Array> {
  const size = await sizeOf(path);
  if (size === 0) throw bad(`a model in ${path}`, 'an empty file');
  if (size > most) throw bad(`at most ${most} bytes in ${path}`, `${size}`);
  return readWhole(path, size);
}

/** The bytes of files in `folder` that have `total` bytes together; throws BAD_MODEL where they have not, where a link leads outside, and as readFile. */
export async function readFiles(folder: string, names: readonly string[], total: number): Promise<Uint8Array[]> {
  const paths = names.map((name) => join(folder, name));
  const sizes: number[] = [];
  for (const path of paths) sizes.push(await sizeOf(path));
  const size = sizes.reduce((sum, bytes) => sum + bytes, 0);
  if (size !== total) throw bad(`${total} bytes in ${named(paths)}`, `${size}`);
  for (const path of paths) await checkInside(folder, path);
  const contents: Uint8Array[] = [];
  for (const [i, path] of paths.entries()) contents.push(await readWhole(path, sizes[i]!));
  return contents;
}

/** Bytes of a file in `folder`, from `offset` on; throws BAD_MODEL where it has not so many, where a link leads outside, and as readFile. */
export async function readPart(
  folder: string,
  name: string,
  offset: number,
  bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(folder, name);
  const size = await sizeOf(path);
  if (offset + bytes > size) throw bad(`${offset + bytes} bytes in ${path}`, `${size}`);
  await checkInside(folder, path);
  return readWhole(path, bytes, offset);
}

async function checkInside(folder: string, path: string): Promise<void> {
  const [inside, real] = await Promise.all([realpath(folder), realpath(path)]);
  if (!real.startsWith(inside + sep)) throw bad(`a file of the model's folder at ${path}`, 'a link to another');
}

function sizeOf(path: string): Promise<number> {
  return opened(path, async (file) => {
    const stats = await file.stat();
    if (!stats.isFile()) throw bad(`a regular file at ${path}`, 'a folder, a device or a pipe');
    return stats.size;
  });
}

function readWhole(path: string, size: number, offset = 0): Promise<Uint8Array<ArrayBuffer>> {
  return opened(path, async (file) => {
    const bytes = new Uint8Array(size);
    let read = 0;
    while (read < size) {
      const { bytesRead } = await file.read(bytes, read, size - read, offset + read);
      if (bytesRead === 0) throw bad(`${size} bytes in ${path}`, `${read}`);
      read += bytesRead;
    }
    return bytes;
  });
}

async function opened<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, OPEN);
    return await use(file);
  } catch (cause) {
    if (cause instanceof TacitError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new TacitError('BAD_MODEL', `expected to read ${path}, got ${code}. Check the path`, { cause });
  } finally {
    await file?.close();
  }
}

/** A few files by their paths, many by their number. */
function named(paths: readonly string[]): string {
  return paths.length > 3 ? `${paths.length} files` : paths.join(', ');
}

function bad(expected: string, came: string): TacitError {
  return new TacitError('BAD_MODEL', `expected ${expected}, got ${came}. Export the model again`);
}
