/** `tacit client infer`: private inferences by the parties of a deployment. @module */
import { Command } from 'commander';
import { addCommonFlags, type CommonFlags } from './flags.js';
import { checkHolds, checkWritable, parseOutput, writeOutputs } from './output.js';
import { addParticipantFlags, type ParticipantFlags, participantOf } from './participant-flags.js';
import { printJson, printText } from './print.js';

interface ClientFlags extends ParticipantFlags, CommonFlags {
  readonly input: readonly string[];
  readonly output?: string;
}

const HELP = `
MODEL is a name of tacit models, or NAME@VERSION; without a version the latest.

Example:
  $ tacit client infer secureml --deployment deployment.yaml --input mnist:0-3`;

export function clientCommand(): Command {
  const command = new Command('infer')
    .description('infer privately with a model that a deployment serves')
    .argument('<MODEL>', 'a name of tacit models')
    .requiredOption('--input <file...>', 'as of tacit infer');
  addParticipantFlags(command, 'client-NAME').option(
    '--output <file>',
    'write what the client learns: .npy, .npz or .json',
    parseOutput,
  );
  addCommonFlags(command).addHelpText('after', HELP).action(infer);
  return new Command('client').addCommand(command);
}

async function infer(name: string, flags: ClientFlags): Promise<void> {
  const [{ DeploymentClient }, { readAllInputs }, { inputRulesOf }, { clientReportOf, renderClient }] =
    await Promise.all([
      import('../../src/service/client.js'),
      import('./inputs.js'),
      import('./rules.js'),
      import('./client-report.js'),
    ]);
  if (flags.output !== undefined) await checkWritable(flags.output);
  const client = new DeploymentClient(await participantOf(flags, /^client-/));
  const { card } = await client.find(name);
  const { graph } = card.plan;
  if (flags.output !== undefined) checkHolds(flags.output, graph.outputs.length);
  const rules = inputRulesOf({ inputRange: card.range }, { inputs: graph.inputs, card: card.inputs });
  const inputs = await readAllInputs(flags.input, rules);
  const report = clientReportOf(inputs, await client.predict(`${card.name}@${card.version}`, inputs.values));
  if (flags.output !== undefined) await writeOutputs(flags.output, report.outputs);
  if (flags.json) printJson(report);
  else printText(renderClient(report));
}
