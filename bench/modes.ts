/** The trust models that are measured: one entry each, and every command and report follows. @module */
import type { TrustModel } from '../src/core/trust.js';

export interface Mode {
  /** Stable, for keys and flags. */
  readonly key: string;
  /** For legends. */
  readonly name: string;
  readonly trust: TrustModel;
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
  { key: 'ot', name: 'MPC, 2 alone', trust: { ...COMMON, parties: 2, preprocessing: 'ot' }, slow: true },
  { key: '3pc', name: 'MPC, 3 parties', trust: { ...COMMON, parties: 3, preprocessing: 'none' }, slow: false },
  // our own encryption, of linear layers alone; what the report calls HE is a whole network on node-seal
  { key: 'he', name: 'MPC, 2 + ring LWE', trust: { ...COMMON, parties: 2, preprocessing: 'he' }, slow: false },
];
