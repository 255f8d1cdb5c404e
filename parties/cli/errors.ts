/** Errors as a person and as a machine see them: one line on stderr, one object on stdout, an exit code. @module */
import { constants } from 'node:os';
import { codeOf, type ErrorCode, TacitError } from '../../src/core/errors.js';
import { printable } from '../../src/core/text.js';
import { stackOf } from '../failure.js';
import { withAdvice } from './advice.js';

/** Of a message. */
const MOST_CHARACTERS = 1000;

export interface ErrorReport {
  /** One line for stderr; with --debug a stack after it. */
  readonly text: string;
  readonly json: { readonly error: { readonly code: ErrorCode; readonly message: string } };
  readonly exitCode: number;
}

/** What to print for a thrown value. @param argv what the command was called with */
export function describeError(error: unknown, argv: readonly string[]): ErrorReport {
  const code = codeOf(error);
  const words = error instanceof Error ? error.message : String(error);
  const what = error instanceof TacitError ? words : `expected to finish, failed with: ${words.replace(/\.\s*$/, '')}`;
  const flags = argv.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0]!);
  const context = { command: commandOf(argv), facts: error instanceof TacitError ? error.facts : {}, flags };
  const message = oneLine(withAdvice(what, code, context));
  const text = argv.includes('--debug') ? `tacit: ${message}\n${stackOf(error)}` : `tacit: ${message}`;
  return { text, json: { error: { code, message } }, exitCode: exitCodeOf(error) };
}

/** Says what failed and ends the process, whatever a failed run has left open. */
export function fail(error: unknown): void {
  const argv = process.argv.slice(2);
  const { text, json, exitCode } = describeError(error, argv);
  process.exitCode = exitCode;
  const object = argv.includes('--json') ? `${JSON.stringify(json)}\n` : '';
  process.stderr.write(`${text}\n`, () => process.stdout.write(object, () => process.exit(exitCode)));
}

/** 2 where the call was wrong, 128 and the number of the signal where one ended the run, 1 where the work failed. */
function exitCodeOf(error: unknown): number {
  switch (codeOf(error)) {
    case 'USAGE':
    case 'UNKNOWN_MODEL':
      return 2;
    case 'INTERRUPTED':
      return 128 + signalOf(error);
    default:
      return 1;
  }
}

function signalOf(error: unknown): number {
  const name = error instanceof TacitError ? error.facts.signal : undefined;
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return numbers[String(name)] ?? constants.signals.SIGINT;
}

/** The name of the command that was called: the first word that is no flag. */
export function commandOf(argv: readonly string[]): string {
  return argv.find((word) => !word.startsWith('-')) ?? '';
}

function oneLine(text: string): string {
  return printable(text.replace(/\s*\n\s*/g, ' ').trim(), MOST_CHARACTERS);
}
