/** `tacit plan`: what a private run would compute, prove and cost, without running it. @module */
import { Command } from 'commander';
import { TacitError } from '../../src/core/errors.js';
import { addCommonFlags, addPlanFlags, MODEL_HELP, type PlanFlags } from './flags.js';
import { printJson, printText } from './print.js';

const HELP = `
Example:
  $ tacit plan secureml --batch 16
  $ tacit plan --operators`;

export function planCommand(): Command {
  const command = new Command('plan').argument('[MODEL]', MODEL_HELP);
  command.option('--operators', 'list the operators and layers that models may have, and plan nothing');
  addPlanFlags(command, '1');
  return addCommonFlags(command).addHelpText('after', HELP).action(plan);
}

interface Flags extends PlanFlags {
  readonly operators?: true;
}

async function plan(name: string | undefined, flags: Flags): Promise<void> {
  if (flags.operators) return listOperators(flags);
  if (name === undefined) throw new TacitError('USAGE', 'expected a MODEL, got none');
  const [{ planReportOf }, { renderPlan }, { loadNamed, prepareSubject }] = await Promise.all([
    import('./plan-report.js'),
    import('./plan-render.js'),
    import('./subject.js'),
  ]);
  const subject = await prepareSubject(await loadNamed(name, flags), flags);
  const report = planReportOf(subject, flags.batch ?? 1);
  if (flags.json) printJson(report);
  else printText(renderPlan(report));
}

async function listOperators({ json }: Flags): Promise<void> {
  const { supportedOperators } = await import('../../src/model/load.js');
  const supported = await supportedOperators();
  if (json) printJson({ operators: Object.fromEntries(supported.map(({ of, names }) => [of, names])) });
  else printText(supported.map(({ of, names }) => `${of}: ${names.join(', ')}`).join('\n\n'));
}
