/** A failure on its way from a process of the crew to the launcher: code, one line, facts, and the stack for --debug. @module */
import { codeOf, type ErrorCode, type ErrorFacts, TacitError } from '../src/core/errors.js';

export interface Failure {
  readonly type: 'error';
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: ErrorFacts;
  /** Where it was thrown, and what caused it. */
  readonly stack: string;
}

/** Of a thrown value, in the process that failed. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const facts = error instanceof TacitError ? error.facts : {};
  return { type: 'error', code: codeOf(error), message, facts, stack: stackOf(error) };
}

/** The error that the launcher has for it. Its cause has the other process's stack. */
export function errorOf({ code, message, facts, stack }: Failure): TacitError {
  const cause = new Error(message);
  cause.stack = stack;
  return new TacitError(code, message, { facts, cause });
}

/** A peer's own failure tells more than what the others were told of it. */
export function wasTold(error: TacitError): boolean {
  return error.facts.toldBy !== undefined;
}

/** The stack of an error and of what caused it. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\ncaused by: ${stackOf(error.cause)}`;
}
