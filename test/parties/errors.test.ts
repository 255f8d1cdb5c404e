/** What a failure prints: the message, what to do about it on the command line, a code, an exit code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adviceOf } from '../../parties/cli/advice.js';
import { describeError } from '../../parties/cli/errors.js';
import { ERROR_CODES, type ErrorCode, TacitError } from '../../src/core/errors.js';

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];
const FACTS = { ringBits: 32, ranges: 'proven' };

describe('advice', () => {
  it.each(CODES)('for %s is one clause without a stop, for every command', (code) => {
    for (const command of ['infer', 'prepare', 'store', 'plan', 'bench', '']) {
      expect(adviceOf(code, { command, facts: FACTS, flags: [] })).toMatch(/^\p{Lu}[^.\n]+[^.\s]$/u);
    }
  });

  it('follows a message that has none', () => {
    const error = new TacitError('STORE_IN_USE', 'expected to be alone with the store s, process 7 works with it');
    const { text, json } = describeError(error, ['infer', 'secureml', '--json']);
    expect(text).toMatch(
      /^tacit: expected to be alone with the store s, process 7 works with it\. Wait for it, .*--store none/,
    );
    expect(json.error).toEqual({ code: 'STORE_IN_USE', message: text.slice('tacit: '.length) });
    expect(describeError(error, ['prepare', 'secureml']).text).not.toContain('none');
    expect(describeError(error, ['store', 'prune']).text).toMatch(/works with it\. Wait for it$/);
  });

  it('is not added to a message that has its own', () => {
    const error = new TacitError('BAD_MODEL', 'expected JSON in model.json, got 2.5 kB of text. Save it again');
    expect(describeError(error, ['plan']).text).toBe(`tacit: ${error.message}`);
  });

  it('knows what the facts leave open', () => {
    const advice = (facts: TacitError['facts'], ...flags: string[]): string => {
      const error = new TacitError('RANGE_OVERFLOW', 'layer a: expected 32 bits, got 40', { facts });
      return describeError(error, ['infer', ...flags]).text;
    };
    expect(advice({ ringBits: 32, ranges: 'proven' })).toMatch(/ Use --calibrate FILE or --ring 64$/);
    expect(advice({ ringBits: 64, ranges: 'observed' })).toMatch(/ Use a narrower --input-range LO,HI$/);
    expect(advice({ ringBits: 64, ranges: 'observed' }, '--fraction-bits=8,8')).toMatch(
      / Use fewer --fraction-bits A,W$/,
    );
  });
});

/** Files of the library, but for the code that runs as WASM. */
function* library(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) yield path;
    else if (entry.name !== 'assembly') yield* library(path);
  }
}

describe('the library', () => {
  const lines = ['src', 'circuits'].flatMap((folder) =>
    [...library(folder)].flatMap((path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .map((line) => `${path}: ${line.trim()}`),
    ),
  );
  const code = lines.filter((line) => !/^\S+: (\*|\/\*|\/\/)/.test(line));

  it('names no flag and no command in what it says', () => {
    expect(code.length).toBeGreaterThan(5000);
    const named = code.filter((line) =>
      /[`'"][^`'"]*\s--[a-z]|[`'"][^`'"]*\btacit (infer|prepare|plan|store)\b/.test(line),
    );
    expect(named).toEqual([]);
  });
});

describe('exit codes', () => {
  it.each([
    [new TacitError('USAGE', 'expected a flag, got none'), 2],
    [new TacitError('UNKNOWN_MODEL', 'expected a model, got none'), 2],
    [new TacitError('BAD_INPUT', 'expected a file, got none'), 1],
    [new TacitError('INTERRUPTED', 'expected to finish, was interrupted'), 130],
    [new TacitError('INTERRUPTED', 'expected to finish, was interrupted', { facts: { signal: 'SIGTERM' } }), 143],
    [new TypeError('x is undefined'), 1],
  ])('%s: %i', (error, exitCode) => {
    expect(describeError(error, []).exitCode).toBe(exitCode);
  });
});

describe('a fault of Tacit itself', () => {
  it('is said in one line, with its cause under --debug', () => {
    const error = new Error('two\nlines.', { cause: new Error('below') });
    const { text, json } = describeError(error, ['plan']);
    expect(text).toBe('tacit: expected to finish, failed with: two lines. Run again with --debug and report it');
    expect(json.error.code).toBe('INTERNAL');
    expect(describeError(error, ['plan', '--debug']).text).toMatch(/\n {4}at [\s\S]*caused by: Error: below/);
  });
});
