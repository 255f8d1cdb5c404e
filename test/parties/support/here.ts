/** The command line in the process of the test, from the source: for calls that start no party. A process of its own takes half a second to load, each time. */
import { vi } from 'vitest';
import { describeError } from '../../../parties/cli/errors.js';
import { run } from '../../../parties/cli/program.js';
import type { Ended } from './tacit.js';

/** Runs `tacit ...args` to its end, as `tacit` of tacit.ts does. One at a time: what the process prints meanwhile is taken for the command's. */
export async function tacitHere(args: readonly string[]): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      printed[stream] += String(text);
      return true;
    }),
  );
  const before = process.exitCode;
  try {
    process.exitCode = undefined;
    await run(args);
    return { code: Number(process.exitCode ?? 0), ...printed };
  } catch (error) {
    const { text, json, exitCode } = describeError(error, args);
    printed.stderr += `${text}\n`;
    if (args.includes('--json')) printed.stdout += `${JSON.stringify(json)}\n`;
    return { code: exitCode, ...printed };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}
