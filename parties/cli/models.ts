/** `tacit models`: what a deployment serves. @module */
import { Command } from 'commander';
import { addCommonFlags, type CommonFlags } from './flags.js';
import { addParticipantFlags, type ParticipantFlags, participantOf } from './participant-flags.js';
import { printJson, printText } from './print.js';

const HELP = `
Example:
  $ tacit models --deployment deployment.yaml`;

export function modelsCommand(): Command {
  const command = addParticipantFlags(new Command('models'), 'client-NAME');
  return addCommonFlags(command).addHelpText('after', HELP).action(models);
}

async function models(flags: ParticipantFlags & CommonFlags): Promise<void> {
  const { DeploymentClient } = await import('../../src/service/client.js');
  const cards = await new DeploymentClient(await participantOf(flags, /^client-/)).models();
  const found = cards.map(({ name, version, plan: { batch, trust }, range, facts, fixedPoint }) => {
    return { name, version, trust, batch, inputRange: range, model: facts, fixedPoint };
  });
  if (flags.json) printJson({ models: found });
  else if (found.length === 0) printText('no models');
  else {
    printText(
      found.map(({ name, version, trust, batch }) => `${name}@${version}  ${trust.reveal}, batch ${batch}`).join('\n'),
    );
  }
}
