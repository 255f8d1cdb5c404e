/** A party's share of a model as parts of a store, and back; and where a session of a service has it from. @module */
import { bytesOf, wordsOf } from '../core/ring.js';
import { asShare } from '../core/secret.js';
import type { ModelShare } from '../offline/setup.js';
import type { ModelComponent } from '../offline/setup-three.js';
import { type AnyPlan, isThree } from '../plan/plan.js';
import { receiveModelThree } from '../roles/components.js';
import { receiveModel } from '../roles/owner.js';
import type { ModelOrigin, ModelSource } from '../roles/stock.js';
import { PARTIES } from '../steps/three.js';
import { EVALUATOR, GARBLER } from '../steps/two.js';
import type { PartyStore } from '../store/party-store.js';
import type { Channel } from '../transport/channel.js';
import type { Registry } from './registry.js';

/** Takes a party's share from the owner, as parts. @param party its number */
export async function receiveShare(plan: AnyPlan, party: number, owner: Channel): Promise<Uint8Array[]> {
  if (!isThree(plan)) return partsOf(plan, await receiveModel(plan, party === 0 ? GARBLER : EVALUATOR, owner));
  const components = await receiveModelThree(plan, PARTIES[party]!, owner);
  return components.flatMap((component) => partsOf(plan, component));
}

function partsOf(plan: AnyPlan, layers: ModelComponent | ModelShare): Uint8Array[] {
  return linearSteps(plan).flatMap((index) => {
    const { weights, bias } = layers.get(index)!;
    return [bytesOf(weights), bytesOf(bias)];
  });
}

/** Of steps with weights. */
function linearSteps(plan: AnyPlan): number[] {
  const steps: readonly { readonly kind: string; readonly index: number }[] = plan.steps;
  return steps.flatMap(({ kind, index }) => (kind === 'linear' ? [index] : []));
}

function layersOf(plan: AnyPlan, parts: readonly Uint8Array[]): ModelComponent {
  const words = parts.map(wordsOf);
  return new Map(linearSteps(plan).map((index, i) => [index, { weights: words[2 * i]!, bias: words[2 * i + 1]! }]));
}

/**
 * The share that a registry has. Each time that the parties set it up anew, it has an id of its own: bundles of an earlier time are of no use then.
 * @param id of the card @param session its name
 */
export function sourceIn(registry: Registry, id: string, session: string): ModelSource {
  return {
    two: async (plan, _party, store) =>
      originIn(store, id, session, async () => {
        const layers = layersOf(plan, await registry.share(id));
        return new Map(
          [...layers].map(([step, { weights, bias }]) => [step, { weights: asShare(weights), bias: asShare(bias) }]),
        );
      }),
    three: async (plan) => {
      const parts = await registry.share(id);
      const half = parts.length / 2;
      return [layersOf(plan, parts.slice(0, half)), layersOf(plan, parts.slice(half))];
    },
  };
}

function originIn(store: PartyStore, id: string, session: string, share: () => Promise<ModelShare>): ModelOrigin {
  const before = store.models().map((model) => model.id);
  return {
    offered: before.at(-1),
    held: () => Promise.resolve(),
    fresh: () => {
      for (const earlier of before) store.dropModel(earlier);
      return Promise.resolve({ id: `${id}/${session}`, share });
    },
  };
}
