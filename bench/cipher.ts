/** Symmetric ciphers: what the machine's AES gives to garbling and to the generator of randomness. @module */
import { type Cipher, createCipheriv, randomBytes } from 'node:crypto';
import { release } from '#platform';
import { expandInto } from '../src/core/prg.js';
import { randomSeed } from '../src/platform/random.js';
import { type Probe, rateOf } from './measure.js';

const BLOCK_BYTES = 16;
export const AES_BUFFER_BYTES: number = 64 * 1024;
export const PRG_BUFFER_BYTES: number = 1024 * 1024;

/** AES-128-ECB under one key, as a program calls it: blocks a second. */
export function aesBlocks(): Probe<'aesBlocks'> {
  const { cipher, input } = ecb();
  return {
    name: 'aesBlocks',
    window: (seconds) => rateOf(seconds, () => cipher.update(input).length / BLOCK_BYTES),
  };
}

/** The same with every output given back at once, so that no page is cold: the ceiling of garbling that hashes by AES. */
export function aesBlocksWarm(): Probe<'aesBlocksWarm'> {
  const { cipher, input } = ecb();
  return {
    name: 'aesBlocksWarm',
    window: (seconds) =>
      rateOf(seconds, () => {
        release(cipher.update(input));
        return AES_BUFFER_BYTES / BLOCK_BYTES;
      }),
  };
}

function ecb(): { cipher: Cipher; input: Uint8Array } {
  const cipher = createCipheriv('aes-128-ecb', randomBytes(BLOCK_BYTES), null);
  return { cipher, input: randomBytes(AES_BUFFER_BYTES) };
}

/** The project's generator, a stream a mebibyte. */
export function prgBytes(): Probe<'prgBytes'> {
  const seed = randomSeed('bench/seed');
  const out = new Uint8Array(PRG_BUFFER_BYTES);
  let stream = 0;
  return {
    name: 'prgBytes',
    window: (seconds) =>
      rateOf(seconds, () => {
        expandInto(out, seed, 'bench', stream++);
        return out.length;
      }),
  };
}
