/** One private run on this machine: everything is checked before the first process starts. @module */
import { encode } from '../../src/core/fixed.js';
import type { InputNode } from '../../src/model/fixed-model.js';
import type { NetworkProfile } from '../../src/transport/link.js';
import { launch } from '../launch.js';
import { checkOutcome } from './check.js';
import type { Inputs } from './inputs.js';
import { interruptible } from './interrupt.js';
import { startProgress } from './progress.js';
import type { Outcome } from './report.js';
import { planInputOf, type Subject } from './subject.js';

/** Inputs a bundle without --batch. */
const DEFAULT_BATCH = 16;

export interface RunFlags {
  readonly batch?: number;
  readonly repeat: number;
  /** Each bundle is made while the one before is spent. */
  readonly background: boolean;
  readonly network?: NetworkProfile;
  /** Of each process; default one less than cores. */
  readonly threads?: number;
  readonly timeoutMs: number;
  /** The root of the bundle stores. */
  readonly store?: string;
  readonly check: boolean;
  /** No progress bar. */
  readonly quiet: boolean;
}

export interface RunOutcome extends Outcome {
  /** The best label of each input by the plain fixed-point evaluator; empty without the check. */
  readonly plainLabels: readonly number[];
}

/** @throws BAD_VALUE and RANGE_OVERFLOW on inputs before anything starts; what launch throws */
export async function runPrivately(subject: Subject, inputs: Inputs, flags: RunFlags): Promise<RunOutcome> {
  const { model } = subject;
  const input = model.graph.nodes[0] as InputNode;
  encode(model.graph.ringBits, input.fractionBits, inputs.values, input);
  const batch = flags.batch ?? Math.min(inputs.count, DEFAULT_BATCH);
  const plan = planInputOf(subject, batch);
  const batches = Math.ceil(inputs.count / batch) * flags.repeat;
  const progress = startProgress(batches, flags.quiet);
  try {
    // before this a signal ends the process as it is; from here on it ends the parties first
    const result = await interruptible((signal) =>
      launch({
        plan,
        model,
        inputs: inputs.values,
        count: inputs.count,
        repeat: flags.repeat,
        background: flags.background,
        timeoutMs: flags.timeoutMs,
        onProgress: progress.update,
        signal,
        ...(flags.network ? { network: flags.network } : {}),
        ...(flags.threads === undefined ? {} : { threads: flags.threads }),
        ...(flags.store === undefined ? {} : { store: flags.store }),
      }),
    );
    progress.stop();
    const { network, background } = flags;
    const outcome = { subject, inputs, batch, network, background, result };
    if (!flags.check) return { ...outcome, check: null, plainLabels: [] };
    const { check, plainLabels } = await checkOutcome(subject, inputs, result.outputs);
    // bundles differ from pass to pass, their results may not
    return {
      ...outcome,
      check: { ...check, bitIdentical: check.bitIdentical && result.repeatable },
      plainLabels,
    };
  } finally {
    progress.stop();
  }
}
