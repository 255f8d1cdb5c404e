/**
 * A step protocol: the messages that it sends, which plans read, and what a party does, which is loaded by those that compute.
 * @module
 */
import type { Share } from '../core/secret.js';
import type { StepBase } from '../steps/step.js';

/** What the party does: its share of the step's output from its shares of the tensors that the step reads. */
export interface Running<S extends StepBase, Context, Value> {
  run(context: Context, step: S, sources: readonly Share<Value>[]): Promise<Share<Value>> | Share<Value>;
}

export interface Protocol<S extends StepBase, Costing, Move, Context, Value> {
  /** Messages of the online phase: those of one move do not wait for each other. */
  moves(costing: Costing, step: S): readonly Move[];
  load(): Promise<Running<S, Context, Value>>;
}
