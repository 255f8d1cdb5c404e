#!/usr/bin/env node
/** The command line `tacit`: hears signals and failures first, and loads its commands then. @module */
import { TacitError } from '../src/core/errors.js';
import { fail } from './cli/errors.js';
import { hearSignals } from './cli/interrupt.js';

hearSignals(fail);
process.on('uncaughtException', fail);
process.stdout.on('error', ({ code = 'an error' }: NodeJS.ErrnoException) => {
  // a reader that has seen enough (head, less) is no failure
  if (code === 'EPIPE' || process.exitCode !== undefined) process.exit();
  fail(new TacitError('BAD_INPUT', `expected to write to stdout, got ${code}. Give it more room or another place`));
});

try {
  const { run } = await import('./cli/program.js');
  await run();
} catch (error) {
  fail(error);
}
