/** What the cross terms of a linear step, or of a product of secret tensors, are made of, and what they cost by correlated transfers. @module */
import { elementwise, outputSize, weightSize } from '../core/linear-map.js';
import type { RingBits } from '../core/ring.js';
import { type Chooser, fansOf } from '../ot/fans.js';
import type { ProductShape } from '../ot/gilboa.js';
import type { Extending } from '../ot/kinds.js';
import { gilboaHashes, gilboaSegments } from '../ot/pieces.js';
import type { LinearStep, ProductStep } from '../steps/two.js';
import { framedBytes } from '../transport/frame.js';
import { framedChoices } from './choice-sizes.js';

/** A step whose offline phase multiplies what the parties hold. */
export type MultiplyingStep = LinearStep | ProductStep;

/** The operand with fewer elements: fewer transfers, longer vectors. */
export function chooserOf(step: LinearStep): Chooser {
  return weightSize(step.node.map) <= step.inputElements ? 'weights' : 'activations';
}

/** What a cross term of the step is made of. That of a square is doubled, so that its top bit does not matter. */
export function shapeOf(bits: RingBits, batch: number, step: MultiplyingStep): ProductShape {
  if (step.kind === 'product') {
    const m = step.sources.length === 1 ? Math.max(1, step.width - 1) : step.width;
    return { bits, m, fans: fansOf(elementwise(step.elements), 1, 'weights'), outputs: step.elements };
  }
  const { map } = step.node;
  return {
    bits,
    m: step.width,
    fans: fansOf(map, batch, chooserOf(step)),
    outputs: batch * outputSize(map),
  };
}

/** Transfers of a cross term: one for each bit that counts of each element that chooses. */
export function crossTermTransfers(bits: RingBits, batch: number, step: MultiplyingStep): number {
  const { fans, m } = shapeOf(bits, batch, step);
  return fans.count * m;
}

/** Bytes of a cross term: the receiver's corrections, and the sender's segments. */
export function crossTermBytes(
  costing: Extending & { readonly bits: RingBits; readonly batch: number },
  step: MultiplyingStep,
): { readonly corrections: number; readonly segments: number } {
  const { fans, m } = shapeOf(costing.bits, costing.batch, step);
  return {
    corrections: framedChoices(costing, fans.count * m, true),
    segments: gilboaSegments(fans, m).reduce((sum, bytes) => sum + framedBytes(bytes), 0),
  };
}

/** Hashes that the sender of a cross term takes. */
export function crossTermHashes(bits: RingBits, batch: number, step: MultiplyingStep): number {
  const { fans, m } = shapeOf(bits, batch, step);
  return gilboaHashes(fans, m);
}
