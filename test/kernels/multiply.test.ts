import { describe, expect, it } from 'vitest';
import { fromBigInts, toBigInts } from '../../src/core/ring.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { multiply } from '../../src/kernels/multiply.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import { randomIntegers } from '../support/session.js';

describe.each([referenceKernels(), wasmKernels(loadKernelModule())])(
  'products element by element, $name',
  (kernels) => {
    it.each([32, 64] as const)('mod 2^%i, of every length, of one tensor and of two', (bits) => {
      for (const count of [1, 2, 3, 7, 16, 33, 845]) {
        const [x, y] = ['x', 'y'].map((label) => randomIntegers(count, bits, bits, label)) as [
          Uint32Array,
          Uint32Array,
        ];
        for (const other of [x, y]) {
          const others = toBigInts(bits, other);
          const products = toBigInts(bits, x).map((value, i) => value * others[i]!);
          expect([...multiply(kernels, bits, x, other)]).toEqual([...fromBigInts(bits, products)]);
        }
      }
    });
  },
);
