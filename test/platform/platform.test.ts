import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import * as browser from '../../src/platform/browser.js';
import * as node from '../../src/platform/node.js';
import type { Platform } from '../../src/platform/platform.js';

// Node 20 has none
vi.stubGlobal('navigator', { hardwareConcurrency: 4 });
afterAll(() => void vi.unstubAllGlobals());

const platforms: readonly (readonly [string, Platform])[] = [
  ['Node', node],
  ['a browser', browser],
];

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
}

/** SP 800-38A, F.1.1 and F.5.1: the same key and plaintext in both modes. */
const NIST_KEY = bytes('2b7e151628aed2a6abf7158809cf4f3c');
const NIST_PLAIN = bytes(`6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51
  30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710`);

const block = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe.each(platforms)('AES-128 in %s', (_, platform) => {
  it('encrypts the block of FIPS 197, appendix B and C.1', () => {
    for (const [key, plain, cipher] of [
      ['2b7e151628aed2a6abf7158809cf4f3c', '3243f6a8885a308d313198a2e0370734', '3925841d02dc09fbdc118597196a0b32'],
      ['000102030405060708090a0b0c0d0e0f', '00112233445566778899aabbccddeeff', '69c4e0d86a7b0430d8cdb78070b4c55a'],
    ] as const) {
      const out = new Uint8Array(16);
      platform.blockCipher(bytes(key)).encrypt(bytes(plain), out);
      expect(out).toEqual(bytes(cipher));
    }
  });

  it('encrypts the blocks of SP 800-38A, in place too', () => {
    const data = NIST_PLAIN.slice();
    platform.blockCipher(NIST_KEY).encrypt(data, data);
    expect(data).toEqual(
      bytes(`3ad77bb40d7a3660a89ecaf32466ef97 f5d3d58503b9699de785895a96fdbaaf
        43b1cd7f598ece23881b00e3ed030688 7b0c785e27e8ad3f8223207104725dd4`),
    );
  });

  it('gives the stream of SP 800-38A', () => {
    const stream = new Uint8Array(NIST_PLAIN.length);
    platform.counterStream(NIST_KEY, bytes('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff')).fill(stream);
    expect(stream.map((byte, i) => byte ^ NIST_PLAIN[i]!)).toEqual(
      bytes(`874d6191b620e3261bef6864990db6ce 9806f66b7970fdff8617187bb9fffdff
        5ae4df3edbd5d35e5b4f09020db03eab 1e031dda2fbe03d1792170a0f3009cee`),
    );
  });

  it('encrypts as OpenSSL does, whatever the key, the block and their number', () => {
    fc.assert(
      fc.property(block, fc.uint8Array({ minLength: 1, maxLength: 80 }), (key, seed) => {
        const data = Uint8Array.from({ length: 16 * seed.length }, (_, i) => seed[i % seed.length]! + i);
        const out = new Uint8Array(data.length);
        platform.blockCipher(key).encrypt(data, out);
        expect(out).toEqual(new Uint8Array(createCipheriv('aes-128-ecb', key, null).update(data)));
      }),
    );
  });

  it('streams as OpenSSL does, in pieces of any length and over the end of the counter', () => {
    const counters = fc.oneof(
      block,
      block.map((counter) => counter.fill(0xff, 4)),
      fc.constant(new Uint8Array(16).fill(0xff)),
    );
    const pieces = fc.array(fc.nat(70), { maxLength: 12 });
    fc.assert(
      fc.property(block, counters, pieces, (key, counter, lengths) => {
        const stream = platform.counterStream(key, counter);
        const reference = createCipheriv('aes-128-ctr', key, counter);
        for (const length of lengths) {
          const piece = new Uint8Array(length);
          stream.fill(piece);
          expect(piece).toEqual(new Uint8Array(reference.update(new Uint8Array(length))));
        }
      }),
    );
  });

  it('authenticates as RFC 4231 has it', () => {
    const text = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
    const message = new TextEncoder().encode('what do ya want for nothing?');
    expect(platform.hmacSha256(new TextEncoder().encode('Jefe'), message)).toEqual(
      text('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'),
    );
    expect(platform.hmacSha256(new Uint8Array(20).fill(0x0b), new TextEncoder().encode('Hi There'))).toEqual(
      text('b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'),
    );
  });

  it('streams and encrypts more than it holds at once', () => {
    const long = new Uint8Array(200_000);
    platform.counterStream(NIST_KEY, NIST_KEY).fill(long);
    const expected = createCipheriv('aes-128-ctr', NIST_KEY, NIST_KEY).update(new Uint8Array(200_000));
    expect(Buffer.compare(long, expected)).toBe(0);
    platform.blockCipher(NIST_KEY).encrypt(long, long);
    expect(Buffer.compare(long, createCipheriv('aes-128-ecb', NIST_KEY, null).update(expected))).toBe(0);
  });

  it('keeps streams apart that are read in turn', () => {
    const two = [1, 2].map((key) => platform.counterStream(new Uint8Array(16).fill(key), NIST_KEY));
    const outs = two.map(() => new Uint8Array(60));
    for (let at = 0; at < 60; at += 12)
      for (const [i, stream] of two.entries()) stream.fill(outs[i]!.subarray(at, at + 12));
    for (const [i, out] of outs.entries()) {
      const key = new Uint8Array(16).fill(i + 1);
      expect(out).toEqual(new Uint8Array(createCipheriv('aes-128-ctr', key, NIST_KEY).update(new Uint8Array(60))));
    }
  });

  it('refuses keys of another length, and parts of blocks', () => {
    expect(() => platform.blockCipher(new Uint8Array(15))).toThrow(RangeError);
    expect(() => platform.counterStream(new Uint8Array(17), NIST_KEY)).toThrow(RangeError);
  });
});

describe.each(platforms)('the platform of %s', (_, platform) => {
  it('draws as many bytes as it is asked for, none of them left out', () => {
    const drawn = platform.randomBytes(200_000);
    expect(drawn.length).toBe(200_000);
    // each 64 bytes hold something: all zero has a chance of 2^-512
    for (let at = 0; at < drawn.length; at += 64)
      expect(drawn.subarray(at, at + 64).some((byte) => byte !== 0)).toBe(true);
  });

  it('runs tasks in their order, after what waits', async () => {
    const order: number[] = [];
    platform.soon(() => order.push(1));
    platform.soon(() => order.push(2));
    await Promise.resolve();
    expect(order).toEqual([]);
    await platform.turn();
    expect(order).toEqual([1, 2]);
  });

  it('leaves parts of a buffer as they are', () => {
    const part = new Uint8Array(100).fill(7).subarray(40);
    platform.release(part);
    expect(part.length).toBe(60);
  });

  it('knows of at least one processor', () => expect(platform.processorCount()).toBeGreaterThanOrEqual(1));
});

it('detaches buffers in Node', () => {
  const whole = new Uint8Array(100);
  node.release(whole);
  expect(whole.length).toBe(0);
});

it('a page is told to hand over the kernels', () =>
  expect(() => browser.kernelCode('own')).toThrow('provideKernelCode'));
