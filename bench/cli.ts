/** `tacit bench`: measures what the framework is made of, with what it ran on. @module */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { TacitError } from '../src/core/errors.js';
import {
  compareSaved,
  heCommand,
  layersCommand,
  networksCommand,
  reportCommand,
  scalingCommand,
  withOutput,
} from './commands.js';
import { measureMicro, parseNames, RATE_NAMES, type RateName } from './micro.js';
import { jsonOf, textOf } from './micro-report.js';
import { showProgress } from './progress.js';

const DEFAULT_SECONDS = 2;
const MOST_SECONDS = 600;

interface MicroFlags {
  readonly json?: true;
  readonly out?: string;
  readonly only?: RateName[];
  readonly seconds: number;
}

/** The command with its subcommands; its failures are TacitErrors. */
export function benchCommand(): Command {
  const micro = withOutput(new Command('micro'))
    .description('rates a second on one core: ciphers, garbling, ring products, links, ReLUs')
    .option('--only <names>', `measure some of ${RATE_NAMES.join(', ')}`, parseNames)
    .option('--seconds <s>', 'seconds of windows for each rate', parseSeconds, DEFAULT_SECONDS)
    .addHelpText('after', '\nExample:\n  $ tacit bench micro --only garbleAnds,evaluateAnds')
    .action(async (flags: MicroFlags) => {
      const result = await measureMicro({
        seconds: flags.seconds,
        ...(flags.only ? { only: flags.only } : {}),
        onProgress: showProgress,
      });
      showProgress('');
      if (flags.out !== undefined) {
        await writeFile(join(flags.out, 'micro.json'), `${JSON.stringify(jsonOf(result), null, 1)}\n`);
      }
      process.stdout.write(`${flags.json ? JSON.stringify(jsonOf(result)) : textOf(result)}\n`);
    });
  const bench = new Command('bench');
  bench
    // --json and --compare after the name of a subcommand are the subcommand's
    .enablePositionalOptions()
    .option('--compare <old>', 'a report.json: print what got slower or bigger since')
    .option('--with <new>', 'the report.json to compare with (default: the last report)')
    .option('--json', 'with --compare: print one JSON object')
    // a name that is no command comes here
    .allowExcessArguments()
    .action(async ({ compare, with: now, json }: { compare?: string; with?: string; json?: true }) => {
      const [stranger] = bench.args;
      if (compare === undefined || stranger !== undefined) {
        const names = bench.commands.map((command) => command.name()).join(', ');
        const came = stranger === undefined ? 'none' : stranger.slice(0, 40);
        throw new TacitError('USAGE', `expected one of the commands ${names}, got ${came}. See tacit bench --help`);
      }
      await compareSaved(compare, now, json);
    })
    .addHelpText('after', '\nExample:\n  $ tacit bench networks --models secureml\n  $ tacit bench --compare OLD.json');
  for (const command of [micro, layersCommand(), networksCommand(), scalingCommand(), heCommand(), reportCommand()]) {
    bench.addCommand(command);
  }
  return bench;
}

function parseSeconds(value: string): number {
  const seconds = Number(value);
  if (seconds > 0 && seconds <= MOST_SECONDS) return seconds;
  throw new TacitError(
    'USAGE',
    `--seconds: expected a number above 0 and up to ${MOST_SECONDS}, got ${value.slice(0, 40)}. Try ${DEFAULT_SECONDS}`,
  );
}
