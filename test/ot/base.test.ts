import { ristretto255 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { BaseReceiver, BaseSender } from '../../src/ot/base.js';
import { growTree, punctureTree } from '../../src/ot/ggm.js';
import { POINT_BYTES } from '../../src/ot/sizes.js';
import { INVALID, MULTIPLES } from '../support/ristretto.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('ristretto255, as base OT relies on it (RFC 9496, appendix A)', () => {
  it('encodes small multiples of the generator, reads them, adds and multiplies', () => {
    const { Point } = ristretto255;
    let sum = Point.ZERO;
    for (const [n, encoding] of MULTIPLES.entries()) {
      expect(hex(sum.toBytes())).toBe(hex(encoding));
      expect(hex(Point.fromBytes(encoding).toBytes())).toBe(hex(encoding));
      if (n > 0) expect(hex(Point.BASE.multiply(BigInt(n)).toBytes())).toBe(hex(encoding));
      sum = sum.add(Point.BASE);
    }
    expect(hex(sum.subtract(Point.BASE).toBytes())).toBe(hex(MULTIPLES.at(-1)!));
  });

  it.each([...Object.entries(INVALID), ['the identity', [MULTIPLES[0]!]] as const])(
    'refuses what is %s, on either side, wherever it stands',
    (_, encodings) => {
      const refused = expect.objectContaining({
        code: 'BAD_FRAME',
        message: expect.stringMatching(/^base OT: expected a/),
      });
      const good = MULTIPLES[1]!;
      const sender = new BaseSender('s', 2);
      for (const encoding of encodings) {
        expect(() => sender.keys(concatBytes(encoding, good))).toThrow(refused);
        expect(() => sender.keys(concatBytes(good, encoding))).toThrow(refused);
        expect(() => new BaseReceiver('s', encoding, new Uint8Array(1))).toThrow(refused);
      }
    },
  );
});

describe('base OT', () => {
  const choices = Uint8Array.from([0, 1, 1, 0, 1, 0]);

  it('gives the receiver the key of its choice and no other', () => {
    const sender = new BaseSender('session', choices.length);
    const receiver = new BaseReceiver('session', sender.message, choices);
    const keys = sender.keys(receiver.message);
    const all = keys.flat().map(hex);
    expect(new Set(all).size).toBe(2 * choices.length);
    for (const [i, choice] of choices.entries()) {
      expect(hex(receiver.keys[i]!)).toBe(hex(keys[i]![choice]!));
    }
  });

  it('hashes session, index and all three points', () => {
    const sender = new BaseSender('one', 1);
    // b = 1, so that aB = A
    const [answer, prefix] = [MULTIPLES[1]!, utf8ToBytes('tacit/base-ot/3/one/0/')];
    const expected = sha256(concatBytes(prefix, sender.message, answer, sender.message));
    expect(hex(sender.keys(answer)[0]![0])).toBe(hex(expected));
  });

  it('binds keys to the session and to the index', () => {
    const sender = new BaseSender('one', 2);
    const receiver = new BaseReceiver('two', sender.message, new Uint8Array(2));
    expect(hex(sender.keys(receiver.message)[0]![0])).not.toBe(hex(receiver.keys[0]!));
    const twice = new BaseReceiver('one', sender.message, new Uint8Array(1)).message;
    const both = new Uint8Array(2 * POINT_BYTES);
    both.set(twice);
    both.set(twice, POINT_BYTES);
    const [first, second] = sender.keys(both);
    expect(hex(first![0])).not.toBe(hex(second![0]));
  });
});

describe('the punctured tree', () => {
  it.each([1, 2, 4, 8])('gives all leaves but one, depth %i', (k) => {
    const sender = new BaseSender('tree', k);
    for (let alpha = 0; alpha < 2 ** k; alpha += k === 8 ? 37 : 1) {
      const path = Uint8Array.from({ length: k }, (_, i) => (alpha >> (k - 1 - i)) & 1);
      const receiver = new BaseReceiver(
        'tree',
        sender.message,
        path.map((bit) => 1 - bit),
      );
      const { leaves, message } = growTree(sender.keys(receiver.message));
      const known = punctureTree(path, receiver.keys, message);
      expect(known.length).toBe(2 ** k);
      for (const [i, leaf] of leaves.entries()) expect(hex(known[i]!) === hex(leaf)).toBe(i !== alpha);
    }
  });
});
