/** `tacit bench networks|layers|scaling|he|report` and `tacit bench --compare`. @module */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { MODEL_NAMES } from '../models/zoo.js';
import { printWith } from '../parties/cli/print.js';
import { TacitError } from '../src/core/errors.js';
import { isDirty } from './commit.js';
import { MODES, type Mode } from './modes.js';
import { parseBatches, parseLinks, parseModels, parseModes, parsePart, wholeNumber } from './options.js';
import { LongProgress, showProgress } from './progress.js';
import { compare, comparisonText } from './report/compare.js';
import { readResults } from './report/saved.js';
import { openFolder, REPORT_FILES, writeReport } from './report/write.js';
import { inexactOf, type LinkName, type Results } from './results.js';
import { versionsOf } from './versions.js';

/** Where a report goes, and where --compare looks for the one to compare with. */
const DEFAULT_FOLDER = 'bench-report';
const NAMES = MODEL_NAMES.join(', ');

interface OutputFlags {
  readonly json?: true;
  readonly out?: string;
}

/** Adds what decides where the figures go. The folder is opened before they are measured. */
export function withOutput(command: Command): Command {
  return command
    .hook('preAction', async () => {
      const { out } = command.opts<OutputFlags>();
      if (out !== undefined) await openFolder(out);
    })
    .option('--json', 'print one JSON object')
    .option('--out <dir>', 'write the JSON into this folder too')
    .option('--debug', 'show a stack trace with an error');
}

function modesOption(): Option {
  const keys = MODES.map(({ key }) => key).join(', ');
  return new Option('--modes <names>', `trust models, of ${keys}`).argParser(parseModes).default(MODES, 'all');
}

function withExample(command: Command, example: string): Command {
  return command.addHelpText('after', `\nExample:\n  $ ${example}`);
}

/** One JSON object or text to stdout, and the JSON to a file where that was asked for. */
async function give(
  name: string,
  { json, out }: OutputFlags,
  result: object,
  inexact: readonly string[],
  text: () => string,
): Promise<void> {
  showProgress('');
  if (out !== undefined) await writeFile(join(out, `${name}.json`), `${JSON.stringify(result, null, 1)}\n`);
  await print(result, inexact, json === true, text);
}

/** Of a complaint, which is one line. */
const MOST_NAMED = 6;

/**
 * Prints a result. Wrong outputs are a failure whatever they cost: the figures, which are needed to see why, are printed all the same, the
 * object has the error too, and the exit code is that of an error.
 * @param inexact where outputs were wrong
 */
export function print(result: object, inexact: readonly string[], json: boolean, text: () => string): Promise<void> {
  return printWith(inexact.length === 0 ? undefined : wrongOutputs(inexact), result, json, text);
}

function wrongOutputs(inexact: readonly string[]): TacitError {
  const named = inexact.slice(0, MOST_NAMED).join('; ');
  const more = inexact.length > MOST_NAMED ? ` and ${inexact.length - MOST_NAMED} more` : '';
  const message = `expected the plain evaluator's integers everywhere, got others from ${named}${more}. This is a fault of Tacit: report it`;
  return new TacitError('INTERNAL', message);
}

interface NetworksFlags extends OutputFlags {
  readonly models: string[];
  readonly modes: readonly Mode[];
  readonly images: number;
  readonly links: LinkName[];
  readonly batches: number[];
  readonly seconds: number;
  readonly rowSeconds: number;
  readonly accuracySeconds: number;
}

export function networksCommand(): Command {
  const command = withOutput(new Command('networks'))
    .description('networks in plaintext and under MPC: time, bytes, memory, accuracy; every private output checked')
    .option('--models <names>', `names of ${NAMES} or paths of a model.json`, parseModels, [
      'secureml',
      'minionn-mnist',
    ])
    .addOption(modesOption())
    .option('--images <n>', 'test images for accuracy', wholeNumber('--images', 1, 10_000), 200)
    .option('--links <names>', 'links between the parties, of none, lan, wan', parseLinks, ['none', 'lan', 'wan'])
    .option('--batches <list>', 'images at once under MPC; two parties alone have at most 4', parseBatches, [1, 16])
    .option('--seconds <s>', 'for each plaintext timing', wholeNumber('--seconds', 0, 600), 1)
    .option(
      '--row-seconds <s>',
      'for each timing under MPC; one pass at least',
      wholeNumber('--row-seconds', 0, 3600),
      4,
    )
    .option(
      '--accuracy-seconds <s>',
      'for the accuracy of two parties alone',
      wholeNumber('--accuracy-seconds', 0, 3600),
      30,
    )
    .action(async (flags: NetworksFlags) => {
      const [{ firstImages }, { measureNetworks }, { loadSubject }, { environmentOf }, { accuracyText, rowsText }] =
        await Promise.all([
          import('./images.js'),
          import('./networks.js'),
          import('./subjects.js'),
          import('./machine.js'),
          import('./text.js'),
        ]);
      const images = firstImages(flags.images);
      const subjects = await Promise.all(flags.models.map(loadSubject));
      const result = await measureNetworks({ ...flags, subjects, images, onProgress: showProgress });
      const absent = result.absent.map(({ what, why }) => `not measured: ${what}: ${why}`).join('\n');
      await give('networks', flags, { ...(await environmentOf()), ...result }, inexactOf(result), () =>
        [rowsText(result.rows), ...(result.accuracy.length > 0 ? [accuracyText(result.accuracy)] : []), absent]
          .filter(Boolean)
          .join('\n\n'),
      );
    });
  return withExample(command, 'tacit bench networks --models secureml --links none,wan');
}

interface LayersFlags extends OutputFlags {
  readonly modes: readonly Mode[];
  readonly batch: number;
}

export function layersCommand(): Command {
  const command = withOutput(new Command('layers'))
    .description('each layer of a network alone, under every trust model; every output checked')
    .argument('[MODEL]', `a name of ${NAMES} or the path of a model.json`, 'minionn-mnist')
    .addOption(modesOption())
    .option('--batch <n>', 'inputs at once', wholeNumber('--batch', 1, 64), 8)
    .action(async (name: string, flags: LayersFlags) => {
      const [{ loadSubject }, { measureLayers }, { environmentOf }, { layersText }] = await Promise.all([
        import('./subjects.js'),
        import('./layers.js'),
        import('./machine.js'),
        import('./text.js'),
      ]);
      const { batch, modes } = flags;
      const { model, name: network } = await loadSubject(name);
      const layers = await measureLayers({ name: network, model, modes, batch, onProgress: showProgress });
      const result = { ...(await environmentOf()), network, batch, layers };
      await give('layers', flags, result, inexactOf({ layers }), () => layersText(layers));
    });
  return withExample(command, 'tacit bench layers secureml --modes dealer,3pc');
}

interface ScalingFlags extends OutputFlags {
  readonly modes: readonly Mode[];
  readonly quick?: true;
}

export function scalingCommand(): Command {
  const command = withOutput(new Command('scaling'))
    .description(
      'how time, bytes and memory grow with ReLUs, multiply-adds and images at once: exponents of power laws',
    )
    .argument('[MODEL]', `whose images are varied: a name of ${NAMES} or the path of a model.json`, 'secureml')
    .addOption(modesOption())
    .option('--quick', 'two small points of each: no exponents, but quotients')
    .action(async (name: string, flags: ScalingFlags) => {
      const [{ firstImages }, { loadSubject, inputsOf }, scaling, { environmentOf }, { scalingText }] =
        await Promise.all([
          import('./images.js'),
          import('./subjects.js'),
          import('./scaling.js'),
          import('./machine.js'),
          import('./text.js'),
        ]);
      const subject = await loadSubject(name);
      const inputs = inputsOf(subject, firstImages(scaling.SCALING_IMAGES), scaling.SCALING_IMAGES);
      const { modes, quick = false } = flags;
      const options = { modes, network: { ...subject, inputs }, quick, onProgress: showProgress };
      const series = await scaling.measureScaling(options);
      const result = { ...(await environmentOf()), scaling: series };
      await give('scaling', flags, result, inexactOf({ scaling: series }), () => scalingText(series));
    });
  return withExample(command, 'tacit bench scaling --modes dealer,he,3pc');
}

interface HeFlags extends OutputFlags {
  readonly images: number;
  readonly sample: number;
  readonly single: number;
  readonly threads?: number;
}

export function heCommand(): Command {
  const command = withOutput(new Command('he'))
    .description('the cryptonets network under homomorphic encryption (BFV): many images at once, and one at a time')
    .option('--images <n>', 'images that one evaluation serves', wholeNumber('--images', 1, 8192), 8192)
    .option('--sample <part>', 'compute this part of the convolution and extrapolate; 0 leaves it out', parsePart, 1)
    .option('--single <n>', 'images one at a time; 0 leaves them out', wholeNumber('--single', 0, 1000), 3)
    .option(
      '--threads <n>',
      'worker threads of the server of many images, each with a plaintext modulus',
      wholeNumber('--threads', 1, 2),
    )
    .action(async (flags: HeFlags) => {
      const { sample, single, threads } = flags;
      if (sample === 0 && single === 0) {
        throw new TacitError('USAGE', 'expected --sample or --single above 0, got 0 for both. Leave one of them out');
      }
      const [{ firstImages }, { loadCryptonets }, { measureHe }, { heAccuracy, heRow }, { environmentOf }, { heText }] =
        await Promise.all([
          import('./images.js'),
          import('./he/network.js'),
          import('./he/measure.js'),
          import('./he/rows.js'),
          import('./machine.js'),
          import('./text.js'),
        ]);
      const images = firstImages(flags.images);
      const network = await loadCryptonets();
      const environment = await environmentOf();
      const figures = await measureHe({
        network,
        images,
        sample,
        single,
        ...(threads === undefined ? {} : { threads }),
        onProgress: showProgress,
      });
      const rows = figures.map((one) => heRow(one, 'none'));
      const inexact = inexactOf({ rows, accuracy: figures.flatMap(heAccuracy) });
      await give('he', flags, { ...environment, he: figures }, inexact, () => heText(figures));
    });
  return withExample(command, 'tacit bench he --images 1024 --sample 0.1');
}

interface ReportFlags {
  readonly json?: true;
  readonly out: string;
  readonly models: string[];
  readonly sample: number;
  readonly quick?: true;
  readonly from?: string;
  readonly compare?: string;
}

export function reportCommand(): Command {
  const command = new Command('report')
    .description(
      'everything, as one HTML file with JSON and CSV beside it; says first what it measures and about how long that takes',
    )
    .option('--json', 'print the report as one JSON object, with --compare its comparison in it')
    .option('--out <dir>', 'folder of index.html, report.json and report.csv', DEFAULT_FOLDER)
    .option('--models <names>', `names of ${NAMES}`, parseModels, ['secureml', 'cryptonets', 'minionn-mnist'])
    .option('--sample <part>', "part of the many-image HE server's work; 0 leaves HE out", parsePart, 1)
    .option('--quick', 'little of everything: to see that it works')
    .addOption(
      new Option('--from <file>', 'a report.json: draw its figures again, measure nothing').conflicts([
        'models',
        'sample',
        'quick',
      ]),
    )
    .option('--compare <old>', 'a report.json: print what got slower or bigger since')
    .option('--debug', 'show a stack trace with an error')
    .action(async (flags: ReportFlags) => {
      const [{ Drawing }, { findingsOf }] = await Promise.all([
        import('./report/drawing.js'),
        import('./report/findings.js'),
      ]);
      const drawing = await Drawing.load();
      const old = flags.compare === undefined ? undefined : await readResults(flags.compare);
      await openFolder(flags.out);
      const results = flags.from === undefined ? await measured(flags) : await readResults(flags.from);
      await writeReport(results, drawing, flags.out);
      const comparison = old === undefined ? undefined : compare(old, results);
      const compared = comparison === undefined ? [] : ['', comparisonText(comparison)];
      const text = [...findingsOf(results), '', join(flags.out, REPORT_FILES.page), ...compared].join('\n');
      await print({ ...results, comparison }, inexactOf(results), flags.json === true, () => text);
    });
  return withExample(command, 'tacit bench report --out my-report');
}

const QUICK_SAMPLE = 0.02;

async function measured(flags: ReportFlags): Promise<Results> {
  const { measureAll } = await import('./full.js');
  const progress = new LongProgress();
  const results = await measureAll({
    models: flags.models,
    sample: flags.quick ? Math.min(flags.sample, QUICK_SAMPLE) : flags.sample,
    quick: flags.quick === true,
    command: commandOf(flags),
    onAgenda: (parts) => {
      progress.begin(parts);
      // said before the minutes that it takes
      if (isDirty(versionsOf())) process.stderr.write('files differ from the commit: the report will say so\n');
    },
    onProgress: progress.show,
  });
  showProgress('');
  return results;
}

/** What reproduces a report, without what only decides where it goes. */
function commandOf({ models, sample, quick }: ReportFlags): string {
  return [
    'npx tacit bench report',
    `--models ${models.join(',')}`,
    `--sample ${sample}`,
    ...(quick ? ['--quick'] : []),
  ].join(' ');
}

/** --compare on the bench command itself: two saved reports. */
export async function compareSaved(
  oldPath: string,
  newPath: string = join(DEFAULT_FOLDER, REPORT_FILES.json),
  json = false,
): Promise<void> {
  const comparison = compare(await readResults(oldPath), await readResults(newPath));
  process.stdout.write(`${json ? JSON.stringify(comparison) : comparisonText(comparison)}\n`);
}
