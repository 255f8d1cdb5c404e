/** `tacit prepare`: has bundles made ahead, for `tacit infer` to spend. @module */
import { Command, Option } from 'commander';
import { TacitError } from '../../src/core/errors.js';
import { addCommonFlags, addPlanFlags, addStoreFlag, MODEL_HELP, type PlanFlags, threadsFlag } from './flags.js';
import { parseSeconds, wholeNumber } from './options.js';
import { printJson, printText } from './print.js';
import { DEFAULT_STORE, folderOf } from './store-flag.js';

const MAX_COUNT = 1_000_000;

interface PrepareFlags extends PlanFlags {
  readonly count: number;
  readonly threads?: number;
  readonly timeout: number;
  readonly store?: string;
}

const HELP = `
Bundles serve one model, plan (ring, fraction bits, reveal, preprocessing) and batch; the parties' shares of the
model serve all of its plans that have a dealer, or all that have none. Where some are there already, only what is
missing is made; an interrupted run loses at most the bundle under way.

Example:
  $ tacit prepare secureml --count 2`;

export function prepareCommand(): Command {
  const command = new Command('prepare')
    .argument('<MODEL>', MODEL_HELP)
    .addOption(
      new Option('--count <n>', 'how many bundles the store is to hold')
        .makeOptionMandatory()
        .argParser(wholeNumber('--count', 1, MAX_COUNT)),
    );
  addPlanFlags(command, '1')
    .addOption(threadsFlag())
    .addOption(
      new Option('--timeout <seconds>', 'how long a party waits for another').default(30).argParser(parseSeconds),
    );
  addStoreFlag(command, DEFAULT_STORE);
  return addCommonFlags(command).addHelpText('after', HELP).action(prepare);
}

async function prepare(name: string, flags: PrepareFlags): Promise<void> {
  if (flags.parties === 3) {
    throw new TacitError(
      'USAGE',
      'expected --parties 2, got 3. Three parties have nothing to prepare: call tacit infer --parties 3',
    );
  }
  const store = folderOf(flags.store);
  const [{ interruptible }, { renderPrepare, prepareReportOf }, { startProgress }, subjects, { prepareBundles }] =
    await Promise.all([
      import('./interrupt.js'),
      import('./prepare-report.js'),
      import('./progress.js'),
      import('./subject.js'),
      import('../launch.js'),
    ]);
  const subject = await subjects.prepareSubject(await subjects.loadNamed(name, flags), flags);
  const batch = flags.batch ?? 1;
  const plan = subjects.planInputOf(subject, batch);
  const progress = startProgress(flags.count, flags.json === true, 1);
  try {
    const result = await interruptible((signal) =>
      prepareBundles({
        plan,
        model: subject.model,
        store,
        count: flags.count,
        timeoutMs: 1000 * flags.timeout,
        onProgress: progress.update,
        signal,
        ...(flags.network ? { network: flags.network } : {}),
        ...(flags.threads === undefined ? {} : { threads: flags.threads }),
      }),
    );
    progress.stop();
    const report = prepareReportOf({ subject, batch, store, count: flags.count, result });
    if (flags.json) printJson(report);
    else printText(renderPrepare(report));
  } finally {
    progress.stop();
  }
}
