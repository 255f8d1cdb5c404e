/** Bundles that wait for a network in the stores of one machine, whatever their batch: the owner's folder says which shares are of its weights. @module */
import type { LinearWeights } from '../model/fixed-model.js';
import type { PlanInput } from '../plan/compile.js';
import { modelDigestOf } from '../plan/model-digest.js';
import { compilePlan } from '../plan/two.js';
import { type Stores, withStores } from './inspect.js';
import { ownersIn } from './root.js';

/** Bundles of one batch that both parties have. */
export interface Waiting {
  readonly batch: number;
  readonly bundles: number;
}

/**
 * What waits below `root` for these weights and for plans that differ from `input` in the batch alone, largest batch first. Stores are looked at, not changed.
 * @throws TacitError where a store does not read
 */
export async function waitingIn(
  root: string,
  input: PlanInput,
  parameters: ReadonlyMap<number, LinearWeights>,
): Promise<readonly Waiting[]> {
  const owners = ownersIn(root);
  if (!(['owner', 'party0', 'party1'] as const).every((owner) => owners.includes(owner))) return [];
  return withStores(root, false, async (stores) => waitingFor(stores, input, parameters));
}

function waitingFor(
  { owner, parties }: Stores,
  input: PlanInput,
  parameters: ReadonlyMap<number, LinearWeights>,
): readonly Waiting[] {
  const model = owner!.sharedAs(modelDigestOf(input), parameters);
  const [first, second] = parties;
  const both = first!.ledger
    .ready()
    .filter(
      (bundle) => bundle.model === model && second!.ledger.readyBundle(bundle.number)?.session === bundle.session,
    );
  const digests = new Map([...new Set(both.map(({ batch }) => batch))].map((batch) => [batch, digestOf(input, batch)]));
  return [...digests]
    .map(([batch, digest]) => ({ batch, bundles: both.filter(({ planDigest }) => planDigest === digest).length }))
    .filter(({ bundles }) => bundles > 0)
    .sort((a, b) => b.batch - a.batch);
}

function digestOf(input: PlanInput, batch: number): string {
  return compilePlan({ ...input, batch }).digest;
}

/**
 * The batch of a run that leaves it open: `usual`, or where nothing waits of it, the largest of which enough wait for all passes over
 * all inputs.
 */
export function batchFor(waiting: readonly Waiting[], usual: number, count: number, passes: number): number {
  if (waiting.some(({ batch }) => batch === usual)) return usual;
  const enough = waiting.find(({ batch, bundles }) => batch <= count && bundles >= Math.ceil(count / batch) * passes);
  return enough?.batch ?? usual;
}
