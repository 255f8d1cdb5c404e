/** Wrong calls, said in the project's words: what commander finds becomes a USAGE error of one line. @module */
import type { Command, CommanderError } from 'commander';
import { TacitError } from '../../src/core/errors.js';
import { nearest } from '../../src/core/nearest.js';

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
  const hint = hintOf(similar);
  const name = nameOf(command);
  switch (code) {
    case 'commander.unknownOption':
      return usage(`an option of ${name}`, `got ${quoted}${hint}`, command);
    case 'commander.unknownCommand':
      return usage(`one of the commands ${listCommands(command)}`, `got ${quoted}${hint}`, command);
    case 'commander.help':
      return usage(`one of the commands ${listCommands(command)}`, 'got none of them', command);
    case 'commander.missingArgument':
      if (tookSeveral(command)) {
        return new TacitError(
          'USAGE',
          `expected the argument ${quoted}, got none. Give it before flags that take several values`,
        );
      }
      return usage(`the argument ${quoted}`, 'got none', command);
    case 'commander.missingMandatoryOptionValue':
      return misspelt(command) ?? usage(quoted, 'got none', command);
    case 'commander.optionMissingArgument':
      return usage(`a value for ${quoted}`, 'got none', command);
    case 'commander.excessArguments':
      return usage(
        `no more arguments for ${name}${siblingsOf(command)}`,
        `got more${hintOf(siblingMeant(command))}`,
        command,
      );
    default:
      return usage('a valid call', `got one that ${message.replace(/^error: /, '')}`, command);
  }
}

function hintOf(meant: string | undefined): string {
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
}

/** A flag that is none, and what it is near to: commander names the flag that is missing without it instead. */
function misspelt(command: Command): TacitError | undefined {
  const flags = command.options.map(({ long }) => long ?? '');
  const unknown = command.args.find((word) => /^--./.test(word));
  const meant = unknown === undefined ? undefined : nearest(unknown, flags);
  if (meant === undefined) return undefined;
  return usage(`an option of ${nameOf(command)}`, `got ${unknown}${hintOf(meant)}`, command);
}

/** The command of a group that the first word too many is near to. */
function siblingMeant({ parent, args, registeredArguments }: Command): string | undefined {
  const extra = args[registeredArguments.length];
  if (!parent?.parent || extra === undefined) return undefined;
  return nearest(
    extra,
    parent.commands.map((child) => child.name()),
  );
}

/** A flag that takes several values takes the argument behind them too. */
function tookSeveral(command: Command): boolean {
  return command.options.some((option) => option.variadic && command.getOptionValue(option.attributeName()));
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
