/** What each entry point of the package loads, as built. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  imports: Record<string, { default: string }>;
  exports: Record<string, string | { default: string }>;
};

/** The files that importing `entry` loads at once, and the packages that these import. */
function reachOf(entry: string): { files: string[]; packages: string[] } {
  const target = manifest.exports[entry]!;
  return reachFrom(typeof target === 'string' ? target : target.default);
}

function reachFrom(path: string): { files: string[]; packages: string[] } {
  const waiting = [join(ROOT, path)];
  const files = new Set<string>();
  const packages = new Set<string>();
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const [, from, alone] of readFileSync(file, 'utf8').matchAll(
      /^(?:(?:import|export)\b[^;'"]*?from ['"]([^'"]+)['"]|import ['"]([^'"]+)['"])/gm,
    )) {
      const name = (from ?? alone)!;
      if (name.startsWith('.')) waiting.push(join(dirname(file), name));
      else if (name.startsWith('#')) waiting.push(join(ROOT, manifest.imports[name]!.default));
      else packages.add(/^(?:@[^/]+\/)?[^/]+/.exec(name)![0]);
    }
  }
  return { files: [...files].map((file) => file.slice(ROOT.length)), packages: [...packages] };
}

function packagesOf(entry: string): string[] {
  return reachOf(entry)
    .packages.filter((name) => !name.startsWith('node:'))
    .sort();
}

const PARTIES_ONLY =
  /dist\/src\/(gc\/(garble|evaluate|hash)|ot\/(base|extension(?!-layout)|gilboa|random|setup)|store\/|offline\/|online\/|roles\/(party|dealer|owner))/;
const IMPORTERS = /dist\/src\/model\/(import|passes|quantize|load|float)/;

describe('importing', () => {
  it('the client loads neither garbling, transfers and stores, nor importers', () => {
    const { files } = reachOf('./client');
    expect(files).toContain('dist/src/roles/client.js');
    expect(
      files.filter((path) => PARTIES_ONLY.test(path) || IMPORTERS.test(path) || path.includes('/kernels/wasm')),
    ).toEqual([]);
    expect(packagesOf('./client')).toEqual(['@noble/hashes', 'zod']);
  });

  it('models loads neither sessions, links nor roles', () => {
    const { files } = reachOf('./model');
    expect(files).toContain('dist/src/model/load.js');
    expect(
      files.filter((path) => PARTIES_ONLY.test(path) || /\/(session|roles)\/|websocket|channel/.test(path)),
    ).toEqual([]);
    expect(packagesOf('./model')).toEqual(['@noble/hashes', 'zod']);
  });

  it('the parties loads no importers', () => {
    const { files, packages } = reachOf('./party');
    expect(files).toContain('dist/src/roles/party.js');
    expect(files.filter((path) => IMPORTERS.test(path))).toEqual([]);
    expect(packages.filter((name) => name.startsWith('@tensorflow'))).toEqual([]);
  });

  it('the package itself loads client and models, without a store', () => {
    const { files } = reachOf('.');
    expect(files).toEqual(expect.arrayContaining([...reachOf('./client').files, ...reachOf('./model').files]));
    expect(files.filter((path) => PARTIES_ONLY.test(path))).toEqual([]);
    expect(packagesOf('.')).toEqual(['@noble/hashes', 'zod']);
  });

  it.each([
    ['tacit-mpc', ['connect', 'loadModel', 'quantize', 'plan']],
    ['tacit-mpc/client', ['connect', 'Client', 'encode', 'decode', 'plan', 'splitInput']],
    ['tacit-mpc/party', ['runParty', 'runDealer', 'runOwner', 'OwnerStore', 'sendRandom']],
    ['tacit-mpc/model', ['loadModel', 'quantize', 'evaluatePlain', 'evaluateFloat', 'plan', 'planThree']],
  ])('%s works in a fresh process', (entry, names) => {
    const script = `process.stdout.write(JSON.stringify(Object.keys(await import('${entry}'))))`;
    const text = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, encoding: 'utf8' });
    expect(JSON.parse(text)).toEqual(expect.arrayContaining(names));
  });
});

describe('a process', () => {
  const bundled = (path: string): string[] => reachFrom(path).packages.filter((name) => !isBuiltin(name));

  it('of a party is one file, with the packages that it needs and their licences', () => {
    expect(reachFrom('dist/parties/child.js').files).toEqual(['dist/parties/child.js']);
    expect(bundled('dist/parties/child.js')).toEqual([]);
    const licences = readFileSync(join(ROOT, 'dist/parties/child.licenses.md'), 'utf8');
    expect([...licences.matchAll(/^## (\S+)/gm)].map(([, name]) => name)).toEqual([
      '@noble/curves',
      '@noble/hashes',
      'msgpackr',
      'zod',
    ]);
  });

  it('of the command line loads a command when it is called', () => {
    const { files } = reachFrom('dist/parties/main.js');
    expect(files.length).toBeLessThan(10);
    expect(bundled('dist/parties/main.js')).toEqual([]);
  });
});
