import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TacitError, tellable } from '../../src/core/errors.js';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));
/** A flag of the engine, which no message names. */
const ENGINE_FLAG = '--harmony-rab-gsab-transfer';

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));

/** Flags in the code of a file, comments apart. */
function flagsIn(code: string): string[] {
  const bare = code.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return [...bare.matchAll(/(?<![\w)\]-])--[a-z][a-z-]+/g)]
    .map(([flag]) => flag)
    .filter((flag) => flag !== ENGINE_FLAG);
}

describe('errors of the library', () => {
  it('name no flag of the command line', () => {
    expect(flagsIn('`expected more. Raise --timeout`')).toEqual(['--timeout']);
    expect(sources.length).toBeGreaterThan(100);
    for (const path of sources) expect(flagsIn(readFileSync(join(SRC, path), 'utf8')), path).toEqual([]);
  });

  it('are told to peers by code, and with what came where that concerns them', () => {
    const message = 'expected /home/alice to have room';
    for (const code of ['STORE_FULL', 'STORE_CORRUPT', 'OUT_OF_MEMORY', 'INTERNAL', 'BAD_INPUT'] as const) {
      expect(tellable(new TacitError(code, message))).toEqual({ code });
    }
    for (const code of ['BAD_FRAME', 'PLAN_MISMATCH', 'BUNDLE_MISMATCH'] as const) {
      expect(tellable(new TacitError(code, message))).toEqual({ code, message });
    }
  });
});
