/**
 * From masked bits to additive words, without a message. Of a bit z both know d = z + l mod 2, and of its mask each has an additive share as
 * a word, [l]: so z = d + (1 - 2d) l has the shares d + (1 - 2d) [l]_0 and (1 - 2d) [l]_1 (ABY2.0, USENIX Security 2021).
 *
 * A ReLU by carries (protocols/three/convert.ts) is keep * (X + low) - 2^(m-d) keep wrap, X = A + B - 2^(m-1-d), A of party 0 and B of party 1;
 * they open S = X + R. With masks k of keep, l of low, t of top and e of both, the product of the inputs' top bits, keep wrap = top * both,
 *
 *     keep (X + low) = d_k (X + low) + (1 - 2 d_k) ((S + d_l) k - k R + (1 - 2 d_l) k l)
 *     top both = d_t d_e + d_e (1 - 2 d_t) t + d_t (1 - 2 d_e) e + (1 - 2 d_t)(1 - 2 d_e) t e
 *
 * where k, k R, l, k l, t, e and t e are shared as words. S tells nothing: R_0 masks it to party 1, R_1 to party 0.
 * @module
 */
import type { ActivationSpec } from '../../../../circuits/spec.js';
import type { Products } from '../../../correlations/bits/masks.js';
import { carryBits, maskWidths, mostMaskRows } from '../../../correlations/bits/sizes.js';
import type { Arithmetic } from '../../../correlations/context.js';
import { wordKernels, wordRowBytes } from '../../../kernels/boolean.js';
import { type BitsStep, GARBLER, type Party } from '../../../steps/two.js';
import type { Engine } from './engine.js';

/** What a party has of the X of a ReLU by carries: its share, and S. */
export interface Carried {
  readonly x: Uint32Array;
  readonly s: Uint32Array;
}

/** This party's share of X from its words of n instances at `words`, whole vectors of them: A minus the middle party 0, B party 1. */
export function carryShare(
  { bits, module }: Arithmetic,
  party: Party,
  step: BitsStep,
  words: number,
  n: number,
): Uint32Array {
  const { memory, exports } = module;
  const { width, shift } = step.spec as ActivationSpec;
  const middle = party === GARBLER ? 1n << BigInt(width - 1 - shift) : 0n;
  const bytes = wordRowBytes(n, bits);
  return memory.withScratch(() => {
    const out = memory.scratch(bytes);
    wordKernels(exports, bits).shiftedWords(words, width, shift, middle, n, out);
    return memory.copyOut(out, bytes / 4);
  });
}

/** This party's words of an output, n of them. @param carried of a step that ends in carries */
export function outputShare(
  { bits, module }: Arithmetic,
  party: Party,
  step: BitsStep,
  output: number,
  engine: Engine,
  products: Products,
  n: number,
  carried: Carried | undefined,
): Uint32Array {
  const { memory, exports } = module;
  const { addBit, reluWords } = wordKernels(exports, bits);
  const rowBytes = wordRowBytes(n, bits);
  const own = party === GARBLER ? 1 : 0;
  return memory.withScratch(() => {
    const rows = memory.scratch(mostMaskRows(step) * rowBytes);
    products.words(maskWidths(step, output), rows);
    const out = memory.scratch(rowBytes);
    if (carried) {
      const { width, shift } = step.spec as ActivationSpec;
      const [x, s] = [memory.pointerTo(carried.x), memory.pointerTo(carried.s)];
      const [keep, low, top, both] = carryBits(step).map((bit) => engine.plane(bit)) as [
        number,
        number,
        number,
        number,
      ];
      reluWords(x, s, keep, low, top, both, shift > 0 ? 1 : 0, width - shift, own, n, rows, rowBytes, out);
    } else {
      memory.zero(out, rowBytes);
      for (const [k, { bit, shift, negative }] of step.program.words[output]!.terms.entries()) {
        const weight = 1n << BigInt(shift);
        addBit(engine.plane(bit), bit & 1, rows + k * rowBytes, negative ? -weight : weight, own, out, n);
      }
    }
    return memory.copyOut(out, (n * bits) / 32);
  });
}
