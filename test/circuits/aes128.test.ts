import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { buildAes128, subByte } from '../../circuits/aes128.js';
import { CircuitBuilder } from '../../circuits/builder.js';
import { andCount } from '../../circuits/circuit.js';
import { type ClearInput, evaluateMany, inputBits } from '../../circuits/evaluate.js';

const circuit = buildAes128();

const bitsOf = (bytes: Uint8Array): Uint8Array => inputBits(Array.from(bytes, BigInt), 8);

function bytesOf(bits: readonly bigint[]): Buffer {
  return Buffer.from(Array.from({ length: bits.length / 8 }, (_, i) => byteOf(bits.slice(8 * i, 8 * i + 8))));
}

function byteOf(bits: readonly bigint[]): number {
  return bits.reduce((sum, bit, i) => sum + (Number(bit) << i), 0);
}

describe('AES-128 as a circuit', () => {
  it('gives the ciphertext of FIPS 197, appendix C.1', () => {
    const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
    const block = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
    const [output] = evaluateMany(circuit, [{ garblerBits: bitsOf(key), evaluatorBits: bitsOf(block) }]);
    expect(bytesOf(output![0]!).toString('hex')).toBe('69c4e0d86a7b0430d8cdb78070b4c55a');
  });

  it('agrees with the platform on random keys and blocks', () => {
    const pairs = Array.from({ length: 32 }, () => [randomBytes(16), randomBytes(16)] as const);
    const expected = pairs.map(([key, block]) =>
      createCipheriv('aes-128-ecb', key, null).update(block).toString('hex'),
    );
    const inputs = pairs.map(([key, block]): ClearInput => {
      return { garblerBits: bitsOf(key), evaluatorBits: bitsOf(block) };
    });
    expect(evaluateMany(circuit, inputs).map((output) => bytesOf(output[0]!).toString('hex'))).toEqual(expected);
  });

  it('computes the S-box of all bytes: inverse in the field, then the affine map', () => {
    const builder = new CircuitBuilder(8, 0);
    const box = builder.build([{ kind: 'bits', bits: subByte(builder, builder.garblerWord(0, 8)) }]);
    const inputs = Array.from({ length: 256 }, (_, byte): ClearInput => {
      return { garblerBits: inputBits([BigInt(byte)], 8), evaluatorBits: new Uint8Array(0) };
    });
    const got = evaluateMany(box, inputs).map((output) => byteOf(output[0]!));
    expect(got).toEqual(inputs.map((_, byte) => sBox(byte)));
    expect(andCount(box)).toBe(32);
  });

  it('has 200 S-boxes of 32 ANDs', () => {
    expect(andCount(circuit)).toBe(6400);
  });
});

function sBox(byte: number): number {
  // a^254 is the inverse, and 0 where there is none
  let inverse = 1;
  for (let i = 0; i < 254; i++) inverse = fieldProduct(inverse, byte);
  const rotated = [0, 1, 2, 3, 4].map((r) => (inverse << r) | (inverse >> (8 - r)));
  return (rotated.reduce((a, b) => a ^ b) ^ 0x63) & 0xff;
}

function fieldProduct(a: number, b: number): number {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ (product & 0x80 ? 0x11b : 0) ^ ((b >> i) & 1 ? a : 0);
  }
  return product & 0xff;
}
