/**
 * The offline phase of two parties alone: correlated randomness by oblivious transfer, no third to trust.
 *
 * Every party first sends the messages of the transfers that it receives, for the whole bundle or, where those are many, for a window of its
 * steps; then each serves the other's while it takes what is served to it. So a bundle of one window is two rounds, whatever the depth of the
 * network; silent transfers, whose choices are few, have one window, and begin with one round more, in which each sends what all of its iterations
 * begin with. Transfers in which party 0 is the sender have one
 * lane, those in which party 1 is have another: neither waits for the other.
 * @module
 */
import { turn } from '#platform';
import { asShare } from '../core/secret.js';
import { Bundle } from '../correlations/bundle.js';
import type {
  Arithmetic,
  Receiver,
  Sender,
  SharedModel,
  SharedWeights,
  TransferContext,
} from '../correlations/context.js';
import {
  ThreadedReceiver,
  ThreadedSender,
  type TransferReceiver,
  type TransferSender,
} from '../correlations/cot-threads.js';
import { type ConsumingStep, consumes, type Exchange, type Exchanged } from '../correlations/source.js';
import { SOURCES } from '../correlations/sources.js';
import type { Spool } from '../correlations/spool.js';
import { HeSession } from '../correlations/triples/he/session.js';
import { isHeStep } from '../correlations/triples/he/sizes.js';
import { ReceiverSetup, SenderSetup } from '../ot/setup.js';
import { setupBytes } from '../ot/sizes.js';
import { lastUses, openedTensor, ringOf } from '../plan/compile.js';
import { SESSION_HASHES, transferHashes } from '../plan/transfers.js';
import type { Plan } from '../plan/two.js';
import { exchangeWindows } from '../plan/windows.js';
import { randomSeed, SEED_BYTES } from '../platform/random.js';
import { GARBLER, type Party } from '../steps/two.js';
import { forgetKnown, knownLocal } from './known.js';
import type { ModelShare } from './setup.js';
import { beginReceiver, beginSender, firstBaseBytes, provideSilent, type Silent } from './silent.js';

/** Both directions of correlated transfers, and keys for steps by ring LWE, for as long as the session lasts. */
export interface Transfers {
  readonly sender: TransferSender;
  readonly receiver: TransferReceiver;
  /** Where transfers are silent: what begins each bundle. */
  readonly silent?: Silent;
  readonly he: HeSession;
}

/** Steps of the set-up's messages. */
const MESSAGE = { revealSeed: 0, point: 1, points: 2, trees: 3, publicKeys: 4, firstBase: 5 } as const;

/**
 * Base transfers in both directions, public keys for steps by ring LWE, and the seed that re-randomises outputs.
 * @param session names the session, alike on both sides: keys are bound to it
 * @throws ProtocolError BAD_FRAME on a bad point, or bytes that are no key
 */
export async function setUpTransfers(
  plan: Plan,
  arithmetic: Arithmetic,
  party: Party,
  session: string,
  peer: Sender & Receiver,
): Promise<Transfers & { readonly revealSeed: Uint8Array }> {
  const { module, pool } = arithmetic;
  const k = plan.softSpokenK;
  const [pointBytes, pointsBytes, treesBytes] = setupBytes(k);
  const name = (sender: number): string => `${plan.digest}/${session}/${sender}`;
  const receiving = new ReceiverSetup(module, k, name(1 - party));
  let revealSeed = randomSeed('party/reveal-transfers');
  if (party === GARBLER) await peer.send(MESSAGE.revealSeed, revealSeed);
  await peer.send(MESSAGE.point, receiving.first);
  const he = new HeSession(arithmetic.bits, arithmetic, plan.steps.filter(isHeStep));
  for (const key of he.drawKeys()) await peer.send(MESSAGE.publicKeys, key);
  if (party !== GARBLER) revealSeed = (await peer.receive(MESSAGE.revealSeed, SEED_BYTES)).slice();
  const sending = new SenderSetup(module, k, name(party), await peer.receive(MESSAGE.point, pointBytes));
  const publicKeys: Uint8Array[] = [];
  for (const bytes of he.publicKeyBytes) publicKeys.push(await peer.receive(MESSAGE.publicKeys, bytes));
  he.takeKeys(publicKeys);
  await peer.send(MESSAGE.points, sending.message);
  const { receiver, message } = receiving.finish(await peer.receive(MESSAGE.points, pointsBytes));
  await peer.send(MESSAGE.trees, message);
  const directions = plan.silent && { module, pool, party, shapes: plan.silent, name };
  // behind the trees: the other can extend with what they give it
  const silentReceiver = directions && beginReceiver(directions, receiver);
  if (silentReceiver) await peer.send(MESSAGE.firstBase, silentReceiver.message);
  const sender = sending.finish(await peer.receive(MESSAGE.trees, treesBytes));
  const opened = { he, revealSeed };
  if (directions) {
    const shape = directions.shapes[party];
    const silent: Silent = {
      receiver: silentReceiver?.receiver,
      sender:
        shape &&
        beginSender(directions, shape, sender, await peer.receive(MESSAGE.firstBase, firstBaseBytes(k, shape))),
    };
    if (silent.sender) sender.dispose();
    if (silent.receiver) receiver.dispose();
    return { sender: silent.sender ?? sender, receiver: silent.receiver ?? receiver, silent, ...opened };
  }
  if (!pool) return { sender, receiver, ...opened };
  return {
    sender: new ThreadedSender(module.memory, pool, sender),
    receiver: new ThreadedReceiver(module.memory, pool, receiver),
    ...opened,
  };
}

/** Bundles that one session's Delta may serve. */
export function bundlesPerSession(plan: Plan): number {
  return Math.floor(SESSION_HASHES / Math.max(1, transferHashes(plan)));
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
 * @param spool where it waits to be spent
 * @param onStep called after each step that this party has served and taken
 * @throws ProtocolError where the other's frames are not what the plan says
 */
export async function prepareByTransfer(
  plan: Plan,
  arithmetic: Arithmetic,
  party: Party,
  number: number,
  model: SharedModel,
  { sender, receiver, silent, he }: Transfers,
  lanes: TransferLanes,
  spool: Spool,
  onStep?: (index: number) => void,
): Promise<Bundle> {
  const seed = randomSeed('party/bundle');
  const bundle = new Bundle(
    { planDigest: plan.digest, party, number },
    seed,
    party === GARBLER ? sender.delta : undefined,
    spool,
  );
  const context: TransferContext = {
    ...arithmetic,
    bits: ringOf(plan),
    batch: plan.batch,
    party,
    bundle,
    model,
    known: new Map(),
    transfers: plan.transfers,
    k: plan.softSpokenK,
    sender,
    receiver,
    asSender: lanes[party],
    asReceiver: lanes[1 - party]!,
    he,
  };
  if (silent) {
    await provideSilent(silent, plan.silent?.[1 - party], context.asSender, context.asReceiver, plan.steps.length);
  }
  const exchanges = await openExchanges(plan, context);
  const lastUse = lastUses(plan.steps, openedTensor(plan));
  for (const steps of silent ? [plan.steps] : exchangeWindows(plan)) {
    for (const step of steps) {
      // party 0's shares that are known ahead are made on the way, as masks are made of them
      if (step.kind === 'local' && party === GARBLER) knownLocal(context, step);
      await exchanges.get(step.index)?.choose();
      await turn();
    }
    const serve = async (): Promise<void> => {
      for (const { index } of steps) {
        await exchanges.get(index)?.serve();
        onStep?.(index);
        await turn();
      }
    };
    const take = async (): Promise<void> => {
      for (const { index } of steps) {
        await exchanges.get(index)?.take();
        await turn();
      }
    };
    await Promise.all([serve(), take()]);
    forgetKnown(context.known, lastUse, steps.at(-1)!.index);
    for (const { index } of steps) exchanges.delete(index);
  }
  return bundle;
}

/** What this party does for each step that spends a correlation, by its source. */
async function openExchanges(plan: Plan, context: TransferContext): Promise<Map<number, Exchange>> {
  const sources = SOURCES[plan.trust.preprocessing];
  if (sources.by !== 'parties')
    throw new RangeError(`preprocessing: expected the parties', got ${plan.trust.preprocessing}`);
  const exchanges = new Map<number, Exchange>();
  for (const step of plan.steps.filter(consumes)) {
    const source: Exchanged<ConsumingStep> = await sources.of[step.kind].load();
    exchanges.set(step.index, source.open(context, step));
  }
  return exchanges;
}
