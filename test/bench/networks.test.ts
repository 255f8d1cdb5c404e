/** Links are as slow as they are asked to be; commands refuse what they do not know. */
import { describe, expect, it, vi } from 'vitest';
import { benchCommand } from '../../bench/cli.js';
import { print } from '../../bench/commands.js';
import { firstImages, realsOf } from '../../bench/images.js';
import type { LinkCheck } from '../../bench/results.js';
import { checkLink } from '../../bench/shaping.js';
import { inputsOf, loadSubject } from '../../bench/subjects.js';
import { memoryLinks } from '../../src/transport/memory.js';

describe('a shaped link', () => {
  const STEP_MS = 0.25;

  it('has the latency and the rate that it is asked for', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    try {
      let check: LinkCheck | undefined;
      void checkLink({ name: 'test', roundTripMs: 40, megabits: 40 }, memoryLinks(), 100).then((value) => {
        check = value;
      });
      for (let step = 0; !check && step < 10_000; step++) {
        vi.advanceTimersByTime(STEP_MS);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(check?.nominal).toEqual({ roundTripMs: 40, megabits: 40 });
      expect(check?.measured.roundTripMs).toBeGreaterThanOrEqual(40);
      expect(check?.measured.roundTripMs).toBeLessThan(42);
      expect(check?.measured.megabits).toBeLessThanOrEqual(40);
      expect(check?.measured.megabits).toBeGreaterThan(38);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a subject', () => {
  it('of the zoo takes digits', async () => {
    const images = firstImages(3);
    expect(inputsOf(await loadSubject('secureml'), images, 2)).toEqual(realsOf(images).subarray(0, 2 * 784));
  });
});

describe('every command', () => {
  it.each(['micro', 'layers', 'networks', 'he', 'report'])('%s has help with an example', async (name) => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      const command = benchCommand().commands.find((one) => one.name() === name)!;
      command.exitOverride().outputHelp();
      expect(write.mock.calls.join('')).toMatch(new RegExp(`Example:\\n  \\$ tacit bench ${name}`));
    } finally {
      write.mockRestore();
    }
  });
});

describe('tacit bench refuses', () => {
  const run = (...words: string[]) => benchCommand().exitOverride().parseAsync(words, { from: 'user' });

  it.each([
    ['networks', '--images', '0'],
    ['networks', '--links', 'moon'],
    ['networks', '--models', ''],
    ['he', '--sample', '2'],
    ['he', '--threads', '3'],
    ['he', '--sample', '0', '--single', '0'],
    ['layers', '--batch', 'many'],
    ['layers', '--modes', 'she'],
    ['networks', '--batches', '0,1'],
    ['networks', '--batches', '1,,2'],
  ])('%s %s %s', async (...words) => {
    await expect(run(...words)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it.each([[], ['foo'], ['foo', '--compare', 'x']])(
    'what is no command, and names those that are: %s',
    async (...words) => {
      const came = words[0] ?? 'none';
      await expect(run(...words)).rejects.toThrow(
        `expected one of the commands micro, layers, networks, scaling, he, report, got ${came}. See tacit bench --help`,
      );
    },
  );

  it('a model that is not there', async () => {
    await expect(run('layers', 'alexnet')).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' });
  });

  it.each([
    ['--compare', '/nowhere/report.json'],
    ['report', '--compare', '/nowhere/report.json'],
  ])('to compare with a file that is not there: %s %s', async (...words) => {
    await expect(run(...words)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

it('figures with wrong outputs among them are printed with an error, and fail', async () => {
  let [out, err] = ['', ''];
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => (out += text) !== '');
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => (err += text) !== '');
  try {
    await print({ rows: 1 }, ['fc1 of x'], true, () => '');
    await print({ rows: 1 }, [], true, () => '');
    expect(process.exitCode).toBe(1);
  } finally {
    process.exitCode = undefined;
    for (const spy of [stdout, stderr]) spy.mockRestore();
  }
  const message =
    "expected the plain evaluator's integers everywhere, got others from fc1 of x. This is a fault of Tacit: report it";
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([{ rows: 1, error: { code: 'INTERNAL', message } }, { rows: 1 }]);
  expect(err).toBe(`tacit: ${message}\n`);
});
