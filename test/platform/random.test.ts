import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as browser from '../../src/platform/browser.js';
import { secretBytes } from '../../src/platform/random.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const sources = ['src', 'parties', 'circuits'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('kernels/assembly'))
    .map((path) => join(folder, path)),
);

/** Draws of fresh randomness: the name of each, and the function that it is drawn in, by file. */
const drawn = sources.flatMap((path) => {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return [...text.matchAll(/\b(?:secretBytes|randomSeed|randomName|randomScalar)\([^()]*'([^']+)'\)/g)].map(
    ([, name]) => ({ name: name!, path }),
  );
});

describe('fresh randomness', () => {
  it('is drawn under a name that stands in one file', () => {
    const files = new Map<string, Set<string>>();
    for (const { name, path } of drawn) files.set(name, (files.get(name) ?? new Set()).add(path));
    expect([...files].filter(([, paths]) => paths.size > 1)).toEqual([]);
  });

  it('is drawn under every name that there is, and under no other', () => {
    const declared = [
      ...readFileSync(join(ROOT, 'src/platform/random.ts'), 'utf8').matchAll(/^ {2}\| '([^']+)'/gm),
    ].map(([, name]) => name!);
    expect(new Set(drawn.map(({ name }) => name))).toEqual(new Set(declared));
  });

  it('comes from nowhere else', () => {
    const seam = ['platform', 'node', 'browser', 'random'].map((name) => `src/platform/${name}.ts`);
    const others = sources.filter(
      (path) =>
        !seam.includes(path) &&
        /\brandomBytes\b|getRandomValues|Math\.random|randomFill|randomInt\b/.test(
          readFileSync(join(ROOT, path), 'utf8'),
        ),
    );
    expect(others).toEqual([]);
  });

  // one bit that stands still in 128 draws: by chance in 2^-118 runs
  it.each([
    ['in Node', (count: number) => secretBytes(count, 'test/bits')],
    ['in a browser', browser.randomBytes],
  ] as const)('has no bit that stands still, %s', (_, draw) => {
    const [set, clear] = [new Uint8Array(64), new Uint8Array(64)];
    for (let i = 0; i < 128; i++) {
      for (const [at, byte] of draw(64).entries()) {
        set[at]! |= byte;
        clear[at]! |= ~byte;
      }
    }
    expect([...set, ...clear].every((bits) => bits === 0xff)).toBe(true);
  });

  it('does not repeat within a draw', () => {
    const bytes = Buffer.from(secretBytes(64, 'test/halves'));
    const pieces = new Set(Array.from({ length: 8 }, (_, i) => bytes.subarray(8 * i, 8 * i + 8).toString('hex')));
    expect(pieces.size).toBe(8);
  });
});
