/**
 * Where correlations come from: what a source says of its cost, and what it does. Plans read the first alone; the second is loaded by the
 * parties that take part.
 * @module
 */
import type { RingBits } from '../core/ring.js';
import type { Chooser } from '../ot/fans.js';
import type { Extending } from '../ot/kinds.js';
import type { BitsStep, GarbledStep, LinearStep, ProductStep, Traffic } from '../steps/two.js';
import type { DealContext, PrepareContext, TransferContext } from './context.js';

/** The steps that spend a correlation: a triple for a linear map, one for products element by element, garbled tables, masked bits. */
export type ConsumingStep = LinearStep | ProductStep | GarbledStep | BitsStep;

/** What a correlation's size depends on besides its step. */
export interface Costing extends Extending {
  readonly bits: RingBits;
  readonly batch: number;
}

/** Of party 0 and of party 1. */
export type Kept = readonly [number, number];

interface Costed<S extends ConsumingStep> {
  /** Bytes of one bundle. */
  cost(costing: Costing, step: S): Traffic;
  /** Bytes that party 0 and party 1 keep of it until they spend it. */
  kept(costing: Costing, step: S): Kept;
}

/** A correlation from a dealer. */
export interface Dealt<S extends ConsumingStep> {
  /** The dealer: makes it, and sends what seeds do not say. */
  deal(context: DealContext, step: S): Promise<void>;
  /** A party: its part into the bundle. */
  prepare(context: PrepareContext, step: S): Promise<void>;
}

export interface DealtSource<S extends ConsumingStep> extends Costed<S> {
  load(): Promise<Dealt<S>>;
}

/**
 * A party's work on a correlation that the two make together. Each first makes its choices, for the whole bundle; then it serves the other's
 * choices while it takes what is served to it. What the three give together goes into the bundle.
 */
export interface Exchange {
  choose(): Promise<void>;
  serve(): Promise<void>;
  take(): Promise<void>;
}

export interface Exchanged<S extends ConsumingStep> {
  open(context: TransferContext, step: S): Exchange;
}

/** The oblivious transfers of one bundle, for one step. */
export interface Transfers {
  /** Those in which party 0 is the sender. */
  readonly count: number;
  /** Those in which party 1 is. */
  readonly back: number;
  /** The operand whose bits choose, where a product is computed. */
  readonly chooser: Chooser | null;
  /** Under the Delta of the party that takes more of them. */
  readonly hashes: number;
}

export interface ExchangedSource<S extends ConsumingStep> extends Costed<S> {
  /** Of a source that works by oblivious transfer, for steps that do. */
  transfers?(costing: Costing, step: S): Transfers | undefined;
  load(): Promise<Exchanged<S>>;
}

/** A source for each kind of step. */
export type DealtSources = { readonly [S in ConsumingStep as S['kind']]: DealtSource<S> };
export type ExchangedSources = { readonly [S in ConsumingStep as S['kind']]: ExchangedSource<S> };

export function consumes(step: { readonly kind: string }): step is ConsumingStep {
  return ['linear', 'product', 'garbled', 'bits'].includes(step.kind);
}
