#!/usr/bin/env node
/** The command line `tacit`. Commands load what they need when they run, so that help and wrong calls answer at once. @module */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { demoCommand } from './cli/demo.js';
import { describeError, Printed, speakPlainly } from './cli/errors.js';
import { inferCommand } from './cli/infer.js';
import { planCommand } from './cli/plan.js';
import { prepareCommand } from './cli/prepare.js';
import { storeCommand } from './cli/store.js';

async function program(): Promise<Command> {
  const tacit = new Command('tacit')
    // options after the name of a command are that command's, which may have commands of its own
    .enablePositionalOptions()
    .description('Private neural-network inference by secure multi-party computation')
    .version(version(), '--version', 'print the version')
    .addCommand(demoCommand())
    .addCommand(inferCommand())
    .addCommand(prepareCommand())
    .addCommand(planCommand())
    .addCommand(storeCommand())
    .addCommand(await benchCommand())
    .addHelpText('after', '\nExample:\n  $ tacit demo');
  speakPlainly(tacit);
  return tacit;
}

/** The benches load what they measure, so they are loaded where they are named alone. */
async function benchCommand(): Promise<Command> {
  if (process.argv.includes('bench')) return (await import('../bench/cli.js')).benchCommand();
  return new Command('bench').description('measure on this machine');
}

/** Of the package: one level up from the source, two from dist. */
function version(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      return String(JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version);
    } catch {
      // the other one has it
    }
  }
  return 'unknown';
}

/** Says what failed and ends the process, whatever a failed run has left open. */
function fail(error: unknown): void {
  const argv = process.argv.slice(2);
  const { text, json, exitCode } = describeError(error, argv.includes('--debug'));
  const object = argv.includes('--json') ? `${JSON.stringify(json)}\n` : '';
  process.stdout.write(object, () => process.stderr.write(`${text}\n`, () => process.exit(exitCode)));
}

// a reader that has seen enough (head, less) is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.on('uncaughtException', fail);

try {
  await (await program()).parseAsync();
} catch (error) {
  if (!(error instanceof Printed)) fail(error);
}
