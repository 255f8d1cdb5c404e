import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What only Node has: its platform, and the layers of files and of sockets. */
const OF_NODE =
  /^src\/(platform\/node\.ts|store\/|model\/load\.ts|model\/import\/|transport\/(websocket(-handshake)?|tls)\.ts|deployment\/|service\/)/;

const sources = ['src', 'circuits'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.includes('assembly/'))
    .map((path) => join(folder, path)),
);

/** Builtins that a file imports, packages that need them, and globals that pages have not. */
function nodeOf(path: string): string[] {
  const code = readFileSync(join(ROOT, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  const imports = code.match(/'node:[^']*'/g) ?? [];
  const globals =
    code.match(
      /\b(?:Buffer\.|Buffer\(|process\.|setImmediate\b|clearImmediate\b|__dirname\b|__filename\b|require\()/g,
    ) ?? [];
  return [...imports, ...globals];
}

it('only the platform, files and sockets know that they are in Node', () => {
  expect(sources.length).toBeGreaterThan(100);
  const found = sources
    .filter((path) => !OF_NODE.test(path))
    .flatMap((path) => nodeOf(path).map((what) => `${path}: ${what}`));
  expect(found).toEqual([]);
});

it('finds what it looks for', () => {
  expect(nodeOf('src/platform/node.ts')).toContain("'node:crypto'");
  expect(nodeOf('src/platform/node.ts')).toContain('setImmediate');
});
