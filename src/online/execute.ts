/** The online phase: walks the plan on shares and spends one bundle. @module */
import { TacitError } from '../core/errors.js';
import { expandWords } from '../core/prg.js';
import type { Share } from '../core/secret.js';
import { turn } from '../core/turn.js';
import type { Plan } from '../plan/plan.js';
import { ringOf } from '../plan/plan.js';
import type { Bundle } from '../protocols/bundle.js';
import type { Arithmetic, Receiver, RunContext, Sender, SharedModel } from '../protocols/context.js';
import { runGarbled } from '../protocols/garbled.js';
import { runLinear } from '../protocols/linear.js';
import { runLocal } from '../protocols/local.js';
import { runProduct } from '../protocols/product.js';
import { GARBLER, type Party, type Step } from '../protocols/step.js';

/** What a party brings to one inference. */
export interface Execution {
  readonly party: Party;
  readonly bundle: Bundle;
  readonly model: SharedModel;
  /** This party's share of the input, [batch, ...shape]. */
  readonly input: Share<Uint32Array>;
  readonly peer: Sender & Receiver;
  /** Called with each step's output share, for progress and for tests. */
  readonly onStep?: (index: number, share: Share<Uint32Array>) => void;
}

/** This party's share of the output, plan.outputShape. */
export async function execute(plan: Plan, arithmetic: Arithmetic, execution: Execution): Promise<Share<Uint32Array>> {
  const { bundle, party, model, peer } = execution;
  if (bundle.id.planDigest !== plan.digest || bundle.id.party !== party) {
    throw new TacitError(
      'BUNDLE_MISMATCH',
      `bundle ${bundle.id.number}: expected one of this plan and party, got another. Prepare a new one`,
    );
  }
  const context: RunContext = { ...arithmetic, bits: ringOf(plan), batch: plan.batch, party, bundle, model, peer };
  const lastUse = lastUses(plan);
  const tensors = new Map<number, Share<Uint32Array>>();
  for (const step of plan.steps) {
    const share = await run(context, step, tensors, execution.input);
    tensors.set(step.index, share);
    execution.onStep?.(step.index, share);
    await turn();
    for (const [index, last] of lastUse.entries()) if (last === step.index) tensors.delete(index);
  }
  return tensors.get(outputTensor(plan))!;
}

/**
 * A party's share of the output as the client may see it: plus (party 0) or minus (party 1) a sharing of zero, so that it tells
 * nothing but the output.
 */
export function rerandomise(
  { bits, kernels }: Arithmetic,
  { party, bundle, model }: Pick<Execution, 'party' | 'bundle' | 'model'>,
  share: Share<Uint32Array>,
): Uint32Array {
  const zero = expandWords(share.length, model.revealSeed, 'reveal/zero', bundle.id.number);
  return party === GARBLER ? kernels.add(bits, share, zero) : kernels.sub(bits, share, zero);
}

async function run(
  context: RunContext,
  step: Step,
  tensors: ReadonlyMap<number, Share<Uint32Array>>,
  input: Share<Uint32Array>,
): Promise<Share<Uint32Array>> {
  switch (step.kind) {
    case 'input':
      return input;
    case 'linear':
      return runLinear(context, step, tensors.get(step.source)!);
    case 'product':
      return runProduct(
        context,
        step,
        step.sources.map((source) => tensors.get(source)!),
      );
    case 'garbled':
      return runGarbled(context, step, tensors.get(step.source)!);
    case 'local':
      return runLocal(
        context,
        context.batch,
        step,
        step.sources.map((source) => tensors.get(source)!),
      );
  }
}

/** The tensor that is opened to the client: the logits, or the indices after them. */
function outputTensor(plan: Plan): number {
  return plan.trust.reveal === 'logits' ? plan.graph.output : plan.steps.length - 1;
}

function lastUses(plan: Plan): Int32Array {
  const last = new Int32Array(plan.steps.length).fill(-1);
  for (const step of plan.steps) {
    const sources = step.kind === 'input' ? [] : 'sources' in step ? step.sources : [step.source];
    for (const source of sources) last[source] = step.index;
  }
  last[outputTensor(plan)] = -1;
  return last;
}
