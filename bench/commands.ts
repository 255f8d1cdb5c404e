/** `tacit bench networks|layers|he|report` and `tacit bench --compare`. @module */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { ZOO } from '../models/zoo.js';
import { TacitError } from '../src/core/errors.js';
import { MODES } from './modes.js';
import { parseLinks, parseList, parsePart, wholeNumber } from './options.js';
import { showProgress, stageProgress } from './progress.js';
import { compare, comparisonText, readResults } from './report/compare.js';
import { openFolder, REPORT_FILES, writeReport } from './report/write.js';
import type { LinkName } from './results.js';

/** Where a report goes, and where --compare looks for the one to compare with. */
export const DEFAULT_FOLDER = 'bench-report';

interface OutputFlags {
  readonly json?: true;
  readonly out?: string;
}

function withOutput(command: Command): Command {
  return command
    .option('--json', 'print one JSON object')
    .option('--out <dir>', 'write the JSON into this folder too')
    .option('--debug', 'show a stack trace with an error');
}

/** One JSON object or text to stdout, and the JSON to a file where that was asked for. */
async function give(name: string, { json, out }: OutputFlags, result: object, text: () => string): Promise<void> {
  showProgress('');
  if (out !== undefined) {
    await openFolder(out);
    await writeFile(join(out, `${name}.json`), `${JSON.stringify(result, null, 1)}\n`);
  }
  process.stdout.write(`${json ? JSON.stringify(result) : text()}\n`);
}

interface NetworksFlags extends OutputFlags {
  readonly models: string[];
  readonly images: number;
  readonly links: LinkName[];
  readonly seconds: number;
}

export function networksCommand(): Command {
  return withOutput(new Command('networks'))
    .description('networks in plaintext and under MPC: time, bytes, memory, accuracy; every private output checked')
    .option('--models <names>', `names of ${ZOO.join(', ')} or paths of a model.json`, parseList, [
      'secureml',
      'minionn-mnist',
    ])
    .option('--images <n>', 'test images for accuracy', wholeNumber('--images', 1, 10_000), 200)
    .option('--links <names>', 'links between the parties, of none, lan, wan', parseLinks, ['none', 'lan', 'wan'])
    .option('--seconds <s>', 'for each plaintext timing', wholeNumber('--seconds', 0, 600), 1)
    .action(async (flags: NetworksFlags) => {
      const [{ firstImages }, { loadSubject, measureNetworks }, { accuracyText, rowsText }] = await Promise.all([
        import('./images.js'),
        import('./networks.js'),
        import('./text.js'),
      ]);
      const images = firstImages(flags.images);
      const subjects = await Promise.all(flags.models.map(loadSubject));
      const { links, seconds } = flags;
      const result = await measureNetworks({
        subjects,
        modes: MODES,
        links,
        images,
        accuracyImages: images.count,
        seconds,
        onProgress: showProgress,
      });
      const absent = result.absent.map(({ what, why }) => `not measured: ${what}: ${why}`).join('\n');
      await give('networks', flags, result, () =>
        [rowsText(result.rows), accuracyText(result.accuracy), absent].join('\n\n'),
      );
    });
}

export function layersCommand(): Command {
  return withOutput(new Command('layers'))
    .description('each layer of a network alone, under every trust model')
    .argument('[MODEL]', `a name of ${ZOO.join(', ')} or the path of a model.json`, 'minionn-mnist')
    .option('--batch <n>', 'inputs at once', wholeNumber('--batch', 1, 64), 8)
    .action(async (name: string, flags: OutputFlags & { readonly batch: number }) => {
      const [{ loadSubject }, { measureLayers }, { layersText }] = await Promise.all([
        import('./networks.js'),
        import('./layers.js'),
        import('./text.js'),
      ]);
      const { model, name: short } = await loadSubject(name);
      const options = { name: short, model, modes: MODES, batch: flags.batch, onProgress: showProgress };
      const layers = await measureLayers(options);
      await give('layers', flags, { network: short, batch: flags.batch, layers }, () => layersText(layers));
    });
}

interface HeFlags extends OutputFlags {
  readonly images: number;
  readonly sample: number;
  readonly single: number;
  readonly threads?: number;
}

export function heCommand(): Command {
  return withOutput(new Command('he'))
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
      const [{ firstImages }, { loadCryptonets }, { measureHe }, { heText }] = await Promise.all([
        import('./images.js'),
        import('./he/network.js'),
        import('./he/measure.js'),
        import('./text.js'),
      ]);
      if (flags.sample === 0 && flags.single === 0) {
        throw new TacitError('USAGE', 'expected --sample or --single above 0, got 0 for both. Leave one of them out');
      }
      const { sample, single, threads } = flags;
      const images = firstImages(flags.images);
      const network = await loadCryptonets();
      const figures = await measureHe({
        network,
        images,
        sample,
        single,
        ...(threads === undefined ? {} : { threads }),
        onProgress: showProgress,
      });
      await give('he', flags, { he: figures }, () => heText(figures));
      if (figures.some(({ images, exactImages }) => exactImages < images)) {
        throw new TacitError('INTERNAL', 'expected the integer evaluator from every decryption, got others. Report it');
      }
    });
}

interface ReportFlags {
  readonly json?: true;
  readonly out: string;
  readonly models: string[];
  readonly sample: number;
  readonly quick?: true;
  readonly compare?: string;
}

export function reportCommand(): Command {
  return new Command('report')
    .description('everything, as one HTML file with JSON and CSV beside it: about ten minutes')
    .option('--json', 'print the report as one JSON object')
    .option('--out <dir>', 'folder of index.html, report.json and report.csv', DEFAULT_FOLDER)
    .option('--models <names>', `names of ${ZOO.join(', ')}`, parseList, [
      'secureml',
      'cryptonets-relu',
      'minionn-mnist',
    ])
    .option('--sample <part>', "part of the many-image HE server's work; 0 leaves HE out", parsePart, 1)
    .option('--quick', 'little of everything: to see that it works')
    .option('--compare <old>', 'a report.json: print what got slower or bigger since')
    .option('--debug', 'show a stack trace with an error')
    .action(async (flags: ReportFlags) => {
      const [{ measureAll }, { Charts }, { findingsOf }] = await Promise.all([
        import('./full.js'),
        import('./report/charts.js'),
        import('./report/findings.js'),
      ]);
      const charts = await Charts.load();
      const old = flags.compare === undefined ? undefined : await readResults(flags.compare);
      await openFolder(flags.out);
      const results = await measureAll({
        models: flags.models,
        sample: flags.quick ? Math.min(flags.sample, QUICK_SAMPLE) : flags.sample,
        quick: flags.quick === true,
        command: commandOf(flags),
        onProgress: stageProgress(),
      });
      showProgress('');
      await writeReport(results, charts, flags.out);
      const compared = old === undefined ? [] : ['', comparisonText(compare(old, results))];
      const text = [...findingsOf(results), '', join(flags.out, REPORT_FILES.page), ...compared].join('\n');
      process.stdout.write(`${flags.json ? JSON.stringify(results) : text}\n`);
    });
}

const QUICK_SAMPLE = 0.02;

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
