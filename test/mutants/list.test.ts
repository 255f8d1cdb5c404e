import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Mutant {
  readonly area: string;
  readonly id: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly tests: readonly string[];
  readonly secrecy?: boolean;
  readonly why: string;
}

const { allMutants, mutate } = (await import(new URL('mutants.mjs', import.meta.url).href)) as {
  allMutants(): Promise<Mutant[]>;
  mutate(text: string, mutant: Mutant): string;
};
const mutants = await allMutants();

describe('the list of mutations', () => {
  it('has names of its own for at least 120, 40 of them on secrecy', () => {
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
    expect(mutants.length).toBeGreaterThanOrEqual(120);
    expect(mutants.filter(({ secrecy }) => secrecy).length).toBeGreaterThanOrEqual(40);
  });

  it.each(mutants.map((mutant) => [mutant.id, mutant] as const))('%s can be applied', (_, mutant) => {
    const text = readFileSync(join(ROOT, mutant.file), 'utf8');
    expect(mutate(text, mutant)).not.toBe(text);
    for (const test of mutant.tests) expect(existsSync(join(ROOT, test)), test).toBe(true);
  });
});
