/**
 * What participants tell each other of their stores when a session begins, before any secret moves, on the control lane.
 *
 * Each to each: who its store is and how far it has come with the other's, so that one that was restored from an older copy is
 * refused. Then the parties: which model they hold, which numbers are ready, and the highest that was ever used. What both have ready can be
 * used, what one has alone is given back, and the next number is above all.
 * @module
 */
import { z } from 'zod';
import { ProtocolError } from '../core/errors.js';
import { type Ledger, MAX_NUMBER, type ReadyBundle } from './ledger.js';

/** The control lane to a peer. */
export interface Messages {
  sendMessage(message: object): Promise<void>;
  receiveMessage(timeoutMs?: number): Promise<unknown>;
}

const MAX_ID = 128;
/** What one message holds; a store with more uses these first. */
const MAX_RUNS = 20_000;
const MAX_SESSIONS = 2_000;
const MAX_MODELS = 2_000;

const whole: z.ZodNumber = z.number().int().nonnegative();
const id: z.ZodString = z.string().max(MAX_ID);
const storeSchema = z.object({ store: id });
const generationSchema = z.object({ generation: whole });
const acceptedSchema = z.object({ accepted: z.literal(true) });
const offerSchema = z.object({ model: id.nullable() });
const heldSchema = z.object({ held: z.boolean() });
const dealerSchema = z.object({ held: z.boolean(), highWater: whole.max(MAX_NUMBER) });
const chosenSchema = z.object({ model: id, fresh: z.boolean() });

/** What a party has for a model that it holds. */
export interface Stock {
  readonly model: string | null;
  /** All models that it holds together with the other; null where they are too many to say. */
  readonly models: readonly string[] | null;
  readonly highWater: number;
  /** Sessions that made bundles, by index. */
  readonly sessions: readonly string[];
  /** Runs of ready numbers: first, how many, index of the session. */
  readonly ready: readonly (readonly [number, number, number])[];
}

const stockSchema: z.ZodType<Stock> = z.object({
  model: id.nullable(),
  models: z.array(id).max(MAX_MODELS).nullable(),
  highWater: whole.max(MAX_NUMBER),
  sessions: z.array(id).max(MAX_SESSIONS),
  ready: z.array(z.tuple([whole, whole, whole])).max(MAX_RUNS),
});

/** @throws ProtocolError BAD_FRAME where something else comes */
async function receive<T>(lane: Messages, schema: z.ZodType<T>, name: string, what: string): Promise<T> {
  const parsed = schema.safeParse(await lane.receiveMessage());
  if (parsed.success) return parsed.data;
  throw new ProtocolError('BAD_FRAME', `${name}: expected ${what}, got another message`);
}

/**
 * Both ends of a link get to know each other's store. Only once both have accepted the other does either's generation grow, so that a store
 * that is refused does not catch up by trying.
 * @returns the id of the peer's store
 * @throws ProtocolError STORE_ROLLED_BACK where the peer's store has gone back
 */
export async function introduce(lane: Messages, ledger: Ledger, name: string): Promise<string> {
  await lane.sendMessage({ store: ledger.id });
  const { store: peer } = await receive(lane, storeSchema, name, 'the id of its store');
  await lane.sendMessage({ generation: ledger.generation(peer) });
  const known = await receive(lane, generationSchema, name, 'the generation of its store');
  ledger.refuseOlder(peer, known.generation, name);
  await lane.sendMessage({ accepted: true });
  await receive(lane, acceptedSchema, name, 'that it accepts this store');
  await lane.sendMessage({ generation: ledger.beginSession(peer) });
  await noteGeneration(lane, ledger, peer, name);
  ledger.flush();
  return peer;
}

/** After a claim: tells the peer the generation that it made. */
export function sendGeneration(lane: Messages, generation: number): Promise<void> {
  return lane.sendMessage({ generation });
}

/** Remembers the generation that the peer tells. */
export async function noteGeneration(lane: Messages, ledger: Ledger, peer: string, name: string): Promise<void> {
  ledger.note(peer, (await receive(lane, generationSchema, name, 'the generation of its store')).generation);
}

/** The owner's side: offers a model that it shared before, or none; whether the parties hold it. */
export async function offerModel(lane: Messages, model: string | undefined, name: string): Promise<boolean> {
  await lane.sendMessage({ model: model ?? null });
  return (await receive(lane, heldSchema, name, 'whether the parties hold the model')).held;
}

/** A party's side of the offer. */
export async function receiveOffer(lane: Messages, name: string): Promise<string | undefined> {
  return (await receive(lane, offerSchema, name, 'the offer of a model')).model ?? undefined;
}

export function answerOffer(lane: Messages, held: boolean): Promise<void> {
  return lane.sendMessage({ held });
}

/** The owner names the model that it shares now, where the one it offered is not held. */
export async function nameModel(lane: Messages, model: string): Promise<void> {
  await lane.sendMessage({ model });
}

export async function receiveName(lane: Messages, name: string): Promise<string> {
  const { model } = await receive(lane, offerSchema, name, 'the name of a model');
  if (model !== null) return model;
  throw new ProtocolError('BAD_FRAME', `${name}: expected the name of a model, got none`);
}

/** A party asks the dealer whether it has B of a model, and how far it has counted. */
export async function askDealer(
  lane: Messages,
  model: string | undefined,
): Promise<{ readonly held: boolean; readonly highWater: number }> {
  await lane.sendMessage({ model: model ?? null });
  return receive(lane, dealerSchema, 'the dealer', 'whether it has dealt for the model');
}

/** The dealer's answer. @param held whether it has B of the model */
export async function answerParty(
  lane: Messages,
  name: string,
  held: (model: string) => boolean,
  highWater: number,
): Promise<void> {
  const { model } = await receive(lane, offerSchema, name, 'the model that it holds');
  await lane.sendMessage({ held: model !== null && held(model), highWater });
}

/** Party 0 tells the dealer which model the session is for, and whether B is to be dealt anew. */
export function chooseModel(lane: Messages, model: string, fresh: boolean): Promise<void> {
  return lane.sendMessage({ model, fresh });
}

export function receiveChoice(lane: Messages): Promise<{ model: string; fresh: boolean }> {
  return receive(lane, chosenSchema, 'party 0', 'the model of the session');
}

/**
 * What a party has for a model, the lowest numbers first.
 * @param models all that it holds together with the other
 */
export function stockOf(
  model: string | undefined,
  models: readonly string[],
  highWater: number,
  bundles: readonly ReadyBundle[],
): Stock {
  const sessions = new Map<string, number>();
  const ready: [number, number, number][] = [];
  for (const { number, session } of bundles) {
    const known = sessions.get(session) ?? sessions.size;
    const last = ready[ready.length - 1];
    if (last && last[0] + last[1] === number && last[2] === known) last[1]++;
    else if (ready.length === MAX_RUNS || known === MAX_SESSIONS) break;
    else ready.push([number, 1, known]);
    sessions.set(session, known);
  }
  const listed = models.length > MAX_MODELS ? null : models;
  return { model: model ?? null, models: listed, highWater, sessions: [...sessions.keys()], ready };
}

/** What two parties can use together. */
export interface Agreement {
  /** Whether both hold the model that was offered. */
  readonly held: boolean;
  readonly ready: readonly number[];
  /** What this party has alone. */
  readonly alone: readonly number[];
  /** Models that this party holds together with one who does not: no bundle of theirs can be spent again. */
  readonly orphans: readonly string[];
  /** The highest number that either has used. */
  readonly highWater: number;
}

/** The parties tell each other what they have. Both come to the same result. */
export async function agree(lane: Messages, own: Stock, name: string): Promise<Agreement> {
  await lane.sendMessage(own);
  const other = await receive(lane, stockSchema, name, 'what it has in store');
  const held = own.model !== null && own.model === other.model;
  const highWater = Math.max(own.highWater, other.highWater);
  const ready: number[] = [];
  const alone: number[] = [];
  for (const [number, session] of held ? numbersOf(own) : []) {
    const both = other.ready.some(
      ([first, count, at]) => number >= first && number < first + count && other.sessions[at] === session,
    );
    (both ? ready : alone).push(number);
  }
  const orphans = (other.models && own.models?.filter((model) => !other.models!.includes(model))) ?? [];
  return { held, ready, alone, orphans, highWater };
}

function* numbersOf({ sessions, ready }: Stock): Generator<[number, string]> {
  for (const [first, count, at] of ready) {
    for (let number = first; number < first + count; number++) yield [number, sessions[at]!];
  }
}
