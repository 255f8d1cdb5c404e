import { createCipheriv, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deriveSeed, expandInto, expandWords } from '../../src/core/prg.js';
import { randomSeed } from '../../src/platform/random.js';

const seed = Uint8Array.from({ length: 32 }, (_, i) => i);

describe('the generator', () => {
  it('gives known bytes for a known seed: a change would break every stored bundle', () => {
    const out = new Uint8Array(16);
    expandInto(out, seed, 'test', 1, 2);
    expect(Buffer.from(out).toString('hex')).toBe('83238d6141538b748231ff80639734be');
    const key = Buffer.from(hkdfSync('sha256', seed, new Uint8Array(), 'tacit/stream/test/1/2', 32));
    const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16));
    expect(Buffer.from(out)).toEqual(cipher.update(new Uint8Array(16)));
  });

  it('gives prefixes of one stream, whatever the length', () => {
    const long = expandWords(50_000, seed, 'x');
    expect([...expandWords(20_000, seed, 'x')]).toEqual([...long.subarray(0, 20_000)]);
  });

  it('separates labels, indices, seeds and derivations', () => {
    const streams = [
      expandWords(4, seed, 'a'),
      expandWords(4, seed, 'b'),
      expandWords(4, seed, 'a', 0),
      expandWords(4, seed, 'a', 1),
      expandWords(4, seed, 'a', 1, 0),
      expandWords(4, randomSeed('test/seed'), 'a'),
      expandWords(4, deriveSeed(seed, 'a'), 'a'),
      expandWords(4, deriveSeed(seed, 'a', 1), 'a'),
    ].map((words) => words.join());
    expect(new Set(streams).size).toBe(streams.length);
  });

  it('refuses a seed of another length', () => {
    expect(() => expandWords(1, new Uint8Array(16), 'a')).toThrow('seed: expected 32 bytes, got 16');
  });
});
