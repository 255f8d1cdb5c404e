/**
 * Which code a test runs: a test file imports the source, and what is built is run by processes and threads alone. So no process has both, each
 * with classes and states of its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const TESTS = fileURLToPath(new URL('.', import.meta.url));
const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' });
const modulesOf = (path: string): string[] =>
  [...readFileSync(join(TESTS, path), 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)].map(
    ([, module]) => module!,
  );
const isBuilt = (module: string): boolean => /(^|\/)dist\//.test(module);
const isSource = (module: string): boolean => /\.\.\/(src|circuits|parties|bench|models)\//.test(module);

describe.each(files.filter((path) => path.endsWith('.ts')))('%s', (path) => {
  it('imports nothing that is built', () => {
    expect(modulesOf(path).filter(isBuilt)).toEqual([]);
  });
});

describe.each(files.filter((path) => path.startsWith('support') && path.endsWith('.mjs')))('%s', (path) => {
  it('imports nothing but what is built', () => {
    const modules = modulesOf(path);
    expect(modules.filter((module) => isSource(module) && !isBuilt(module))).toEqual([]);
    expect(modules.some(isBuilt)).toBe(true);
  });
});
