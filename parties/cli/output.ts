/** Where results go: stdout, with the fault that makes one worthless, and arrays in files. @module */
import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { TacitError } from '../../src/core/errors.js';
import type { Check } from './check.js';
import { writeNpy } from './formats/npy.js';
import { writeNpz } from './formats/npz.js';
import { printWith } from './print.js';

/** --output FILE: the flag is refused before the run, not after. */
export function parseOutput(path: string): string {
  if (['.npy', '.npz', '.json'].includes(extname(path).toLowerCase())) return path;
  throw new TacitError(
    'USAGE',
    `expected --output to end in .npy, .npz or .json, got ${path}. Give for example --output logits.npy`,
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

/** @throws USAGE where a file at `path` holds one output alone and the model has several */
export function checkHolds(path: string, outputs: number): void {
  if (outputs === 1 || extname(path).toLowerCase() !== '.npy') return;
  throw new TacitError(
    'USAGE',
    `expected --output to end in .npz or .json for ${outputs} outputs, got ${path}. Give another`,
  );
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
  return printWith(faultOf(report.check), report, json, text);
}

/** What makes a result worthless, where that was looked for. */
export function faultOf(check: Check | null): TacitError | undefined {
  if (check === null) return undefined;
  const { bitIdentical, wrapped } = check;
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

interface Output {
  readonly name: string;
  readonly shape: readonly number[];
  /** Row major. */
  readonly data: readonly number[];
}

/** Writes float64 .npy, .npz with an array for each output, or nested lists .json, by the names of the outputs where there are several. @throws BAD_INPUT where the file cannot be written */
export async function writeOutputs(path: string, outputs: readonly Output[]): Promise<void> {
  try {
    await writeFile(path, contentOf(extname(path).toLowerCase(), outputs));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new TacitError('BAD_INPUT', `expected to write ${path}, got ${code}. Give another --output`, { cause });
  }
}

function contentOf(extension: string, outputs: readonly Output[]): Uint8Array | string {
  const arrays = outputs.map(({ name, shape, data }) => [name, { shape, values: Float64Array.from(data) }] as const);
  if (extension === '.npz') return writeNpz(new Map(arrays));
  if (extension === '.npy') return writeNpy(arrays[0]![1]);
  const lists = outputs.map(({ name, shape, data }) => [name, nested(shape, data)] as const);
  return `${JSON.stringify(lists.length === 1 ? lists[0]![1] : Object.fromEntries(lists))}\n`;
}

function nested(shape: readonly number[], data: readonly number[]): unknown {
  if (shape.length <= 1) return data;
  const size = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, i) => nested(shape.slice(1), data.slice(i * size, (i + 1) * size)));
}
