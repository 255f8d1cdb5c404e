/** The model owner: sends each compute party its share of the weights, unless they still hold it. @module */
import { ProtocolError, TacitError } from '../core/errors.js';
import { asShare } from '../core/secret.js';
import type { Receiver } from '../correlations/context.js';
import type { Kernels } from '../kernels/kernels.js';
import { loadKernelModule } from '../kernels/module.js';
import { wasmKernels } from '../kernels/wasm.js';
import type { FixedModel } from '../model/fixed-model.js';
import { expandModel, type ModelShare, shareModel } from '../offline/setup.js';
import { linearSteps, ringOf } from '../plan/compile.js';
import { modelDigestOf } from '../plan/model-digest.js';
import { isThree, planOf } from '../plan/plan.js';
import type { Plan } from '../plan/two.js';
import { randomName, SEED_BYTES } from '../platform/random.js';
import { RECEIPT, receiveLayers, sendLayers } from '../session/parameters.js';
import { EVALUATOR, GARBLER, type Party } from '../steps/two.js';
import { nameModel, offerModel } from '../store/agree.js';
import { OwnerStore } from '../store/owner-store.js';
import { storageIn } from '../store/storage-folder.js';
import type { Channel } from '../transport/channel.js';
import { dial } from '../transport/dial.js';
import { computeRoles } from './client.js';
import { sendModelThree } from './components.js';
import { openSession, type RoleOptions } from './options.js';

export interface OwnerOptions extends Omit<RoleOptions, 'network'> {
  readonly model: FixedModel;
  /** WebSocket addresses of the compute parties, from party 0 on. */
  readonly urls: readonly string[];
  /** The folder in which the owner remembers what it shared; without it the model is sent every time. */
  readonly store?: string;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/**
 * Joins all parties, sends each its share of the model unless they hold it, and leaves.
 * @throws what ended the session before that
 */
export async function runOwner(options: OwnerOptions): Promise<void> {
  const { model, urls, timeoutMs, signal } = options;
  const plan = planOf(options.plan);
  const session = openSession('owner', plan, options);
  const interrupt = (): void => session.fail(new TacitError('INTERRUPTED', 'expected to finish, was interrupted'));
  signal?.addEventListener('abort', interrupt);
  const store = new OwnerStore(storageIn(options.store));
  try {
    await session.run(async () => {
      const channels: Channel[] = [];
      for (const [i, role] of computeRoles(plan).entries()) {
        channels.push(await session.join(await dial(urls[i]!, timeoutMs, signal), [role]));
      }
      session.expectEnd();
      const kernels = wasmKernels(loadKernelModule());
      if (isThree(plan)) await sendModelThree(plan, kernels, model, channels);
      else await sendModel(plan, kernels, model, [channels[0]!, channels[1]!], store);
    });
    session.finish();
  } finally {
    signal?.removeEventListener('abort', interrupt);
    await store.close();
  }
}

/**
 * Splits the model: a fresh seed to party 0, the rest to party 1. Returns when both have it, so that the owner may leave. Where the parties hold
 * what `store` says was shared before, nothing is sent.
 */
export async function sendModel(
  plan: Plan,
  kernels: Kernels,
  model: FixedModel,
  toParty: readonly [Channel, Channel],
  store: OwnerStore = new OwnerStore(),
): Promise<void> {
  const modelDigest = modelDigestOf(plan);
  const offer = store.sharedAs(modelDigest, model.parameters);
  const held = await Promise.all(toParty.map((party) => offerModel(party.lane('control', 0), offer, party.peer)));
  if (held[0] !== held[1]) {
    throw new ProtocolError('BUNDLE_MISMATCH', 'expected both parties to hold the model or neither, got one of each');
  }
  if (held[0]) return;
  const id = randomName('owner/model-name');
  await Promise.all(toParty.map((party) => nameModel(party.lane('control', 0), id)));
  await sendShares(plan, kernels, model, toParty);
  store.shared(modelDigest, model.parameters, { id, name: model.graph.name });
}

/** A fresh seed to party 0, the rest to party 1. Returns when both have it. */
export async function sendShares(
  plan: Plan,
  kernels: Kernels,
  model: FixedModel,
  toParty: readonly [Channel, Channel],
): Promise<void> {
  const { seed, rest } = shareModel(plan, { bits: ringOf(plan), kernels }, model.parameters);
  await toParty[GARBLER].lane('setup', 0).send(0, seed);
  await sendLayers(linearSteps(plan), rest, toParty[EVALUATOR].lane('setup', 0));
  await Promise.all(toParty.map((party) => party.lane('setup', 0).receive(0, RECEIPT.length)));
}

/** A party's share of the model from the owner, who may leave from then on. */
export async function receiveModel(plan: Plan, party: Party, owner: Channel): Promise<ModelShare> {
  const lane = owner.lane('setup', 0);
  const share =
    party === GARBLER ? expandModel(plan, await lane.receive(0, SEED_BYTES)) : await receiveRest(plan, lane);
  owner.expectClose();
  await lane.send(0, RECEIPT);
  return share;
}

async function receiveRest(plan: Plan, lane: Receiver): Promise<ModelShare> {
  const layers = await receiveLayers(ringOf(plan), linearSteps(plan), lane);
  return new Map(
    [...layers].map(([step, { weights, bias }]) => [step, { weights: asShare(weights), bias: asShare(bias) }]),
  );
}
