/**
 * Which code a test runs, and beside which: a test file imports the source, and what is built is run by processes and threads alone. So no process has both, each
 * with classes and states of its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import config from '../vitest.config.js';

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

describe('files that share their modules', () => {
  const { projects } = config.test as { projects: { test: { name: string; include: string[]; exclude: string[] } }[] };
  const { include, exclude } = projects.find(({ test }) => test.name === 'unit')!.test;
  const isOf = (path: string, patterns: readonly string[]): boolean =>
    patterns.some((pattern) => matchesGlob(join('test', path), pattern));
  const shared = files.filter((path) => path.endsWith('.test.ts') && isOf(path, include) && !isOf(path, exclude));

  it.each(shared)('%s mocks none', (path) => {
    expect(readFileSync(join(TESTS, path), 'utf8')).not.toMatch(/\bvi\.(mock|doMock)\(/);
  });
});
