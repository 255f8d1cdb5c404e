/** `tacit demo`: private inference on real digits with the trained network that ships with the project. @module */
import { Command, Option } from 'commander';
import { addCommonFlags, type CommonFlags, threadsFlag } from './flags.js';
import { wholeNumber } from './options.js';
import { printResult } from './output.js';
import type { InferReport } from './report.js';
import { inputRulesOf } from './rules.js';

const NETWORK = 'minionn-mnist';
const SIDE = 28;
const DRAWN = 3;
const MAX_IMAGES = 1000;

interface DemoFlags extends CommonFlags {
  readonly images: number;
  readonly threads?: number;
}

export interface DemoImage {
  /** In the MNIST test set. */
  readonly index: number;
  readonly label: number;
  readonly private: number;
  readonly plain: number;
}

/** What --json prints. */
export interface DemoReport extends InferReport {
  readonly images: readonly DemoImage[];
}

const HELP = `
Example:
  $ tacit demo --images 3`;

export function demoCommand(): Command {
  const command = new Command('demo')
    .addOption(
      new Option('--images <n>', 'how many MNIST test images')
        .default(10)
        .argParser(wholeNumber('--images', 1, MAX_IMAGES)),
    )
    .addOption(threadsFlag());
  return addCommonFlags(command).addHelpText('after', HELP).action(demo);
}

async function demo(flags: DemoFlags): Promise<void> {
  const [{ readLearnt }, { readAllInputs }, { reportOf }, { runPrivately }, { loadNamed, prepareSubject }] =
    await Promise.all([
      import('./check.js'),
      import('./inputs.js'),
      import('./report.js'),
      import('./run.js'),
      import('./subject.js'),
    ]);
  const graph = await loadNamed(NETWORK);
  const inputs = await readAllInputs([`mnist:0-${flags.images}`], inputRulesOf({}, graph));
  const subject = await prepareSubject(graph, {
    ring: 'auto',
    reveal: 'logits',
    parties: 2,
    preprocessing: 'dealer',
  });
  const quiet = flags.json === true;
  const threads = flags.threads === undefined ? {} : { threads: flags.threads };
  const run = { repeat: 1, background: false, timeoutMs: 30_000, check: true, quiet, ...threads };
  const outcome = await runPrivately(subject, inputs, run);
  const { best } = readLearnt(subject, outcome.result.outputs);
  const images = inputs.indices!.map((index, i): DemoImage => {
    return { index, label: inputs.labels![i]!, private: best[i]!, plain: outcome.plainLabels[i]! };
  });
  const report = reportOf(outcome);
  const pixels = inputs.values;
  await printResult({ ...report, images }, quiet, () => renderDemo(report, images, pixels));
}

async function renderDemo(report: InferReport, images: readonly DemoImage[], pixels: Float32Array): Promise<string> {
  const [{ describeTrust }, { drawImages }, { table }, { fixedPointLine, modelLine, summaryLines }, { line }] =
    await Promise.all([
      import('../../src/core/trust.js'),
      import('./digits.js'),
      import('./format.js'),
      import('./render.js'),
      import('./format.js'),
    ]);
  const size = SIDE * SIDE;
  const drawn = Array.from({ length: Math.min(DRAWN, images.length) }, (_, i) =>
    pixels.subarray(i * size, (i + 1) * size),
  );
  const rows = images.map((image) => [
    String(image.index),
    String(image.private),
    String(image.plain),
    String(image.label),
    image.private === image.label ? '' : 'wrong',
  ]);
  return [
    ...drawImages(drawn, SIDE, SIDE),
    '',
    ...table([['image', 'private', 'plain', 'label', ''], ...rows], [4]),
    '',
    modelLine(report.model),
    line('trust', describeTrust(report.trust)),
    fixedPointLine(report.fixedPoint),
    '',
    ...summaryLines(report),
  ].join('\n');
}
