/** Errors as a person and as a machine see them: one line on stderr, one object on stdout, an exit code. @module */
import type { Command, CommanderError } from 'commander';
import { codeOf, exitCodeOf, TacitError } from '../../src/core/errors.js';
import { printable } from '../../src/core/text.js';

/** Of a message. */
const MOST_CHARACTERS = 1000;

/** Commander ends with these when it has printed what was asked for. */
const PRINTED: readonly string[] = ['commander.helpDisplayed', 'commander.help', 'commander.version'];

/** Thrown by commander after --help or --version: not a failure. */
export class Printed extends Error {}

/** A USAGE error that points at the help of `command`. */
function usage(expected: string, came: string, command?: Command): TacitError {
  return new TacitError('USAGE', `expected ${expected}, ${came}. See ${command ? nameOf(command) : 'tacit'} --help`);
}

/** Makes the failures of `command` and of the commands below it USAGE errors of one line, in the project's words. */
export function speakPlainly(command: Command): void {
  // help on error would be a second message on stderr
  command.configureOutput({ outputError: () => {}, writeErr: () => {} });
  command.showSuggestionAfterError(true);
  command.exitOverride((error) => {
    throw PRINTED.includes(error.code) && error.exitCode === 0 ? new Printed() : translate(error, command);
  });
  for (const child of command.commands) speakPlainly(child);
}

function translate({ code, message }: CommanderError, command: Command): TacitError {
  const quoted = /'([^']+)'/.exec(message)?.[1] ?? 'none';
  const [, similar] = /\(Did you mean (.+)\?\)/s.exec(message) ?? [];
  const hint = similar === undefined ? '' : ` (did you mean ${similar}?)`;
  const name = nameOf(command);
  switch (code) {
    case 'commander.unknownOption':
      return usage(`an option of ${name}`, `got ${quoted}${hint}`, command);
    case 'commander.unknownCommand':
      return usage(`one of the commands ${listCommands(command)}`, `got ${quoted}${hint}`, command);
    case 'commander.help':
      return usage(`one of the commands ${listCommands(command)}`, 'got none of them', command);
    case 'commander.missingArgument':
      return usage(`the argument ${quoted}`, 'got none', command);
    case 'commander.missingMandatoryOptionValue':
      return usage(quoted, 'got none', command);
    case 'commander.optionMissingArgument':
      return usage(`a value for ${quoted}`, 'got none', command);
    case 'commander.excessArguments':
      return usage(`no more arguments for ${name}${siblingsOf(command)}`, 'got more', command);
    default:
      return usage('a valid call', `got one that ${message.replace(/^error: /, '')}`, command);
  }
}

function listCommands(command: Command): string {
  return command.commands.map((child) => child.name()).join(', ');
}

/** What else the word may have been meant as, where `command` is one of a group. */
function siblingsOf({ parent }: Command): string {
  return parent?.parent ? `, or one of the commands ${listCommands(parent)}` : '';
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

export interface ErrorReport {
  /** One line for stderr; with `debug` a stack after it. */
  readonly text: string;
  readonly json: { readonly error: { readonly code: string; readonly message: string } };
  readonly exitCode: 1 | 2;
}

/** What to print for a thrown value. */
export function describeError(error: unknown, debug: boolean): ErrorReport {
  const code = codeOf(error);
  const words = error instanceof Error ? error.message : String(error);
  const message = oneLine(
    code === 'INTERNAL' && !(error instanceof TacitError)
      ? `expected to finish, failed with: ${words}. Run again with --debug and report it`
      : words,
  );
  const text = debug ? `tacit: ${message}\n${stackOf(error)}` : `tacit: ${message}`;
  return { text, json: { error: { code, message } }, exitCode: exitCodeOf(error) };
}

function oneLine(text: string): string {
  return printable(text.replace(/\s*\n\s*/g, ' ').trim(), MOST_CHARACTERS);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\ncaused by: ${stackOf(error.cause) || String(error.cause)}`;
}
