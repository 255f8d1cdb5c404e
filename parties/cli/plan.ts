/** `tacit plan`: what a private run would compute, prove and cost, without running it. @module */
import { Command } from 'commander';
import { addCommonFlags, addPlanFlags, MODEL_HELP, type PlanFlags } from './flags.js';
import { printJson, printText } from './print.js';

const HELP = `
Example:
  $ tacit plan secureml --batch 16`;

export function planCommand(): Command {
  const command = new Command('plan').argument('<MODEL>', MODEL_HELP);
  addPlanFlags(command, '1');
  return addCommonFlags(command).addHelpText('after', HELP).action(plan);
}

async function plan(name: string, flags: PlanFlags): Promise<void> {
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
