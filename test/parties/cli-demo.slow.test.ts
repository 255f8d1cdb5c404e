/** tacit demo, and what an interruption leaves behind. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { demoSchema } from './support/schema.js';
import { ended, exampleOf, start, tacit } from './support/tacit.js';

/** The processes that `pid` has started. */
function childrenOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return existsSync(path) ? readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number) : [];
}

async function until<T>(condition: () => T | undefined): Promise<T> {
  for (;;) {
    const value = condition();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('demo', () => {
  test('draws digits and predicts them privately', async () => {
    const { code, stdout, stderr } = await tacit(await exampleOf('demo'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/█/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(stdout).toMatch(/^ +0 +7 +7 +7$/m);
    expect(stdout).toMatch(/2 parties and a dealer, semi-honest/);
    expect(stdout).toMatch(/bit-identical/);
  });

  test('prints its JSON', async () => {
    const { code, stdout, stderr } = await tacit(['demo', '--images', '2', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = demoSchema.parse(JSON.parse(stdout));
    expect(report.images).toEqual([
      { index: 0, label: 7, private: 7, plain: 7 },
      { index: 1, label: 2, private: 2, plain: 2 },
    ]);
    expect(report.check!.bitIdentical).toBe(true);
    expect(report.online.bytes).toEqual(report.online.predictedBytes);
  });

  test.runIf(process.platform === 'linux').each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends all processes with one line', async (signal, exitCode) => {
    const child = start(['demo', '--images', '1000']);
    const result = ended(child);
    // dealer, two parties, client
    const crew = await until(() => {
      const pids = childrenOf(child.pid!);
      return pids.length === 4 ? pids : undefined;
    });
    child.kill(signal);
    const { code, stdout, stderr } = await result;
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    expect(stderr).toMatch(/^tacit: [^\n]*interrupted[^\n]*\n$/);
    for (const pid of crew) expect(existsSync(`/proc/${pid}`)).toBe(false);
  });
});
