/** A local step on replicated shares: each party applies the public map to both of its components. @module */
import { asShare, type Share } from '../../core/secret.js';
import { componentsOf, type LocalStep, OWNER, type Party } from '../../steps/three.js';
import { localShare } from '../local.js';
import type { Running } from '../protocol.js';
import type { Components, RunContext } from './context.js';

/** Public constants are added to this component alone. */
const WITH_CONSTANTS = OWNER;

export const local: Running<LocalStep, RunContext, Components> = {
  run: (context, step, sources) => {
    const [first, second] = componentsOf(context.party);
    const on = (side: keyof Components, component: Party): Share<Uint32Array> =>
      localShare(
        context,
        component === WITH_CONSTANTS,
        context.batch,
        step,
        sources.map((source) => asShare(source[side])),
      );
    return asShare({ first: on('first', first), second: on('second', second) });
  },
};
