/** The policies that an audit compares: what the service opens. @module */
import { TacitError } from '../src/core/errors.js';
import { isReveal, type Reveal } from '../src/core/trust.js';
import { MOST_OUTPUT_BITS } from '../src/model/quantize/round-outputs.js';

export interface Policy {
  readonly name: string;
  readonly reveal: Reveal;
  /** Fraction bits that logits are rounded to. */
  readonly roundLogits?: number;
}

const ROUNDED = /^logits:(\d{1,2})$/;

/** What is compared where nobody says. */
export const POLICIES: readonly string[] = ['logits', 'logits:2', 'top:3', 'label'];
export const QUICK_POLICIES: readonly string[] = ['logits', 'label'];

/** logits, logits:B (rounded to B fraction bits), top:K or label. @throws USAGE */
export function parsePolicy(name: string): Policy {
  const [, bits] = ROUNDED.exec(name) ?? [];
  if (bits !== undefined && Number(bits) <= MOST_OUTPUT_BITS)
    return { name, reveal: 'logits', roundLogits: Number(bits) };
  if (isReveal(name)) return { name, reveal: name };
  throw new TacitError(
    'USAGE',
    `expected policies logits, logits:B with B from 0 to ${MOST_OUTPUT_BITS}, top:K or label, got ${name}. Give for example --policies logits,logits:2,label`,
  );
}
