import * as crypto from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { buildCircuit } from '../../circuits/build.js';
import { Garbler } from '../../src/gc/garble.js';
import { Domain, HashKeys } from '../../src/gc/hash.js';
import { CHUNK_INSTANCES, schedule } from '../../src/gc/schedule.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { randomSeed } from '../../src/platform/random.js';

/** Every key that a cipher was made with, and the bytes that went through it. */
const ciphers: { key: string; bytes: number }[] = [];

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>();
  const createCipheriv = (name: string, key: Uint8Array, iv: Uint8Array | null): crypto.Cipher => {
    const cipher = real.createCipheriv(name, key, iv);
    if (name !== 'aes-128-ecb') return cipher;
    const entry = { key: Buffer.from(key).toString('hex'), bytes: 0 };
    ciphers.push(entry);
    const update = cipher.update.bind(cipher) as (data: Uint8Array) => Buffer;
    cipher.update = ((data: Uint8Array) => {
      entry.bytes += data.length;
      return update(data);
    }) as typeof cipher.update;
    return cipher;
  };
  return { ...real, createCipheriv };
});

const module = loadKernelModule(256 * 1024 * 1024);

describe('the garbling hash', () => {
  it('runs AES under start ^ counter ^ domain, a new counter for every call', () => {
    const start = Uint8Array.from({ length: 16 }, (_, i) => 17 * i);
    const keys = new HashKeys(module.memory, start);
    const block = module.memory.allocate(64);
    for (const [counter, domain] of [Domain.and, Domain.project, Domain.and].entries()) {
      module.memory.bytes.fill(counter + 1, block.pointer, block.pointer + 32);
      keys.encrypt(domain, block.pointer, block.pointer + 32, 2);
      const key = start.slice();
      key[3] = key[3]! ^ counter;
      key[15] = key[15]! ^ domain;
      const cipher = crypto.createCipheriv('aes-128-ecb', key, null);
      const expected = cipher.update(new Uint8Array(32).fill(counter + 1));
      expect(module.memory.bytes.slice(block.pointer + 32, block.pointer + 64)).toEqual(new Uint8Array(expected));
    }
    module.memory.free(block);
  });

  it('never uses a key twice in two chunks, nor for more than 2^12 blocks', () => {
    const spec = { kind: 'activation', values: 4, width: 20, shift: 8, activation: 'relu', outBits: 32 } as const;
    const plan = schedule(buildCircuit(spec));
    const garbler = new Garbler(module, plan, CHUNK_INSTANCES);
    garbler.setDelta(randomSeed('test/seed').subarray(0, 16));
    ciphers.length = 0;
    for (let chunk = 0; chunk < 2; chunk++) for (const _ of garbler.garble(CHUNK_INSTANCES));
    garbler.dispose();
    expect(ciphers.length).toBeGreaterThan(300);
    expect(new Set(ciphers.map(({ key }) => key)).size).toBe(ciphers.length);
    expect(Math.max(...ciphers.map(({ bytes }) => bytes))).toBeLessThanOrEqual(16 * 2 ** 12);
  });
});
