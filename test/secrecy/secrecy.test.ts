/**
 * Whole honest sessions before the distinguisher, which tells nothing of them. That it would tell is shown by planted.slow.test.ts.
 *
 * Randomness is a fixed stream, so an outcome is the same in every run.
 */
import { describe, expect, it, vi } from 'vitest';
import { distinguish } from './distinguisher.js';
import { evidenceOf } from './evidence.js';

vi.mock('../../src/platform/random.js', async (original) =>
  (await import('../support/recorder.js')).fixedRandom(await original()),
);
vi.mock('../../src/core/prg.js', async (original) =>
  (await import('../support/recorder.js')).recordedPrg(await original()),
);

describe('an honest session tells nothing', () => {
  it.each(['dealer', 'bits', 'ot', 'silent', 'otBits', 'he', 'three'] as const)('%s', async (kind) => {
    expect(distinguish(await evidenceOf(kind))).toEqual([]);
  });
});
