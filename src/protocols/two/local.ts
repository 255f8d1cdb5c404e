/** A local step on additive shares: each party applies the public map to its own. @module */
import { GARBLER, type LocalStep } from '../../steps/two.js';
import { localShare } from '../local.js';
import type { Running } from '../protocol.js';
import type { RunContext } from './context.js';

export const local: Running<LocalStep, RunContext, Uint32Array> = {
  run: (context, step, sources) => localShare(context, context.party === GARBLER, context.batch, step, sources),
};
