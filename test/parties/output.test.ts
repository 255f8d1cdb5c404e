/** What is printed of a result whose bits are wrong, and where stdout takes nothing. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { printResult } from '../../parties/cli/output.js';

const MAIN = fileURLToPath(new URL('../../dist/parties/main.js', import.meta.url));
const check = {
  maxAbsErrorVsFloat: 0,
  outputErrors: [],
  withinTolerance: true,
  agreement: 1,
  floatBackend: 'tfjs-cpu',
  wrapped: [],
  saturated: [],
};

let out: string[] = [];
let err: string[] = [];
beforeEach(() => {
  [out, err] = [[], []];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

describe('a result', () => {
  it('of the right bits, or not compared, is all that is printed', async () => {
    await printResult({ check: { ...check, bitIdentical: true } }, true, () => '');
    await printResult({ check: null }, false, async () => 'text');
    expect(out).toEqual([`${JSON.stringify({ check: { ...check, bitIdentical: true } })}\n`, 'text\n']);
    expect([err, process.exitCode]).toEqual([[], undefined]);
  });

  it('of values that wrapped is shown with its error, and fails', async () => {
    const wrapped = [{ name: 'relu', count: 3 }];
    await printResult({ check: { ...check, bitIdentical: true, wrapped } }, false, () => 'text');
    expect([out, process.exitCode]).toEqual([['text\n'], 1]);
    expect(err.join('')).toMatch(
      /^tacit: expected values within the widths .*: 3 in relu\. Calibrate on more inputs, /,
    );
  });

  it('of other bits is shown with its error, and fails', async () => {
    const report = { check: { ...check, bitIdentical: false } };
    await printResult(report, true, () => '');
    const message = 'expected the bits of the plain evaluator, got others. This is a fault of Tacit: report it';
    expect(JSON.parse(out.join(''))).toEqual({ ...report, error: { code: 'INTERNAL', message } });
    expect([err, process.exitCode]).toEqual([[`tacit: ${message}\n`], 1]);
  });
});

/** Runs a line of the shell with the built command as $TACIT. */
function shell(line: string): Promise<{ code: number; stderr: string }> {
  const env = { ...process.env, NODE: process.execPath, MAIN };
  return new Promise((resolve) => {
    const child = execFile('/bin/sh', ['-c', line], { env }, (_, __, stderr) =>
      resolve({ code: child.exitCode!, stderr }),
    );
  });
}

describe.runIf(process.platform === 'linux')('a stdout', () => {
  it('that is full is an error of one line', async () => {
    const { code, stderr } = await shell('"$NODE" "$MAIN" plan secureml >/dev/full');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'tacit: expected to write to stdout, got ENOSPC. Give it more room or another place\n',
    });
  });

  it('that is full does not hide what failed', async () => {
    const { code, stderr } = await shell('"$NODE" "$MAIN" plan alexnet --json >/dev/full');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^tacit: expected a model file [^\n]+ or one of [^\n]+\n$/);
  });

  it('that is closed is no failure, and hides none', async () => {
    const closed = (args: string): string => `{ "$NODE" "$MAIN" ${args}; echo $? >&2; } | :`;
    expect((await shell(closed('plan secureml --json'))).stderr).toBe('0\n');
    expect((await shell(closed('plan alexnet --json'))).stderr).toMatch(/\n2\n$/);
  });
});
