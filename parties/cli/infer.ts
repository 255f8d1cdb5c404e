/** `tacit infer`: one private run on this machine. @module */
import { Command, Option } from 'commander';
import { TacitError } from '../../src/core/errors.js';
import { printable } from '../../src/core/text.js';
import type { NetworkProfile } from '../../src/transport/link.js';
import { addCommonFlags, addPlanFlags, addStoreFlag, MODEL_HELP, type PlanFlags, threadsFlag } from './flags.js';
import type { Inputs } from './inputs.js';
import { parseNetwork, parseSeconds, wholeNumber } from './options.js';
import { checkWritable, parseOutput, printResult, writeArray } from './output.js';
import { inputRulesOf } from './scaling.js';
import { storeInUse } from './store-flag.js';

const MAX_REPEAT = 10_000;

interface InferFlags extends PlanFlags {
  readonly input: readonly string[];
  readonly network?: NetworkProfile;
  readonly repeat: number;
  readonly background?: true;
  readonly threads?: number;
  readonly output?: string;
  readonly check: boolean;
  readonly timeout: number;
  readonly store?: string;
}

const HELP = `
Inputs may come with or without the batch dimension; dimensions of 1 do not count. Images must have the model's
size. A byte b of a pixel becomes (SCALE b - MEAN) / STD; without these flags it is divided by 255, which only a
range from 0 to 1 takes. mnist:FROM-TO takes test images from FROM up to but not including TO; random:N makes N
inputs from a fixed seed, uniform in the range.
Bundles of tacit prepare for the same model, plan and batch are spent first; what is missing is made on the fly.

Example:
  $ tacit infer secureml --input mnist:0-3`;

export function inferCommand(): Command {
  const command = new Command('infer')
    .argument('<MODEL>', MODEL_HELP)
    .requiredOption(
      '--input <file...>',
      '.npy, .json (nested numbers), .png, .jpg, mnist:FROM-TO or random:N; several are taken in turn',
    );
  addPlanFlags(command, 'all, at most 16')
    .addOption(
      new Option('--network <net>', 'links between parties: lan, wan, none or RTT_MS,MBIT (default: none)').argParser(
        parseNetwork,
      ),
    )
    .addOption(
      new Option('--repeat <n>', 'passes over the inputs, fresh bundles for each; medians are reported')
        .default(1)
        .argParser(wholeNumber('--repeat', 1, MAX_REPEAT)),
    )
    .option('--background', 'have each bundle made while the one before is spent; the phases then share the cores')
    .addOption(threadsFlag())
    .addOption(new Option('--output <file>', 'write what the client learns: .npy or .json').argParser(parseOutput))
    .option('--no-check', 'skip the comparison with the plain evaluators')
    .addOption(
      new Option('--timeout <seconds>', 'how long a party waits for another').default(30).argParser(parseSeconds),
    );
  addStoreFlag(command, '.tacit where it is there; none ignores it');
  return addCommonFlags(command).addHelpText('after', HELP).action(infer);
}

/** @throws USAGE where flags for pixels have none to act on: they would but widen the range */
function checkScaled({ scale, mean, std, inputRange }: InferFlags, { scaling }: Inputs): void {
  const isAsked = scale !== undefined || mean !== undefined || std !== undefined;
  if (!isAsked || scaling !== undefined || inputRange !== undefined) return;
  throw new TacitError(
    'USAGE',
    'expected an image among the inputs with --scale, --mean or --std, got none. Leave them out, or give --input-range as well',
  );
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
  const graph = await loadNamed(name);
  const { shape: inputShape } = graph.nodes[0]!;
  const inputs = await readAllInputs(flags.input, inputShape, inputRulesOf(flags, inputShape));
  checkScaled(flags, inputs);
  const subject = await prepareSubject(graph, flags);
  const { store: asked, ...rest } = flags;
  const store = storeInUse(asked);
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
  const { shape, data } = report.outputs[0]!;
  // before anything is printed: where it fails the error is all that is said
  if (flags.output !== undefined) await writeArray(flags.output, shape, data);
  await printResult(report, flags.json === true, () => renderInfer(report, inputs.labels));
}
