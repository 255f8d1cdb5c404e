import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordKernels } from '../../src/kernels/boolean.js';
import { loadKernelModule } from '../../src/kernels/module.js';

const { memory, exports } = loadKernelModule();
const PADDING = -5n;

/** Runs of neighbours with holes, repetitions and padding between them. */
const indices = fc
  .array(fc.tuple(fc.integer({ min: -1, max: 90 }), fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 12 })
  .map((runs) =>
    runs.flatMap(([first, length]) => Array.from({ length }, (_, i) => (first < 0 ? -1 : Math.min(first + i, 95)))),
  );

describe('gathering words', () => {
  it.each([32, 64] as const)('takes elements of %i bits by index, and padding where there is none', (bits) => {
    const words = Uint32Array.from({ length: 96 * (bits / 32) }, (_, i) => Math.imul(i + 1, 0x9e3779b1));
    const elementOf = (index: number): bigint => {
      if (index < 0) return BigInt.asUintN(bits, PADDING);
      if (bits === 32) return BigInt(words[index]!);
      return BigInt(words[2 * index]!) | (BigInt(words[2 * index + 1]!) << 32n);
    };
    fc.assert(
      fc.property(indices, (list) => {
        memory.withScratch(() => {
          const at = memory.scratch(list.length * 4);
          memory.words.set(Uint32Array.from(list), at >>> 2);
          const range = memory.scratch(8);
          exports.indexRange(at, list.length, range);
          const known = list.filter((index) => index >= 0);
          const [least, greatest] = [...memory.words.slice(range >>> 2, (range >>> 2) + 2)].map((word) => word | 0);
          expect([least, greatest]).toEqual(known.length > 0 ? [Math.min(...known), Math.max(...known)] : [-1, -1]);
          const read = words.subarray((least! * bits) / 32, ((greatest! + 1) * bits) / 32);
          const from = memory.scratch(read.byteLength);
          memory.words.set(read, from >>> 2);
          const out = memory.scratch((list.length * bits) / 8);
          wordKernels(exports, bits).gather(from, least!, at, list.length, PADDING, out);
          const came = memory.copyOut(out, (list.length * bits) / 32);
          const elements = list.map((_, i) =>
            bits === 32 ? BigInt(came[i]!) : BigInt(came[2 * i]!) | (BigInt(came[2 * i + 1]!) << 32n),
          );
          expect(elements).toEqual(list.map(elementOf));
        });
      }),
    );
  });
});
