/** The command prints the rates that it was asked for, and refuses what it does not know. Values are the bench's business. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { benchCommand } from '../../bench/cli.js';
import { short } from '../../bench/format.js';
import { median } from '../../bench/measure.js';
import { ratiosOf } from '../../bench/ratios.js';

const rate = z.number().int().positive();
const detail = z.object({ best: rate, windows: z.array(rate).min(1) });
const schema = z.strictObject({
  aesBlocks: rate,
  prgBytes: rate,
  ring32Macs: rate,
  ratios: z.strictObject({}),
  details: z.strictObject({ aesBlocks: detail, prgBytes: detail, ring32Macs: detail }),
  machine: z.strictObject({ cpu: z.string(), cores: rate, node: z.string(), platform: z.string() }),
  parameters: z.looseObject({ secondsPerRate: z.literal(0.1), windows: rate }),
});

/** What the command writes to stdout. */
async function run(...words: string[]): Promise<string> {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written.push(String(chunk));
    return true;
  });
  await benchCommand().parseAsync(words, { from: 'user' });
  return written.join('');
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('tacit bench micro', () => {
  const names = 'aesBlocks,prgBytes,ring32Macs';

  it('prints one JSON object with the rates by name', async () => {
    const text = await run('micro', '--only', names, '--seconds', '0.1', '--json');
    schema.parse(JSON.parse(text));
  });

  it('prints a line a rate for a person', async () => {
    const text = await run('micro', '--only', names, '--seconds', '0.1');
    for (const name of names.split(',')) expect(text).toMatch(new RegExp(`^${name} +\\d`, 'm'));
  });

  it('refuses names and times that it does not know', async () => {
    await expect(run('micro', '--only', 'aesBlocks,flops')).rejects.toMatchObject({ code: 'USAGE' });
    await expect(run('micro', '--only', 'aesBlocks', '--seconds', '-1')).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('figures', () => {
  it('takes the ratio of windows side by side', () => {
    const samples = (windows: number[]) => ({ median: median(windows), best: Math.max(...windows), windows });
    const rates = new Map([
      ['garbleAnds', samples([10, 1, 10])],
      ['aesBlocks', samples([80, 8, 40])],
    ]);
    expect(ratiosOf(rates)).toEqual({
      garbleToAes: { value: 0.5, least: 0.4, pass: true, is: '4 * garbleAnds / aesBlocks' },
    });
  });

  it('shortens figures to three digits', () => {
    expect([0.5, 999, 1000, 12_345_678].map(short)).toEqual(['0.500', '999', '1.00 k', '12.3 M']);
  });
});
