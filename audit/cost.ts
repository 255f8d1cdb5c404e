/** What a query costs at the parties: a sample goes through them, and has to give the answers that the audit's service gives. @module */
import type { Inputs } from '../parties/cli/inputs.js';
import { faultOf } from '../parties/cli/output.js';
import { type InferReport, reportOf } from '../parties/cli/report.js';
import { runPrivately } from '../parties/cli/run.js';
import type { Subject } from '../parties/cli/subject.js';

export interface QueryCost {
  /** Offline and online, of one input. */
  readonly seconds: number;
  readonly bytes: number;
  /** Inputs that went through the parties, all with the bits of the plain evaluator. */
  readonly sample: number;
}

/** @param inputs a few; they go one a query @throws INTERNAL where the parties' bits are not the evaluator's */
export async function measureCost(
  subject: Subject,
  inputs: Float32Array,
  count: number,
  quiet: boolean,
): Promise<QueryCost> {
  const sample: Inputs = { values: inputs, count, notes: [] };
  const outcome = await runPrivately(subject, sample, {
    batch: 1,
    repeat: 1,
    background: false,
    timeoutMs: 60_000,
    check: true,
    quiet,
  });
  const report = reportOf(outcome);
  const fault = faultOf(report.check);
  if (fault !== undefined) throw fault;
  return {
    seconds: (report.offline.ms + report.online.ms) / count / 1000,
    bytes: (total(report.offline.bytes) + total(report.online.bytes)) / count,
    sample: count,
  };
}

function total(bytes: InferReport['online']['bytes']): number {
  return Object.values(bytes).reduce<number>((sum, each) => sum + Number(each), 0);
}
