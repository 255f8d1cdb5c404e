/** A local step on replicated shares: each party applies the public map to both of its components. @module */
import { asShare, type Share } from '../../core/secret.js';
import type { LocalStep } from '../../steps/three.js';
import { localShare } from '../local.js';
import type { Running } from '../protocol.js';
import type { Components, RunContext } from './context.js';

export const local: Running<LocalStep, RunContext, Components> = {
  run: (context, step, sources) => {
    const on = (component: keyof Components): Share<Uint32Array> =>
      localShare(
        context,
        context.batch,
        step,
        sources.map((source) => asShare(source[component])),
      );
    return asShare({ first: on('first'), second: on('second') });
  },
};
