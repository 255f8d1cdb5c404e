/** The online phase: walks the plan on shares and spends one bundle. @module */
import { TacitError } from '../core/errors.js';
import { expandWords } from '../core/prg.js';
import type { Share } from '../core/secret.js';
import type { Bundle } from '../correlations/bundle.js';
import type { Arithmetic, Receiver, Sender, SharedModel } from '../correlations/context.js';
import { openedTensor, ringOf } from '../plan/compile.js';
import type { Plan } from '../plan/two.js';
import type { RunContext } from '../protocols/two/context.js';
import { PROTOCOLS } from '../protocols/two/protocols.js';
import { GARBLER, type Party } from '../steps/two.js';
import { walk } from './walk.js';

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
      `bundle ${bundle.id.number}: expected one of this plan and party, got another`,
    );
  }
  const context: RunContext = { ...arithmetic, bits: ringOf(plan), batch: plan.batch, party, bundle, model, peer };
  const { input, onStep } = execution;
  return walk(PROTOCOLS, { steps: plan.steps, opened: openedTensor(plan), context, input, onStep });
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
