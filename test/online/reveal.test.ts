import { describe, expect, it } from 'vitest';
import { expandWords } from '../../src/core/prg.js';
import { asShare } from '../../src/core/secret.js';
import { Bundle } from '../../src/correlations/bundle.js';
import { dealtDelta } from '../../src/correlations/tables/table.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import { rerandomise } from '../../src/online/execute.js';
import { randomSeed } from '../../src/platform/random.js';
import { EVALUATOR, GARBLER, type Party } from '../../src/steps/two.js';

const module = loadKernelModule(64 << 20);
const arithmetic = { bits: 32, module, kernels: wasmKernels(module) } as const;

describe('what the client sees', () => {
  const model = { layers: new Map(), revealSeed: randomSeed('test/seed') };
  const shares = [0, 1].map((i) => asShare(expandWords(50, randomSeed('test/seed'), `share ${i}`)));
  const shown = (party: Party, number: number): Uint32Array => {
    const bundle = new Bundle({ planDigest: '', party, number }, randomSeed('test/seed'));
    return rerandomise(arithmetic, { party, bundle, model }, shares[party]!);
  };

  it('are not the shares that the parties have, but add up to the same', () => {
    const [first, second] = [shown(GARBLER, 1), shown(EVALUATOR, 1)];
    expect(first.filter((word, i) => word === shares[0]![i]).length).toBeLessThan(3);
    expect(second.filter((word, i) => word === shares[1]![i]).length).toBeLessThan(3);
    expect([...arithmetic.kernels.add(32, first, second)]).toEqual([
      ...arithmetic.kernels.add(32, shares[0]!, shares[1]!),
    ]);
  });

  it('differs from bundle to bundle', () => {
    expect([...shown(GARBLER, 1)]).not.toEqual([...shown(GARBLER, 2)]);
  });
});

describe("a dealt bundle's Delta", () => {
  it('is new for every seed, with its colour bit set', () => {
    const deltas = Array.from({ length: 50 }, () => dealtDelta(randomSeed('test/seed')));
    expect(new Set(deltas.map((delta) => Buffer.from(delta).toString('hex'))).size).toBe(50);
    for (const delta of deltas) expect(delta[0]! & 1).toBe(1);
  });
});
