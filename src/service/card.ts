/**
 * What a model's owner says of it to all: its plan, what its inputs are, what its outputs may be off by, who learns what. Signed by the owner's key, so that no party can tell a
 * client of another model or policy than the owner's.
 * @module
 */
import { sign, verify, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { ProtocolError, TacitError } from '../core/errors.js';
import { identify } from '../deployment/certificate.js';
import { type Deployment, NAME } from '../deployment/deployment.js';
import type { KeyPair } from '../deployment/keys.js';
import type { ModelCard } from '../model/card.js';
import type { PlanInput } from '../plan/compile.js';
import { type AnyPlan, planOf } from '../plan/plan.js';

/** What is signed begins with it: a signature of a card is one of nothing else. */
const DOMAIN = 'tacit model card 1\n';
/** Characters of a card. */
export const MAX_CARD: number = 64 * 1024 * 1024;

export interface Card {
  readonly deployment: string;
  readonly name: string;
  readonly version: number;
  /** Of this sharing of the model: random. */
  readonly id: string;
  /** The architecture with its ranges and its precision, the batch, and the trust model with what is revealed. */
  readonly plan: PlanInput;
  readonly planDigest: string;
  /** What the model wants of an image, and the names of classes. */
  readonly inputs: ModelCard;
  /** What inputs may hold. */
  readonly range: { readonly low: number; readonly high: number };
  /** SHA-256 and counts, for a report. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** Bits and errors, for a report. */
  readonly fixedPoint: Readonly<Record<string, unknown>>;
}

export interface SignedCard {
  /** A Card in JSON, as it was signed. */
  readonly card: string;
  /** ECDSA with SHA-256, base64. */
  readonly signature: string;
  /** The owner's, PEM. */
  readonly certificate: string;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

const cardSchema: z.ZodType<Card> = z.object({
  deployment: z.string(),
  name: z.string().regex(NAME),
  version: z.int().positive(),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  // read by the compiler of plans
  plan: z.custom<PlanInput>(isObject),
  planDigest: z.string(),
  inputs: z.custom<ModelCard>(isObject),
  range: z.object({ low: z.number(), high: z.number() }),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
  fixedPoint: z.record(z.string(), z.unknown()),
});

const signedSchema: z.ZodType<SignedCard> = z.object({
  card: z.string().max(MAX_CARD),
  signature: z.string().max(256),
  certificate: z.string().max(16_384),
});

/** A card and the plan that it stands for. */
export interface KnownModel {
  readonly card: Card;
  readonly plan: AnyPlan;
  readonly signed: SignedCard;
}

/** Signs a card with the owner's key. */
export function signCard(card: Card, { key, certificate }: KeyPair): SignedCard {
  const text = JSON.stringify(card);
  return { card: text, signature: sign('sha256', Buffer.from(DOMAIN + text), key).toString('base64'), certificate };
}

/**
 * Reads a card, and compiles its plan.
 * @throws ProtocolError BAD_CARD where it does not read, is of another deployment or not signed by its owner; as `identify` of the signer
 */
export function openCard(value: unknown, deployment: Deployment): KnownModel {
  const signed = signedSchema.safeParse(value);
  if (!signed.success) throw bad('a signed card', 'something else');
  const { card: text, signature, certificate } = signed.data;
  const signer = parsed(() => new X509Certificate(certificate), 'the certificate of its signer');
  const { role } = identify(deployment, signer.raw);
  if (role !== 'owner') throw bad("the model owner's signature", `that of ${role}`);
  if (!verify('sha256', Buffer.from(DOMAIN + text), signer.publicKey, Buffer.from(signature, 'base64'))) {
    throw bad("the model owner's signature", 'another');
  }
  const card = parsed(() => cardSchema.parse(JSON.parse(text)), 'the fields of a card');
  if (card.deployment !== deployment.deployment) throw bad(`deployment ${deployment.deployment}`, card.deployment);
  const plan = parsed(() => planOf(card.plan), 'a plan that this version compiles');
  if (plan.digest !== card.planDigest) throw bad('the plan that this version compiles', 'another');
  return { card, plan, signed: signed.data };
}

function parsed<T>(read: () => T, what: string): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof TacitError) throw error;
    throw bad(what, 'another', error);
  }
}

function bad(expected: string, came: string, cause?: unknown): ProtocolError {
  return new ProtocolError('BAD_CARD', `model card: expected ${expected}, got ${came}`, { cause });
}
