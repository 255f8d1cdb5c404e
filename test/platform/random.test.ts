import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

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
});
