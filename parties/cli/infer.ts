/** `tacit infer`: one private run on this machine. @module */
import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { TacitError } from '../../src/core/errors.js';
import { printable } from '../../src/core/text.js';
import { addCommonFlags, addPlanFlags, addStoreFlag, MODEL_HELP, type PlanFlags, threadsFlag } from './flags.js';
import { parseSeconds, wholeNumber } from './options.js';
import { checkHolds, checkWritable, faultOf, parseOutput, printResult, writeOutputs } from './output.js';
import { inputRulesOf } from './rules.js';
import { storeInUse } from './store-flag.js';

const MAX_REPEAT = 10_000;

interface InferFlags extends PlanFlags {
  readonly input: readonly string[];
  readonly repeat: number;
  readonly background?: true;
  readonly threads?: number;
  readonly output?: string;
  readonly check: boolean;
  readonly timeout: number;
  readonly store?: string;
}

const HELP = `
Inputs may come with or without the batch dimension; dimensions of 1 do not count. A folder gives what is in it in
the order of names, a pattern in quotes ('*.png') what it names, - one input on stdin. Of several arrays in an .npz
that of the input's name is taken. A byte b of a pixel becomes (SCALE b - MEAN) / STD; without these flags as the
model's file says, or else it is divided by 255, which only a range from 0 to 1 takes. mnist:FROM-TO takes test
images from FROM up to but not including TO; random:N makes N inputs from a fixed seed, uniform in the range.
Bundles of tacit prepare for the same model and plan are spent first; what is missing is made on the fly. Without
--batch a run takes the batch of bundles that are enough for all inputs: three inputs, three bundles of one.

Example:
  $ tacit infer secureml --input mnist:0-3`;

export function inferCommand(): Command {
  const command = new Command('infer')
    .argument('<MODEL>', MODEL_HELP)
    .requiredOption(
      '--input <file...>',
      '.npy, .npz, .json (nested numbers), .pb (ONNX), .png, .jpg, .webp, a folder, -, mnist:FROM-TO or random:N; several in turn',
    );
  addPlanFlags(command, 'all, at most 16')
    .addOption(
      new Option('--repeat <n>', 'passes over the inputs, fresh bundles for each; medians are reported')
        .default(1)
        .argParser(wholeNumber('--repeat', 1, MAX_REPEAT)),
    )
    .option('--background', 'have each bundle made while the one before is spent; the phases then share the cores')
    .addOption(threadsFlag())
    .option('--labels <file>', 'names of the classes: one a line, or a JSON list or object; shows the best five')
    .addOption(
      new Option('--output <file>', 'write what the client learns: .npy, .npz or .json').argParser(parseOutput),
    )
    .option('--no-check', 'skip the comparison with the plain evaluators')
    .addOption(
      new Option('--timeout <seconds>', 'how long a party waits for another').default(30).argParser(parseSeconds),
    );
  addStoreFlag(command, '.tacit where it is there; none ignores it');
  return addCommonFlags(command).addHelpText('after', HELP).action(infer);
}

async function infer(name: string, flags: InferFlags): Promise<void> {
  if (flags.parties === 3 && flags.store !== undefined && flags.store !== 'none') {
    throw new TacitError(
      'USAGE',
      'expected no --store with --parties 3, which have nothing to prepare, got both. Leave one out',
    );
  }
  if (flags.parties === 3 && flags.background) {
    throw new TacitError(
      'USAGE',
      'expected no --background with --parties 3, which have nothing to prepare, got both. Leave one out',
    );
  }
  const [{ readAllInputs }, { renderInfer }, { reportOf }, { runPrivately }, { loadNamed, prepareSubject }] =
    await Promise.all([
      import('./inputs.js'),
      import('./render.js'),
      import('./report.js'),
      import('./run.js'),
      import('./subject.js'),
    ]);
  if (flags.output !== undefined) await checkWritable(flags.output);
  const graph = await loadNamed(name, flags);
  const inputs = await readAllInputs(flags.input, inputRulesOf(flags, graph));
  const subject = await prepareSubject(graph, flags, inputs);
  if (flags.output !== undefined && flags.reveal === 'logits') checkHolds(flags.output, graph.outputs.length);
  const { store: asked, ...rest } = flags;
  const store = storeInUse(asked);
  if (store !== undefined && !existsSync(store)) {
    process.stderr.write(`tacit: ${printable(store)} is not there: a bundle store is made in it\n`);
  }
  const outcome = await runPrivately(subject, inputs, {
    ...rest,
    ...(store === undefined ? {} : { store }),
    background: flags.background === true,
    timeoutMs: 1000 * flags.timeout,
    quiet: flags.json === true,
  });
  const { full } = outcome.result;
  if (full !== undefined) process.stderr.write(`tacit: nothing is kept for later runs: ${printable(full)}\n`);
  const report = reportOf(outcome);
  // before anything is printed: where it fails the error is all that is said; a result with a fault is not kept
  if (flags.output !== undefined && faultOf(report.check) === undefined)
    await writeOutputs(flags.output, report.outputs);
  await printResult(report, flags.json === true, () => renderInfer(report, inputs.labels));
}
