/** `tacit share`: the owner gives each party of a deployment its share of a model, once a version. @module */
import { Command, Option } from 'commander';
import { TacitError } from '../../src/core/errors.js';
import { addCommonFlags, addPlanFlags, MODEL_HELP, type PlanFlags } from './flags.js';
import { wholeNumber } from './options.js';
import { addParticipantFlags, type ParticipantFlags, participantOf } from './participant-flags.js';
import { printJson, printText } from './print.js';

interface ShareFlags extends PlanFlags, ParticipantFlags {
  readonly name?: string;
  readonly version: number;
}

const HELP = `
The parties learn the architecture, its scales and widths, and the output policy (--reveal), which the owner signs; of the
weights each learns nothing.

Example:
  $ tacit share secureml --deployment deployment.yaml`;

export function shareCommand(): Command {
  const command = new Command('share').argument('<MODEL>', MODEL_HELP);
  addParticipantFlags(command, 'owner');
  addPlanFlags(command, '1')
    .option('--labels <file>', 'names of the classes: one a line, or a JSON list or object')
    .option('--name <name>', 'what clients call the model (default: its own name)')
    .addOption(
      new Option('--version <n>', 'of the model: one that was shared is never changed')
        .default(1)
        .argParser(wholeNumber('--version', 1, 1_000_000)),
    );
  return addCommonFlags(command).addHelpText('after', HELP).action(share);
}

async function share(model: string, flags: ShareFlags): Promise<void> {
  const [{ fixedPointOf }, subjects, { shareModel }, { NAME }] = await Promise.all([
    import('./report.js'),
    import('./subject.js'),
    import('../../src/service/share.js'),
    import('../../src/deployment/deployment.js'),
  ]);
  const owner = await participantOf(flags, /^owner\.key$/);
  const graph = await subjects.loadNamed(model, flags);
  const subject = await subjects.prepareSubject(graph, flags);
  const name = flags.name ?? graph.name.toLowerCase();
  if (!NAME.test(name)) {
    throw new TacitError(
      'USAGE',
      `expected --name of small letters, digits, dots and dashes, got ${name}. Give another`,
    );
  }
  const { rules, labels } = subject;
  const card = await shareModel(
    owner,
    {
      name,
      version: flags.version,
      plan: subjects.planInputOf(subject, flags.batch ?? 1),
      inputs: {
        ...graph.card,
        ...(rules.scaling ? { scale: rules.scaling.scale, mean: rules.scaling.mean, std: rules.scaling.std } : {}),
        ...(labels ? { labels } : {}),
      },
      range: rules.range,
      facts: { ...subjects.factsOf(subject.model) },
      fixedPoint: { ...fixedPointOf(subject) },
    },
    subject.model,
  );
  const { version, id, planDigest } = card;
  if (flags.json) printJson({ name, version, id, planDigest });
  else printText(`${name}@${version}: shared with deployment ${card.deployment}`);
}
