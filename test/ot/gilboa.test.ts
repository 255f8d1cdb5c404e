import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  type Conv2d,
  convOutput,
  dense,
  inputSize,
  macsOf,
  outputSize,
  weightSize,
} from '../../src/core/linear-map.js';
import { expandWords } from '../../src/core/prg.js';
import { type RingBits, toBigInts, wordsPerElement } from '../../src/core/ring.js';
import { LABEL_BYTES } from '../../src/gc/schedule.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import type { CotReceiver, CotSender } from '../../src/ot/extension.js';
import { type Chooser, fansOf } from '../../src/ot/fans.js';
import { choiceBits, expectSegment, ProductReceiver, ProductSender } from '../../src/ot/gilboa.js';
import { gilboaSegments, PIECE_BLOCKS, partsOf, pieceLimit } from '../../src/ot/pieces.js';
import { ReceiverSetup, SenderSetup } from '../../src/ot/setup.js';
import { randomSeed, secretBytes } from '../../src/platform/random.js';

vi.mock('../../src/ot/base.js', async (original) =>
  (await import('../support/open-transfers.js')).openTransfers(await original()),
);

const module = loadKernelModule(256 << 20);
const kernels = wasmKernels(module);

function cots(): { sender: CotSender; receiver: CotReceiver } {
  const receiving = new ReceiverSetup(module, 4, 'test');
  const sending = new SenderSetup(module, 4, 'test', receiving.first);
  const { receiver, message } = receiving.finish(sending.message);
  return { sender: sending.finish(message), receiver };
}

const { sender, receiver } = cots();

/** Shares of x o w by transfers, opened mod 2^m; and the segments that were sent. */
function product(bits: RingBits, m: number, map: Conv2d, batch: number, chooser: Chooser): void {
  const perElement = wordsPerElement(bits);
  const x = expandWords(batch * inputSize(map) * perElement, randomSeed('test/seed'), 'x');
  const w = expandWords(weightSize(map) * perElement, randomSeed('test/seed'), 'w');
  const fans = fansOf(map, batch, chooser);
  const [choices, operand] = chooser === 'weights' ? [w, x] : [x, w];
  const n = fans.count * m;
  const [t, q] = [new Uint8Array(n * LABEL_BYTES), new Uint8Array(n * LABEL_BYTES)];
  sender.extend(n, q, receiver.extend(n, t, choiceBits(bits, m, choices), true), true);
  const shape = { bits, m, fans, outputs: batch * outputSize(map) };
  const sending = new ProductSender(module, shape, sender.delta, operand);
  const receiving = new ProductReceiver(module, shape);
  const parts = partsOf(fans, m);
  // parts are independent: any order will do
  for (const part of parts.reverse()) {
    const segment = sending.send(part, secretBytes(LABEL_BYTES, 'test/bytes'), q);
    expect(segment.length).toBe(part.bytes);
    receiving.load(part, segment);
    receiving.receive(part, t, choices);
  }
  sending.dispose();
  receiving.dispose();
  const opened = kernels.add(bits, sending.share, receiving.share);
  const expected = kernels.conv2d(bits, map, batch, x, w);
  const low = (words: Uint32Array): bigint[] => toBigInts(bits, words).map((value) => BigInt.asUintN(m, value));
  expect(low(opened)).toEqual(low(expected));
}

const conv: fc.Arbitrary<Conv2d> = fc
  .record({
    inHeight: fc.integer({ min: 1, max: 7 }),
    inWidth: fc.integer({ min: 1, max: 6 }),
    groups: fc.integer({ min: 1, max: 2 }),
    inPerGroup: fc.integer({ min: 1, max: 3 }),
    outPerGroup: fc.integer({ min: 1, max: 3 }),
    kernelHeight: fc.integer({ min: 1, max: 3 }),
    kernelWidth: fc.integer({ min: 1, max: 3 }),
    strideHeight: fc.integer({ min: 1, max: 3 }),
    strideWidth: fc.integer({ min: 1, max: 2 }),
    dilationHeight: fc.integer({ min: 1, max: 2 }),
    dilationWidth: fc.integer({ min: 1, max: 2 }),
    padTop: fc.integer({ min: 0, max: 2 }),
    padBottom: fc.integer({ min: 0, max: 1 }),
    padLeft: fc.integer({ min: 0, max: 2 }),
    padRight: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ inPerGroup, outPerGroup, ...rest }) => ({
    ...rest,
    inChannels: inPerGroup * rest.groups,
    outChannels: outPerGroup * rest.groups,
  }))
  .filter((map) => Math.min(...convOutput(map)) >= 1);

describe('products by correlated oblivious transfer', () => {
  it.each(['weights', 'activations'] as const)('choosing by %s gives shares of x o w mod 2^m', (chooser) => {
    fc.assert(
      fc.property(conv, fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 64 }), (map, batch, m) => {
        product(m <= 32 ? 32 : 64, m, map, batch, chooser);
      }),
      { numRuns: 60 },
    );
  });

  it('cuts vectors that are longer than a key may serve, and messages that are longer than a segment', () => {
    product(32, 24, dense(3, 3000), 1, 'activations');
    product(64, 64, dense(2, 700), 1, 'activations');
    product(32, 32, dense(900, 3), 40, 'weights');
  });

  it('takes at most 2^12 hashes under one key, two of each block', () => {
    expect(2 * PIECE_BLOCKS).toBe(2 ** 12);
  });

  it('refuses segments of another length than their part has', () => {
    const [part] = partsOf(fansOf(dense(3, 5), 1, 'activations'), 8);
    expect(() => expectSegment(part!, new Uint8Array(part!.bytes))).not.toThrow();
    for (const off of [-1, 1]) {
      expect(() => expectSegment(part!, new Uint8Array(part!.bytes + off))).toThrow(
        expect.objectContaining({ code: 'BAD_FRAME' }),
      );
    }
  });

  it('costs what a count of all its bits gives, for fans of any size', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 12 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 64 }), (all, m) => {
        const limit = pieceLimit(m);
        let bits = 0;
        for (const size of all) {
          for (let first = 0; first < size; first += limit) {
            const p = Math.min(limit, size - first);
            // entries mod 2^w: their w bits one after another, the last w mod 8 planes of them filled up to bytes
            for (let w = 1; w <= m; w++) for (let bit = 0; bit < w; bit++) bits += p + (bit < w - (w % 8) ? 0 : -p & 7);
          }
        }
        const fans = { count: all.length, size: (index: number) => all[index]!, fill: () => {} };
        const segments = gilboaSegments(fans, m);
        const bytes = segments.reduce((sum, segment) => sum + segment, -segments.length * LABEL_BYTES);
        expect(8 * bytes).toBe(bits);
      }),
      { numRuns: 100 },
    );
  });

  it('sends MACs * m (m + 1) / 2 bits where fans are multiples of 8', () => {
    const map = dense(100, 64);
    const bytes = gilboaSegments(fansOf(map, 1, 'activations'), 24).reduce((sum, size) => sum + size);
    expect(bytes).toBe(LABEL_BYTES + (macsOf(map) * 24 * 25) / 2 / 8);
  });
});
