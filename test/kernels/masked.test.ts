/** Kernels of two parties on masked bits against plain integers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBigInts, toBigInts } from '../../src/core/ring.js';
import { wordKernels, wordRowBytes } from '../../src/kernels/boolean.js';
import { loadKernelModule } from '../../src/kernels/module.js';

const module = loadKernelModule(16 * 1024 * 1024);
const { memory, exports } = module;

describe.each([32, 64] as const)('of %d bits', (bits) => {
  const { shiftedWords, reluMasks, reluWords } = wordKernels(exports, bits);
  const word = fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
  const unsigned = (x: bigint): bigint => BigInt.asUintN(bits, x);

  /** Rows of words in scratch, one after another. */
  const put = (rows: readonly (readonly bigint[])[], n: number): number => {
    const pointer = memory.scratch(rows.length * wordRowBytes(n, bits));
    for (const [i, row] of rows.entries()) {
      memory.words.set(fromBigInts(bits, row), (pointer + i * wordRowBytes(n, bits)) >>> 2);
    }
    return pointer;
  };
  const read = (pointer: number, row: number, n: number): bigint[] =>
    toBigInts(bits, memory.copyOut(pointer + row * wordRowBytes(n, bits), (n * bits) / 32)).map(unsigned);
  const plane = (set: readonly boolean[]): number => {
    const pointer = memory.scratch(16 * Math.ceil(set.length / 128));
    memory.zero(pointer, 16 * Math.ceil(set.length / 128));
    for (const [i, bit] of set.entries()) memory.bytes[pointer + (i >> 3)]! |= Number(bit) << (i & 7);
    return pointer;
  };
  const instances = fc.integer({ min: 1, max: 40 });
  const flags = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean());

  it('words are cut to a width and shifted', () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 2, max: bits }),
        word,
        (words, width, less) => {
          const shift = width >> 1;
          memory.withScratch(() => {
            const out = put([words], words.length);
            shiftedWords(put([words], words.length), width, shift, less, words.length, out);
            const wanted = words.map((x) => unsigned((BigInt.asUintN(width, x) >> BigInt(shift)) - less));
            expect(read(out, 0, words.length)).toEqual(wanted);
          });
        },
      ),
    );
  });

  it("a ReLU's shares add up to keep (X + low) - 2^w top both", () => {
    fc.assert(
      fc.property(
        instances.chain((n) => {
          const list = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { minLength: n, maxLength: n });
          // bits, their masks, X and R of either party, party 0's rows
          return fc.tuple(
            list(flags),
            list(flags),
            list(word),
            list(word),
            list(word),
            list(word),
            fc.array(list(word), { minLength: 7, maxLength: 7 }),
          );
        }),
        fc.integer({ min: 0, max: bits }),
        fc.boolean(),
        ([values, masks, x0, x1, r0, r1, drawn], wrap, hasLow) => {
          const n = values.length;
          memory.withScratch(() => {
            const of = (list: readonly (readonly boolean[])[], k: number): boolean[] => list.map((each) => each[k]!);
            const [keep, low, top, both] = [0, 1, 2, 3].map((k) => plane(of(masks, k))) as [
              number,
              number,
              number,
              number,
            ];
            const sums = (a: readonly bigint[], b: readonly bigint[]): bigint[] =>
              a.map((each, i) => unsigned(each + b[i]!));
            const dealt = put(drawn, n);
            reluMasks(keep, low, top, both, put([sums(r0, r1)], n), n, dealt, wordRowBytes(n, bits));
            const opened = [0, 1, 2, 3].map((k) => plane(of(values, k).map((bit, i) => bit !== masks[i]![k]!)));
            const [dKeep, dLow, dTop, dBoth] = opened as [number, number, number, number];
            const s = put([sums(sums(x0, x1), sums(r0, r1))], n);
            const shares = (
              [
                [x0, put(drawn, n), 1],
                [x1, dealt, 0],
              ] as const
            ).map(([x, rows, own]) => {
              // without a low bit there are no products of its mask
              if (!hasLow) memory.zero(rows + 2 * wordRowBytes(n, bits), 2 * wordRowBytes(n, bits));
              const out = put([x], n);
              reluWords(
                put([x], n),
                s,
                dKeep,
                dLow,
                dTop,
                dBoth,
                hasLow ? 1 : 0,
                wrap,
                own,
                n,
                rows,
                wordRowBytes(n, bits),
                out,
              );
              return read(out, 0, n);
            });
            const wanted = values.map(([k, l, t, e], i) => {
              const kept = k ? x0[i]! + x1[i]! + (hasLow && l ? 1n : 0n) : 0n;
              return unsigned(kept - (t && e ? 1n << BigInt(wrap) : 0n));
            });
            expect(sums(shares[0]!, shares[1]!)).toEqual(wanted);
          });
        },
      ),
    );
  });
});
