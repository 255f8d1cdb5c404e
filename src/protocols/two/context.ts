/** What the online protocols of two parties work with. @module */
import type { Bundle } from '../../correlations/bundle.js';
import type { Arithmetic, Receiver, Sender, SharedModel } from '../../correlations/context.js';
import type { Party } from '../../steps/two.js';

/** A party that spends its bundle. */
export interface RunContext extends Arithmetic {
  readonly batch: number;
  readonly party: Party;
  readonly bundle: Bundle;
  readonly model: SharedModel;
  readonly peer: Sender & Receiver;
}
