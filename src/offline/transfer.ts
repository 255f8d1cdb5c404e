/**
 * The offline phase of two parties alone: correlated randomness by oblivious transfer, nobody else to trust.
 *
 * Every party first sends the messages of the transfers that it receives, for the whole bundle; then each serves the other's while it takes what is
 * served to it. So a bundle is two rounds, whatever the depth of the network. Transfers in which party 0 is the sender have one
 * lane, those in which party 1 is have another: neither waits for the other.
 * @module
 */
import { asShare } from '../core/secret.js';
import { turn } from '../core/turn.js';
import { ReceiverSetup, SenderSetup, setupBytes } from '../ot/setup.js';
import { type Plan, ringOf } from '../plan/plan.js';
import { SESSION_HASHES, transferHashes } from '../plan/transfers.js';
import { randomSeed, SEED_BYTES } from '../platform/random.js';
import { Bundle } from '../protocols/bundle.js';
import type {
  Arithmetic,
  Receiver,
  Sender,
  SharedModel,
  SharedWeights,
  TransferContext,
} from '../protocols/context.js';
import {
  ThreadedReceiver,
  ThreadedSender,
  type TransferReceiver,
  type TransferSender,
} from '../protocols/cot-threads.js';
import { garblerShare } from '../protocols/garbled.js';
import { type DrawnMasks, drawMasks, serveGarbled, takeGarbled } from '../protocols/garbled-ot.js';
import { chooseLinear, finishLinear, serveLinear, takeLinear } from '../protocols/linear-ot.js';
import {
  chooseProduct,
  choosesIn,
  finishProduct,
  serveProduct,
  servesIn,
  takeProduct,
} from '../protocols/product-ot.js';
import type { MultiplyingStep } from '../protocols/products.js';
import { GARBLER, type Party } from '../protocols/step.js';
import { knownLocal } from './known.js';
import type { ModelShare } from './setup.js';

/** Both directions of OT extension, for as long as the session lasts. */
export interface Transfers {
  readonly sender: TransferSender;
  readonly receiver: TransferReceiver;
}

/** Steps of the set-up's messages. */
const MESSAGE = { revealSeed: 0, point: 1, points: 2, trees: 3 } as const;

/**
 * Base transfers in both directions, and the seed that re-randomises outputs.
 * @param session names the session, alike on both sides: keys are bound to it
 * @throws ProtocolError BAD_FRAME on a bad point
 */
export async function setUpTransfers(
  plan: Plan,
  { module, pool }: Arithmetic,
  party: Party,
  session: string,
  peer: Sender & Receiver,
): Promise<Transfers & { readonly revealSeed: Uint8Array }> {
  const k = plan.softSpokenK;
  const [pointBytes, pointsBytes, treesBytes] = setupBytes(k);
  const name = (sender: number): string => `${plan.digest}/${session}/${sender}`;
  const receiving = new ReceiverSetup(module, k, name(1 - party));
  let revealSeed = randomSeed('party/reveal-transfers');
  if (party === GARBLER) await peer.send(MESSAGE.revealSeed, revealSeed);
  await peer.send(MESSAGE.point, receiving.first);
  if (party !== GARBLER) revealSeed = (await peer.receive(MESSAGE.revealSeed, SEED_BYTES)).slice();
  const sending = new SenderSetup(module, k, name(party), await peer.receive(MESSAGE.point, pointBytes));
  await peer.send(MESSAGE.points, sending.message);
  const { receiver, message } = receiving.finish(await peer.receive(MESSAGE.points, pointsBytes));
  await peer.send(MESSAGE.trees, message);
  const sender = sending.finish(await peer.receive(MESSAGE.trees, treesBytes));
  if (!pool) return { sender, receiver, revealSeed };
  return {
    sender: new ThreadedSender(module.memory, pool, sender),
    receiver: new ThreadedReceiver(module.memory, pool, receiver),
    revealSeed,
  };
}

/** Bundles that one session's Delta may serve. */
export function bundlesPerSession(plan: Plan): number {
  return Math.floor(SESSION_HASHES / Math.max(1, transferHashes(plan.steps, plan)));
}

/** A party's share of the model, ready for use; nothing is opened. */
export function holdModel({ kernels }: Arithmetic, share: ModelShare, revealSeed: Uint8Array): SharedModel {
  const layers = new Map<number, SharedWeights>();
  for (const [index, { weights, bias }] of share) {
    layers.set(index, { weights: asShare(kernels.resident(weights)), bias });
  }
  return { layers, revealSeed };
}

/** The lanes of one bundle, by the party that is the sender of their transfers. */
export type TransferLanes = readonly [Sender & Receiver, Sender & Receiver];

/**
 * Fills bundle `number` together with the other party.
 * @param onStep called after each step that this party has served and taken
 * @throws ProtocolError where the other's frames are not what the plan says
 */
export async function prepareByTransfer(
  plan: Plan,
  arithmetic: Arithmetic,
  party: Party,
  number: number,
  model: SharedModel,
  { sender, receiver }: Transfers,
  lanes: TransferLanes,
  onStep?: (index: number) => void,
): Promise<Bundle> {
  const seed = randomSeed('party/bundle');
  const bundle = new Bundle(
    { planDigest: plan.digest, party, number },
    seed,
    party === GARBLER ? sender.delta : undefined,
  );
  const context: TransferContext = {
    ...arithmetic,
    bits: ringOf(plan),
    batch: plan.batch,
    party,
    bundle,
    model,
    known: new Map(),
    k: plan.softSpokenK,
    sender,
    receiver,
    asSender: lanes[party],
    asReceiver: lanes[1 - party]!,
  };
  const chosen = await choose(plan, context);
  const shares = new Map<number, readonly Uint32Array[]>();
  /** A linear step, or a product, is done when all its cross terms have been served and taken, in any order. */
  const finish = (step: MultiplyingStep, share: Uint32Array): void => {
    const cross = [...(shares.get(step.index) ?? []), share];
    if (cross.length < (step.kind === 'linear' ? 2 : step.sources.length)) shares.set(step.index, cross);
    else if (step.kind === 'linear') finishLinear(context, step, cross);
    else finishProduct(context, step, cross);
  };
  const serve = async (): Promise<void> => {
    for (const step of plan.steps) {
      if (step.kind === 'linear') finish(step, await serveLinear(context, step));
      else if (step.kind === 'product' && servesIn(step, party)) finish(step, await serveProduct(context, step));
      else if (step.kind === 'garbled' && party === GARBLER) await serveGarbled(context, step);
      onStep?.(step.index);
      await turn();
    }
  };
  const take = async (): Promise<void> => {
    for (const step of plan.steps) {
      if (step.kind === 'linear') {
        finish(step, await takeLinear(context, step, chosen.positions.get(step.index)!));
      } else if (step.kind === 'product' && choosesIn(step, party)) {
        finish(step, await takeProduct(context, step, chosen.positions.get(step.index)!));
      } else if (step.kind === 'garbled' && party !== GARBLER) {
        await takeGarbled(context, step, chosen.masks.get(step.index)!);
        chosen.masks.delete(step.index);
      }
      await turn();
    }
  };
  await Promise.all([serve(), take()]);
  return bundle;
}

/** The receiver's messages of all steps. Party 0's shares that are known ahead are made on the way, as masks are made of them. */
async function choose(
  plan: Plan,
  context: TransferContext,
): Promise<{ positions: Map<number, number>; masks: Map<number, DrawnMasks> }> {
  const positions = new Map<number, number>();
  const masks = new Map<number, DrawnMasks>();
  for (const step of plan.steps) {
    if (step.kind === 'linear') positions.set(step.index, await chooseLinear(context, step));
    else if (step.kind === 'product') {
      if (choosesIn(step, context.party)) positions.set(step.index, await chooseProduct(context, step));
    } else if (step.kind === 'garbled' && context.party === GARBLER) {
      context.known.set(step.index, garblerShare(context.bits, context.bundle.seed, step));
      context.bundle.put(step.index, {});
    } else if (step.kind === 'garbled') masks.set(step.index, await drawMasks(context, step));
    else if (step.kind === 'local' && context.party === GARBLER) knownLocal(context, step);
    await turn();
  }
  return { positions, masks };
}
