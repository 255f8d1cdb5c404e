import { ristretto255 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { BaseReceiver, BaseSender, POINT_BYTES } from '../../src/ot/base.js';
import { growTree, punctureTree } from '../../src/ot/ggm.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

describe('ristretto255, as base OT relies on it (RFC 9496, appendix A)', () => {
  it('encodes small multiples of the generator', () => {
    const multiples = [
      '0000000000000000000000000000000000000000000000000000000000000000',
      'e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76',
      '6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919',
      '94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259',
    ];
    let point = ristretto255.Point.ZERO;
    for (const expected of multiples) {
      expect(hex(point.toBytes())).toBe(expected);
      point = point.add(ristretto255.Point.BASE);
    }
  });

  it.each([
    ['not below p', '00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'],
    ['not below p', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['negative', '0100000000000000000000000000000000000000000000000000000000000000'],
    ['identity', '0000000000000000000000000000000000000000000000000000000000000000'],
  ])('refuses an encoding that is %s', (_, encoding) => {
    const sender = new BaseSender('s', 1);
    expect(() => sender.keys(unhex(encoding))).toThrow('base OT: expected a');
    expect(() => new BaseReceiver('s', unhex(encoding), new Uint8Array(1))).toThrow('base OT: expected a');
  });
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
