/** Garbled tables from a dealer: it garbles for party 0, and party 1 gets tables and share corrections; all else comes from seeds. @module */
import { GARBLER, type GarbledStep } from '../../steps/two.js';
import type { DealContext, PrepareContext } from '../context.js';
import type { Dealt } from '../source.js';
import { garbleStep, type MaskLabels, unmaskLabels } from './garbling.js';
import { dealtDelta, garblerShare, receiveTables } from './table.js';

/** The dealer garbles for party 0. It knows r, and derives the false labels from the active ones. */
async function deal(context: DealContext, step: GarbledStep): Promise<void> {
  const [seed, evaluatorSeed] = context.seeds;
  context.known.set(step.index, garblerShare(context.bits, seed, step));
  const maskLabels: MaskLabels = {
    set: (garbler, chunk, n) => unmaskLabels(context, garbler, evaluatorSeed, step, chunk, n),
    source: () => ({ evaluatorSeed }),
  };
  await garbleStep(context, step, { seed, delta: dealtDelta(seed), maskLabels, toEvaluator: context.toEvaluator });
}

/** Party 0 derives its share of the output; party 1 stores tables and corrections as they come. */
async function prepare(context: PrepareContext, step: GarbledStep): Promise<void> {
  const { bits, bundle, party, fromDealer } = context;
  if (party === GARBLER) {
    context.known.set(step.index, garblerShare(bits, bundle.seed, step));
    await bundle.put(step.index, {});
    return;
  }
  await receiveTables(bits, step, fromDealer, bundle.fill(step.index));
}

export const dealtTables: Dealt<GarbledStep> = { deal, prepare };
