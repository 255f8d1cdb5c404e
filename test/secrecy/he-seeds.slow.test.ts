/**
 * Seeds of ring LWE serve once: what byte statistics cannot see, since a sum with a new ciphertext hides that u, an error or flooding came twice. Two answers with one u
 * differ by the key holder's own ciphertexts times the weights.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type * as Prg from '../../src/core/prg.js';
import { isHeStep } from '../../src/correlations/triples/he/sizes.js';
import { recorder } from '../support/recorder.js';
import { currentRole } from '../support/roles.js';
import { MODELS } from './evidence.js';
import { twoParties } from './sessions.js';

vi.mock('../../src/platform/random.js', async (original) =>
  (await import('../support/recorder.js')).fixedRandom(await original()),
);
/** Streams of ring LWE, in the order in which they begin. */
interface Stream {
  readonly label: string;
  readonly role: string;
  readonly seed: string;
  readonly origin: string;
}
const streams = vi.hoisted((): Stream[] => []);
vi.mock('../../src/core/prg.js', async (original) => {
  const recorded = (await import('../support/recorder.js')).recordedPrg(await original<typeof Prg>());
  class Noted extends recorded.KeyStream {
    constructor(seed: Uint8Array, label: string, ...indices: number[]) {
      super(seed, label, ...indices);
      if (!label.startsWith('he/')) return;
      const origin = recorder.originOf(seed);
      streams.push({ label, role: currentRole(), seed: Buffer.from(seed).toString('hex'), origin });
    }
  }
  return { ...recorded, KeyStream: Noted };
});

afterEach(() => recorder.repair());

/** Two sessions of two inferences each. */
async function run(): Promise<void> {
  streams.length = 0;
  for (const salt of ['first', 'second']) {
    const { plan } = await twoParties(MODELS.he, 1, 'he', salt);
    expect(plan.steps.some(isHeStep)).toBe(true);
  }
}

/** Labels of which one role expands a seed twice. */
function twice(): string[] {
  const seen = new Set<string>();
  const found = new Set<string>();
  for (const { label, role, seed } of streams) {
    const name = `${label} ${role} ${seed}`;
    if (seen.has(name)) found.add(label);
    seen.add(name);
  }
  return [...found];
}

/** Streams, and the draws of their seeds. */
const DRAWS: Readonly<Record<string, string>> = {
  'he/secret': 'he/key',
  'he/uniform': 'he/uniform',
  'he/error': 'he/error',
  'he/answer': 'he/answer',
};

describe('seeds of ring LWE', () => {
  it('are expanded once, errors and answers by the role that drew them alone', async () => {
    await run();
    expect([...new Set(streams.map(({ label }) => label))].sort()).toEqual(Object.keys(DRAWS).sort());
    expect(twice()).toEqual([]);
    for (const { label, role, origin } of streams) {
      if (label !== 'he/uniform') expect(origin.replace(/#\d+$/, '')).toBe(`${role}/${DRAWS[label]}`);
    }
  });

  it.each(Object.entries(DRAWS))('of streams %s are seen where %s is drawn once for all', async (label, draw) => {
    recorder.spoilDraw = (name, occurrence, salt) => (name === draw ? name : `${name}#${occurrence}${salt}`);
    await run();
    expect(twice()).toContain(label);
  });
});
