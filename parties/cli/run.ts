/** One private run on this machine: everything is checked before the first process starts. @module */
import { TacitError } from '../../src/core/errors.js';
import { encode } from '../../src/core/fixed.js';
import { printable } from '../../src/core/text.js';
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

/** Inputs a bundle: as asked for, or what the bundles in store serve. Says so where some wait that this run does not use. */
async function batchOf(subject: Subject, count: number, { batch, store, repeat }: RunFlags): Promise<number> {
  const usual = batch ?? Math.min(count, DEFAULT_BATCH);
  if (store === undefined || subject.trust.parties === 3) return usual;
  const { batchFor, waitingIn } = await import('../../src/store/waiting.js');
  const { parameters } = subject.model;
  // a store that does not read is the parties' to name
  const waiting = await waitingIn(store, planInputOf(subject, usual), parameters).catch((error: unknown) => {
    if (error instanceof TacitError) return [];
    throw error;
  });
  const chosen = batch ?? batchFor(waiting, usual, count, repeat);
  const first = waiting[0];
  if (first !== undefined && waiting.every((one) => one.batch !== chosen)) {
    const all = waiting.map((one) => `${one.bundles} of ${one.batch}`).join(', ');
    const inputs = chosen === 1 ? '1 input' : `${chosen} inputs`;
    process.stderr.write(
      `tacit: expected bundles of ${inputs} in ${printable(store)}, got ${all}: they are not used. Give --batch ${first.batch} to spend them\n`,
    );
  }
  return chosen;
}

/** @throws BAD_VALUE and RANGE_OVERFLOW on inputs before anything starts; what launch throws */
export async function runPrivately(subject: Subject, inputs: Inputs, flags: RunFlags): Promise<RunOutcome> {
  const { model } = subject;
  const input = model.graph.nodes[0] as InputNode;
  encode(model.graph.ringBits, input.fractionBits, inputs.values, input);
  const batch = await batchOf(subject, inputs.count, flags);
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
