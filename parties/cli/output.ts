/** Where results go: stdout, with the fault that makes one worthless, and arrays in files. @module */
import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { TacitError } from '../../src/core/errors.js';
import type { Check } from './check.js';
import { writeNpy } from './npy.js';
import { printWith } from './print.js';

/** --output FILE: the flag is refused before the run, not after. */
export function parseOutput(path: string): string {
  if (['.npy', '.json'].includes(extname(path).toLowerCase())) return path;
  throw new TacitError(
    'USAGE',
    `expected --output to end in .npy or .json, got ${path}. Give for example --output logits.npy`,
  );
}

/** @throws USAGE where a file at `path` could not be written: better before the run than after it */
export async function checkWritable(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found && !found.isFile()) {
    throw new TacitError('USAGE', `expected a file to write, got ${path}, which is none. Give another --output`);
  }
  try {
    await access(found ? path : dirname(path), constants.W_OK);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new TacitError('USAGE', `expected to be able to write ${path}, got ${code}. Give another --output`, {
      cause,
    });
  }
}

/**
 * Prints a result. One of other bits than the plain evaluator's, or of values that wrapped, is shown all the same, but the command fails:
 * the object has the error too, and the exit code is that of an error.
 */
export function printResult<T extends { readonly check: Check | null }>(
  report: T,
  json: boolean,
  text: () => string | Promise<string>,
): Promise<void> {
  return printWith(report.check === null ? undefined : faultOf(report.check), report, json, text);
}

function faultOf({ bitIdentical, wrapped }: Check): TacitError | undefined {
  if (!bitIdentical) {
    const message = 'expected the bits of the plain evaluator, got others. This is a fault of Tacit: report it';
    return new TacitError('INTERNAL', message);
  }
  if (wrapped.length === 0) return undefined;
  const layers = wrapped.map(({ name, count }) => `${count} in ${name}`).join(', ');
  return new TacitError(
    'RANGE_WRAPPED',
    `expected values within the widths that calibration inputs need, got others outside: ${layers}`,
  );
}

/** Writes row-major `data`: float64 .npy, or nested lists .json. @throws BAD_INPUT where the file cannot be written */
export async function writeArray(path: string, shape: readonly number[], data: readonly number[]): Promise<void> {
  const npy = extname(path).toLowerCase() === '.npy';
  const content = npy
    ? writeNpy({ shape, values: Float64Array.from(data) })
    : `${JSON.stringify(nested(shape, data))}\n`;
  try {
    await writeFile(path, content);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new TacitError('BAD_INPUT', `expected to write ${path}, got ${code}. Give another --output`, { cause });
  }
}

function nested(shape: readonly number[], data: readonly number[]): unknown {
  if (shape.length <= 1) return data;
  const size = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, i) => nested(shape.slice(1), data.slice(i * size, (i + 1) * size)));
}
