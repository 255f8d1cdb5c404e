/** What goes to stdout: one JSON object, or text; and a fault beside it. @module */
import type { TacitError } from '../../src/core/errors.js';
import { describeError } from './errors.js';

/** One JSON object to stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Lines to stdout. */
export function printText(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a result with the fault that makes it worthless, if there is one. */
export async function printWith(
  fault: TacitError | undefined,
  report: object,
  json: boolean,
  text: () => string | Promise<string>,
): Promise<void> {
  const failure = fault && describeError(fault, []);
  if (json) printJson({ ...report, ...failure?.json });
  else printText(await text());
  if (!failure) return;
  process.stderr.write(`${failure.text}\n`);
  process.exitCode = failure.exitCode;
}
