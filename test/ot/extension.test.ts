import { describe, expect, it, vi } from 'vitest';
import { expandInto } from '../../src/core/prg.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { bitOf, type CotReceiver, type CotSender } from '../../src/ot/extension.js';
import { ReceiverSetup, SenderSetup } from '../../src/ot/setup.js';
import { BATCH, blockBits, extensionBytes, setupBytes } from '../../src/ot/sizes.js';
import { randomSeed } from '../../src/platform/random.js';

vi.mock('../../src/ot/base.js', async (original) =>
  (await import('../support/open-transfers.js')).openTransfers(await original()),
);

const modules = [loadKernelModule(128 << 20), loadKernelModule(128 << 20)] as const;

function pair(k: number): { sender: CotSender; receiver: CotReceiver } {
  const receiving = new ReceiverSetup(modules[0], k, 'test');
  const sending = new SenderSetup(modules[1], k, 'test', receiving.first);
  const { receiver, message } = receiving.finish(sending.message);
  expect([receiving.first.length, sending.message.length, message.length]).toEqual(setupBytes(k));
  return { sender: sending.finish(message), receiver };
}

/** Runs n transfers and counts those whose labels are not apart by choice * Delta. */
function wrong({ sender, receiver }: ReturnType<typeof pair>, n: number, chosen: boolean): number {
  const choices = new Uint8Array(Math.ceil(n / 8));
  if (chosen) expandInto(choices, randomSeed('test/seed'), 'test');
  const given = choices.slice();
  const t = new Uint8Array(16 * n);
  const q = new Uint8Array(16 * n);
  sender.extend(n, q, receiver.extend(n, t, choices, chosen), chosen);
  if (chosen) expect(choices).toEqual(given);
  let bad = 0;
  for (let i = 0; i < n; i++) {
    const bit = bitOf(choices, i);
    for (let b = 0; b < 16; b++) {
      if (t[16 * i + b] !== (q[16 * i + b]! ^ (bit ? sender.delta[b]! : 0))) {
        bad++;
        break;
      }
    }
  }
  return bad;
}

describe('SoftSpokenOT', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'k = %i: labels are apart by choice * Delta, random and chosen, again and again',
    (k) => {
      const both = pair(k);
      for (const n of [1, 127, 128, 1000, k === 4 ? BATCH + 1 : 2000]) {
        expect(wrong(both, n, false)).toBe(0);
        expect(wrong(both, n, true)).toBe(0);
      }
      both.sender.dispose();
      both.receiver.dispose();
    },
  );

  it('sends 128/k bits a transfer, one less where the choice is random', () => {
    for (const [k, bits] of [
      [1, 127],
      [2, 63],
      [4, 31],
      [8, 15],
    ] as const) {
      expect(extensionBytes(k, 65_536, false) * 8).toBe(bits * 65_536);
      expect(extensionBytes(k, 65_536, true) * 8).toBe((bits + 1) * 65_536);
    }
    expect(blockBits(3).reduce((sum, bits) => sum + bits)).toBe(128);
  });

  it('never repeats a label, and sends uniform bytes', () => {
    const { sender, receiver } = pair(4);
    const n = 40_000;
    const seen = new Set<string>();
    const counts = new Float64Array(256);
    // later rounds share what is expanded at once
    for (let round = 0; round < 4; round++) {
      const [t, q] = [new Uint8Array(16 * n), new Uint8Array(16 * n)];
      const message = receiver.extend(n, t, new Uint8Array(n / 8), true);
      sender.extend(n, q, message, true);
      for (const byte of message) counts[byte]!++;
      for (let i = 0; i < n; i++) seen.add(Buffer.from(q.subarray(16 * i, 16 * i + 16)).toString('latin1'));
    }
    expect(seen.size).toBe(4 * n);
    const expected = counts.reduce((sum, count) => sum + count) / 256;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 255 degrees of freedom: beyond 400 once in 10^8
    expect(chiSquare).toBeLessThan(400);
  });

  it('gives the labels of given choices again, from their place in the streams', () => {
    const { sender, receiver } = pair(4);
    const sizes = [1000, BATCH + 300, 17];
    const made = sizes.map((n) => {
      const { position } = receiver.state;
      const choices = new Uint8Array(Math.ceil(n / 8));
      expandInto(choices, randomSeed('test/seed'), 'test');
      const q = new Uint8Array(16 * n);
      sender.extend(n, q, receiver.extend(n, undefined, choices, true), true);
      return { n, position, choices, q };
    });
    const { position } = receiver.state;
    for (const { n, position, choices, q } of made.reverse()) {
      const t = new Uint8Array(16 * n);
      receiver.again(position, n, t, choices);
      const expected = q.map((byte, at) => byte ^ (-bitOf(choices, at >> 4) & sender.delta[at & 15]!));
      expect(Buffer.compare(t, expected)).toBe(0);
    }
    expect(receiver.state.position).toBe(position);
  });

  it('refuses a message of another length', () => {
    const { sender } = pair(2);
    expect(() => sender.extend(10, new Uint8Array(160), new Uint8Array(5), false)).toThrow('OT extension: expected');
  });
});
