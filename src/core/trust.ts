/** The trust model as a value: named in the configuration, sent in the handshake, shown with every result. @module */
import { TacitError } from './errors.js';

/** What the client learns: the logits, the index of the largest, or the indices of the K largest in order. */
export type Reveal = 'logits' | 'label' | `top:${number}`;

/**
 * Who makes the correlated randomness: a third process, or the two parties themselves, by oblivious transfer alone or with ring LWE where that sends
 * less.
 */
export const PREPROCESSINGS = {
  dealer: { dealer: true, who: '2 parties and a dealer' },
  ot: { dealer: false, who: '2 parties alone' },
  he: { dealer: false, who: '2 parties alone, linear layers by ring LWE' },
} as const;
export type Preprocessing = keyof typeof PREPROCESSINGS;

export interface TwoPartyTrust {
  readonly parties: 2;
  readonly preprocessing: Preprocessing;
  readonly security: 'semi-honest';
  readonly reveal: Reveal;
}

/** Three parties of which no two collude need no correlated randomness but keys that each pair agrees on. */
export interface ThreePartyTrust {
  readonly parties: 3;
  readonly preprocessing: 'none';
  readonly security: 'semi-honest';
  readonly reveal: Reveal;
}

export type TrustModel = TwoPartyTrust | ThreePartyTrust;

const REVEAL = /^(logits|label|top:[1-9]\d{0,5})$/;

/**
 * How many indices a reveal policy opens; 0 for the logits themselves.
 *
 * @throws BAD_VALUE on any other policy: none is taken for one that opens more
 */
export function revealedIndices(reveal: Reveal): number {
  checkReveal(reveal);
  if (reveal === 'logits') return 0;
  return reveal === 'label' ? 1 : Number(reveal.slice('top:'.length));
}

export function isReveal(value: unknown): value is Reveal {
  return typeof value === 'string' && REVEAL.test(value);
}

/** @throws BAD_VALUE where a trust model, perhaps of a program without types, promises or leaves open what there is not */
export function checkTrust(trust: TrustModel): void {
  const { parties, preprocessing, security, reveal }: { [field in keyof TrustModel]: unknown } = trust;
  if (parties !== 2 && parties !== 3) throw wrong('parties', '2 or 3', parties);
  const isKnown = parties === 3 ? preprocessing === 'none' : isPreprocessing(preprocessing);
  if (!isKnown) throw wrong('preprocessing', parties === 3 ? 'none' : preprocessingChoice(), preprocessing);
  if (security !== 'semi-honest') throw wrong('security', 'semi-honest', security);
  checkReveal(reveal);
}

function checkReveal(reveal: unknown): void {
  if (!isReveal(reveal)) throw wrong('reveal', 'logits, label or top:K with K from 1 to 999999', reveal);
}

function wrong(field: string, expected: string, came: unknown): TacitError {
  return new TacitError('BAD_VALUE', `expected ${field} of the trust model to be ${expected}, got ${String(came)}`);
}

/** The trust model in one sentence for a person. */
export function describeTrust(trust: TrustModel): string {
  const opened = revealedIndices(trust.reveal);
  const labels = trust.reveal === 'label' ? 'the label' : `the ${opened} best labels`;
  const learns = opened === 0 ? 'the logits' : labels;
  if (trust.parties === 3) {
    return `3 parties with an honest majority, ${trust.security}: no two of the three collude, nor one of them with the client; the client alone learns ${learns}; the architecture is public`;
  }
  const { who } = PREPROCESSINGS[trust.preprocessing];
  return `${who}, ${trust.security}: no two participants collude; the client alone learns ${learns}; the architecture is public`;
}

/** `dealer or ot`: every value of --preprocessing, as a person reads a choice. @param name what stands for one */
export function preprocessingChoice(name: (key: Preprocessing) => string = (key) => key): string {
  const names = (Object.keys(PREPROCESSINGS) as Preprocessing[]).map(name);
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)!}`;
}

export function isPreprocessing(value: unknown): value is Preprocessing {
  return typeof value === 'string' && Object.hasOwn(PREPROCESSINGS, value);
}

/** Whether a dealer takes part. */
export function hasDealer(trust: TrustModel): boolean {
  return trust.parties === 2 && PREPROCESSINGS[trust.preprocessing].dealer;
}
