import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addElements, subtractElements } from '../../src/core/elementwise.js';
import { fromBigInts } from '../../src/core/ring.js';
import { referenceKernels } from '../../src/kernels/reference.js';

const kernels = referenceKernels();

describe.each([32, 64] as const)('elements of %i bits without kernels', (bits) => {
  const most = (1n << BigInt(bits)) - 1n;
  const edges = [0n, 1n, most, most >> 1n, (most >> 1n) + 1n, 0xffffffffn, 0x80000000n, most - 0xffffffffn];
  const element = fc.oneof(fc.bigInt(0n, most), fc.constantFrom(...edges.filter((edge) => edge <= most)));

  it('are added and subtracted as by the kernels', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(element, element)), (pairs) => {
        const [a, b] = [0, 1].map((side) =>
          fromBigInts(
            bits,
            pairs.map((pair) => pair[side]!),
          ),
        ) as [Uint32Array, Uint32Array];
        expect(addElements(bits, a, b)).toEqual(kernels.add(bits, a, b));
        expect(subtractElements(bits, a, b)).toEqual(kernels.sub(bits, a, b));
      }),
    );
  });

  it('are of one number', () => {
    expect(() => addElements(bits, new Uint32Array(4), new Uint32Array(6))).toThrow(RangeError);
    expect(() => subtractElements(bits, new Uint32Array(4), new Uint32Array(2))).toThrow(RangeError);
  });
});
