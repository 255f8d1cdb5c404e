/** The trust models that are measured: one entry each, and every command and report follows. @module */
import type { TrustModel } from '../src/core/trust.js';
import type { Nonlinear, PlanInput } from '../src/plan/compile.js';

export interface Mode {
  /** Stable, for keys and flags. */
  readonly key: string;
  /** For legends. */
  readonly name: string;
  readonly trust: TrustModel;
  /** Of two parties, where it is not garbled circuits. */
  readonly nonlinear?: Nonlinear;
  /** Evaluations are so much more expensive that fewer are made. */
  readonly slow: boolean;
}

const COMMON = { security: 'semi-honest', reveal: 'logits' } as const;

export const MODES: readonly Mode[] = [
  {
    key: 'dealer',
    name: 'MPC, 2 + dealer',
    trust: { ...COMMON, parties: 2, preprocessing: 'dealer' },
    slow: false,
  },
  {
    key: 'bits',
    name: 'MPC, 2 + dealer, masked bits',
    trust: { ...COMMON, parties: 2, preprocessing: 'dealer' },
    nonlinear: 'bits',
    slow: false,
  },
  { key: 'ot', name: 'MPC, 2 alone', trust: { ...COMMON, parties: 2, preprocessing: 'ot' }, slow: true },
  { key: '3pc', name: 'MPC, 3 parties', trust: { ...COMMON, parties: 3, preprocessing: 'none' }, slow: false },
  // our own encryption, of linear layers alone; what the report calls HE is a whole network on node-seal
  { key: 'he', name: 'MPC, 2 + ring LWE', trust: { ...COMMON, parties: 2, preprocessing: 'he' }, slow: false },
];

/** What a mode says of a plan. */
export function planFields({ trust, nonlinear }: Mode): Pick<PlanInput, 'trust' | 'nonlinear'> {
  return { trust, ...(nonlinear ? { nonlinear } : {}) };
}
